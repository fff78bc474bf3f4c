"""From the events of an answer to what the page shows of it: a pure fold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.schema import (
    Answer,
    AnswerEvent,
    Citation,
    Done,
    Erratum,
    Evidence,
    Language,
    NearEntry,
    Sentence,
    SentenceDone,
    SentenceStatus,
    TextDelta,
)
from assistant.ui.desk import Failure
from assistant.ui.texts_errors import message_in_chinese

_BETWEEN = re.compile(r"(?:\s|\[\d+\])+")
_MARKERS = re.compile(r"(?:[ \t]*\[\d+\])+")

Spans = tuple[tuple[int, int], ...]
Lead = Literal["", " ", "\n"]  # what stands before a sentence; "\n" begins a paragraph


class ShownSentence(BaseModel):
    """A checked sentence, and which words of which passage support it."""

    model_config = ConfigDict(frozen=True)

    text: str
    lead: Lead = ""
    citations: tuple[int, ...] = ()
    status: SentenceStatus
    highlights: dict[int, Spans] = {}


class TurnView(BaseModel):
    """An answer as far as it has come."""

    model_config = ConfigDict(frozen=True)

    id: str
    phase: Literal["searching", "writing", "done", "failed"] = "searching"
    understood: str = ""
    language: Language = "zh"
    refused: bool = False
    reason: str = ""
    near: tuple[NearEntry, ...] = ()
    citations: tuple[Citation, ...] = ()
    errata: tuple[Erratum, ...] = ()
    sentences: tuple[ShownSentence, ...] = ()
    pending: str = ""  # the sentence being written, not yet checked
    removed: int = 0
    replaced: bool = False  # nothing the model wrote was supported: the notes' own words stand
    stale: bool = False
    model: str = ""
    model_error: str = ""
    model_error_zh: str = ""
    timings_ms: dict[str, float] = {}
    failure: Failure | None = None


def advance(view: TurnView, event: AnswerEvent | Failure) -> TurnView:
    """Return `view` after `event`."""
    match event:
        case Evidence():
            shown = event.model_dump(exclude={"citations", "errata", "near"})
            return view.model_copy(
                update=shown
                | {
                    "phase": "writing",
                    "citations": event.citations,
                    "errata": event.errata,
                    "near": event.near,
                }
            )
        case TextDelta():
            return view.model_copy(update={"pending": view.pending + event.text})
        case SentenceDone():
            return _with_sentence(view, event)
        case Done():
            return _finished(view, event.answer)
        case Failure():
            return view.model_copy(update={"phase": "failed", "pending": "", "failure": event})


def _with_sentence(view: TurnView, event: SentenceDone) -> TurnView:
    lead, rest = _taken(view.pending, event.sentence.text)
    if event.sentence.status == "contradicted":
        # The line break in front of what is taken out belongs to the sentence that follows.
        kept = f"\n{rest}" if lead == "\n" else rest
        return view.model_copy(update={"pending": kept, "removed": view.removed + 1})
    marked = {citation.n: citation for citation in event.citations}
    sentence = ShownSentence(
        **event.sentence.model_dump(),
        lead=lead,
        highlights={n: citation.highlights for n, citation in marked.items()},
    )
    return view.model_copy(
        update={
            "pending": rest,
            "sentences": (*view.sentences, sentence),
            "citations": tuple(_joined(c, marked.get(c.n)) for c in view.citations),
        }
    )


def _taken(pending: str, sentence: str) -> tuple[Lead, str]:
    """Take `sentence` out of the text being written: what stood before it, and what follows.

    The text may run ahead of the check, and holds the model's own `[n]`, which the sentence does
    not. Where the two don't match, nothing is left over: a sentence is never shown twice.
    """
    said = [character for character in sentence if not character.isspace()]
    lead = _gap(pending[: len(pending) - len(pending.lstrip())])
    at = 0
    for character in said:
        if skipped := _BETWEEN.match(pending, at):
            at = skipped.end()
        if not pending.startswith(character, at):
            return lead, ""
        at += 1
    if trailing := _MARKERS.match(pending, at):
        at = trailing.end()
    return lead, pending[at:]


def _joined(passage: Citation, marked: Citation | None) -> Citation:
    """Return `passage` with the highlights of `marked` added to its own."""
    if marked is None:
        return passage
    spans = sorted({*passage.highlights, *marked.highlights})
    return passage.model_copy(update={"highlights": tuple(spans)})


def _finished(view: TurnView, answer: Answer) -> TurnView:
    seen = {sentence.text: sentence for sentence in view.sentences}
    sentences = tuple(
        seen[sentence.text].model_copy(update=sentence.model_dump())
        if sentence.text in seen
        else ShownSentence(**sentence.model_dump(), lead=lead)
        for sentence, lead in _placed(answer)
    )
    wrote = bool(view.sentences) or answer.removed > 0
    return view.model_copy(
        update={
            "phase": "done",
            "understood": answer.understood or view.understood,
            "language": answer.language,
            "refused": answer.refused,
            "reason": answer.reason,
            "near": answer.near,
            "citations": answer.citations or view.citations,
            "errata": answer.errata,
            "sentences": sentences,
            "pending": "",
            "removed": answer.removed,
            "replaced": wrote and all(sentence.status == "quoted" for sentence in sentences),
            "model": answer.model,
            "model_error": answer.model_error,
            "model_error_zh": message_in_chinese(answer.model_error),
            "timings_ms": answer.timings_ms,
        }
    )


def _placed(answer: Answer) -> Iterator[tuple[Sentence, Lead]]:
    """Pair each sentence with what stands before it in the whole text of the answer."""
    position = 0
    for sentence in answer.sentences:
        if sentence.status == "contradicted":
            continue
        found = answer.answer.find(sentence.text, position)
        if sentence.status == "quoted":
            yield sentence, "\n"
        elif found < 0:
            yield sentence, " " if answer.language == "en" else ""
        else:
            yield sentence, _gap(answer.answer[position:found])
        if found >= 0:
            position = found + len(sentence.text)


def _gap(text: str) -> Lead:
    return "\n" if "\n" in text else " " if any(map(str.isspace, text)) else ""
