"""From the events of an answer to what the page shows of it: a pure fold, and the stream around it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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
    Turn,
)
from assistant.ui.desk import Desk, Failure

log = logging.getLogger(__name__)

Spans = tuple[tuple[int, int], ...]
Lead = Literal["", " ", "\n"]  # what stands before a sentence; "\n" begins a paragraph


class AskRequest(BaseModel):
    """What the browser sends with a question. The conversation lives there, not here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(max_length=64)
    question: str
    scope: str | None = None
    history: tuple[Turn, ...] = Field(default=(), max_length=32)


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
    stale: bool = False
    model: str = ""
    model_error: str = ""
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
    if event.sentence.status == "contradicted":
        # The line break in front of what is taken out belongs to the sentence that follows.
        kept = "\n" if _lead(view.pending) == "\n" else ""
        return view.model_copy(update={"pending": kept, "removed": view.removed + 1})
    marked = {citation.n: citation for citation in event.citations}
    sentence = ShownSentence(
        **event.sentence.model_dump(),
        lead=_lead(view.pending),
        highlights={n: citation.highlights for n, citation in marked.items()},
    )
    return view.model_copy(
        update={
            "pending": "",
            "sentences": (*view.sentences, sentence),
            "citations": tuple(_joined(c, marked.get(c.n)) for c in view.citations),
        }
    )


def _joined(passage: Citation, marked: Citation | None) -> Citation:
    """Return `passage` with the highlights of `marked` added to its own."""
    if marked is None:
        return passage
    spans = sorted({*passage.highlights, *marked.highlights})
    return passage.model_copy(update={"highlights": tuple(spans)})


def _finished(view: TurnView, answer: Answer) -> TurnView:
    seen = {sentence.text: sentence.highlights for sentence in view.sentences}
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
            "sentences": tuple(
                ShownSentence(
                    **sentence.model_dump(), lead=lead, highlights=seen.get(sentence.text, {})
                )
                for sentence, lead in _placed(answer)
            ),
            "pending": "",
            "removed": answer.removed,
            "model": answer.model,
            "model_error": answer.model_error,
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


def _lead(text: str) -> Lead:
    return _gap(text[: len(text) - len(text.lstrip())])


def _gap(text: str) -> Lead:
    return "\n" if "\n" in text else " " if any(map(str.isspace, text)) else ""


async def stream(desk: Desk, request: AskRequest) -> AsyncIterator[TurnView]:
    """Ask, and yield the answer as it grows.

    The Assistant's iterator blocks, so a thread of its own drains it: a slow model holds up neither
    another browser tab nor the Stop button. When this generator is closed, the thread closes the
    iterator at the next event.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[AnswerEvent | Failure | None] = asyncio.Queue()
    stopped = threading.Event()

    def put(event: AnswerEvent | Failure | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: the server is shutting down
            loop.call_soon_threadsafe(events.put_nowait, event)

    def drain() -> None:
        try:
            answering = desk.assistant().ask(
                request.question, history=request.history, scope=request.scope or None
            )
            # An iterator need not have `close`, a generator does, and that stops the model.
            with contextlib.closing(answering) if hasattr(answering, "close") else _nothing():
                for event in answering:
                    if stopped.is_set():
                        return
                    put(event)
        except Exception as error:
            failure = Failure.of(error)
            if failure.kind == "Unexpected":
                log.exception("Answering failed")
            put(failure)
        finally:
            put(None)

    threading.Thread(target=drain, name="zhitu-ask", daemon=True).start()
    view = TurnView(id=request.id)
    try:
        yield view
        over = False
        while not over:
            waiting = [await events.get()]
            while not events.empty():  # one picture for all that came meanwhile
                waiting.append(events.get_nowait())
            for event in waiting:
                if event is None:
                    over = True
                    if view.phase != "failed":
                        view = view.model_copy(update={"phase": "done", "pending": ""})
                else:
                    view = advance(view, event)
            yield view
    finally:
        stopped.set()


@contextlib.contextmanager
def _nothing() -> Iterator[None]:
    yield
