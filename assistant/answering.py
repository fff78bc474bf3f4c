"""Answers a question: retrieve, decide whether the notes can answer, draft, ground.

Evidence comes first. The passages are out before the model begins, and its sentences are held
against them as they end; with nothing supported left, the quoted passages are the answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from assistant.answerability import Answerability, Verdict
from assistant.errors import ChatModelError
from assistant.followup import condense
from assistant.grounding import Passage, SupportChecker
from assistant.language import complete_sentences, language_of, split_sentences
from assistant.prompting import build_messages
from assistant.retrieval import Query, Search, clean_query
from assistant.schema import (
    Answer,
    AnswerEvent,
    ChatModel,
    Citation,
    Done,
    Erratum,
    Evidence,
    Hit,
    Language,
    NearEntry,
    Sentence,
    SentenceDone,
    SentenceStatus,
    TextDelta,
    Turn,
)
from assistant.taxonomy import Taxonomy

_PASSAGES = 5  # shown at most
_LONGEST_ANSWER = 4000  # characters; a model that doesn't stop is stopped
_BEHIND = 0.06  # a passage that scores this much less than the best is not shown
_NEAR = 3  # entries offered with a refusal
_MARKERS = re.compile(r"\[(\d+)\]")

_REASONS: dict[Language, tuple[str, str]] = {
    "zh": ("你的笔记里没有提到 {names}。", "你的笔记里没有能回答这个问题的内容。"),
    "en": ("Your notes don't mention {names}.", "Nothing in your notes answers this question."),
}


@dataclass(frozen=True)
class Services:
    """What answering stands on, all made for one index."""

    search: Search
    taxonomy: Taxonomy
    answerability: Answerability
    checker: SupportChecker
    count_tokens: Callable[[str], int]


class Answering:
    """Answers questions from one index."""

    def __init__(self, services: Services, top_k: int, prompt_tokens: int) -> None:
        self._services = services
        self._top_k = top_k
        self._prompt_tokens = prompt_tokens

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        scope: str | None = None,
        model: ChatModel | None = None,
        stale: bool = False,
    ) -> Iterator[AnswerEvent]:
        """Yield `Evidence`, then the model's text and judged sentences, at the end `Done`.

        Args:
            question: As typed.
            history: The turns before, oldest first.
            scope: Entry whose subtree is searched; None for all.
            model: None answers by quotation.
            stale: Whether sources changed since the index was made; passed through.

        Raises:
            UsageError: Before the first event: an empty question, or an unknown scope.
        """
        began = time.perf_counter()
        asked = clean_query(question)
        understood = condense(asked, history, self._services.taxonomy)
        search = self._services.search
        query = Query(understood, search.embedder, self._services.taxonomy)
        inside = search.inside(scope)
        spans = None if inside is None else search.index.rows(inside)
        hits = search.hits(query, self._top_k, spans)
        search.measure(query, spans)
        verdict = self._services.answerability.decide(query, hits, inside)
        timings = {"retrieval": _since(began)}
        language = language_of(asked)
        if not hits or not verdict.answerable:
            yield from self._refuse(question, understood, language, verdict, hits, timings, stale)
            return
        citations = _citations(hits)
        errata = self._errata(citations)
        yield Evidence(
            understood=understood,
            language=language,
            citations=citations,
            errata=errata,
            stale=stale,
        )
        draft = _Draft(citations, self._services.checker)
        error = ""
        if model is not None:
            messages = build_messages(
                understood, citations, language, self._services.count_tokens, self._prompt_tokens
            )
            try:
                with closing(model.stream(messages)) as pieces:  # type: ignore[type-var]
                    for event in draft.read(pieces):
                        timings.setdefault("first_text", _since(began))
                        yield event
            except ChatModelError as failure:
                error = str(failure)
        sentences, shown = draft.result()
        timings["total"] = _since(began)
        yield Done(
            answer=Answer(
                question=question,
                understood=understood if understood != asked else "",
                answer=_as_text(sentences, shown),
                refused=False,
                language=language,
                sentences=sentences,
                citations=shown,
                errata=errata,
                removed=draft.removed,
                model=model.name if model else "none",
                model_error=error,
                timings_ms=timings,
            )
        )

    def _refuse(
        self,
        question: str,
        understood: str,
        language: Language,
        verdict: Verdict,
        hits: Sequence[Hit],
        timings: dict[str, float],
        stale: bool,
    ) -> Iterator[AnswerEvent]:
        named, plain = _REASONS[language]
        joined = (", " if language == "en" else "、").join(verdict.unknown)
        reason = named.format(names=joined) if verdict.unknown else plain
        near = tuple(
            NearEntry(entry=hit.entry, path=hit.path) for hit in hits if hit.kind != "reference"
        )[:_NEAR]
        yield Evidence(
            understood=understood,
            language=language,
            refused=True,
            reason=reason,
            near=near,
            stale=stale,
        )
        yield Done(
            answer=Answer(
                question=question,
                understood=understood if understood != clean_query(question) else "",
                answer=reason,
                refused=True,
                reason=reason,
                language=language,
                near=near,
                timings_ms={**timings, "total": timings["retrieval"]},
            )
        )

    def _errata(self, citations: Sequence[Citation]) -> tuple[Erratum, ...]:
        """Errata of the quoted entries, and of entries of the same name in another source."""
        taxonomy = self._services.taxonomy
        found: dict[str, Erratum] = {}
        for citation in citations:
            entry = taxonomy.by_id.get(citation.entry)
            if entry is None or entry.kind == "reference":
                continue
            same = [
                taxonomy.by_id[link.entry]
                for link in taxonomy.link(entry.title).entries
                if link.exact and link.mention == entry.title
            ]
            for owner in (entry, *same):
                found |= {erratum.claim: erratum for erratum in owner.errata}
        return tuple(found.values())


class _Draft:
    """The sentences of an answer as they are judged, and the passages with their highlights."""

    def __init__(self, citations: Sequence[Citation], checker: SupportChecker) -> None:
        self._citations = list(citations)
        self._passages = [Passage(c.quote, c.path, c.entry) for c in citations]
        self._checker = checker
        self._sentences: list[Sentence] = []
        self._said: set[str] = set()
        self.removed = 0

    def read(self, pieces: Iterator[str]) -> Iterator[AnswerEvent]:
        """Judge a model's text sentence by sentence, while it comes."""
        rest, length = "", 0
        for piece in pieces:
            rest += piece
            length += len(piece)
            yield TextDelta(text=piece)
            ended, rest = complete_sentences(rest)
            for sentence in ended:
                if sentence.strip() in self._said:
                    return  # a small model that repeats itself doesn't stop
                self._said.add(sentence.strip())
                yield self._judge(sentence)
            if length > _LONGEST_ANSWER:
                return
        for sentence in split_sentences(rest):
            yield self._judge(sentence)

    def result(self) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
        """The sentences to keep, and the passages; quotations where nothing is supported."""
        if any(sentence.status == "supported" for sentence in self._sentences):
            return tuple(self._sentences), tuple(self._citations)
        quoted = [
            Sentence(text=claim, citations=(citation.n,), status="quoted")
            for citation in self._citations
            for claim in citation.quote.split("\n")
        ]
        return tuple(quoted), tuple(self._citations)

    def _judge(self, sentence: str) -> SentenceDone:
        cited = [int(n) - 1 for n in _MARKERS.findall(sentence)]
        text = _MARKERS.sub("", sentence).strip()
        judged = self._checker.check(text, self._passages, cited)
        if judged.relation == "contradicted":
            self.removed += 1
            return SentenceDone(sentence=Sentence(text=text, status="contradicted"))
        parts = [judged] if judged.relation == "supported" else []
        parts = parts or self._checker.check_parts(text, self._passages)
        lit: dict[int, Citation] = {}
        for part in parts:
            if part.passage is not None:
                citation = self._citations[part.passage]
                spans = _merge((*citation.highlights, *part.highlights))
                citation = citation.model_copy(update={"highlights": spans})
                self._citations[part.passage] = lit[citation.n] = citation
        status: SentenceStatus = "supported" if lit else "unsupported"
        done = Sentence(text=text, citations=tuple(sorted(lit)), status=status)
        self._sentences.append(done)
        return SentenceDone(sentence=done, citations=tuple(lit.values()))


def _citations(hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """The hits worth showing: those that the question names, and those near the best."""
    best = max(hit.score for hit in hits)
    kept = [hit for hit in hits if hit.linked or hit.score >= best - _BEHIND][:_PASSAGES]
    return tuple(
        Citation(
            n=n, entry=hit.entry, path=hit.path, kind=hit.kind, quote=hit.text, source=hit.source
        )
        for n, hit in enumerate(kept, 1)
    )


def _as_text(sentences: Sequence[Sentence], citations: Sequence[Citation]) -> str:
    """The answer as one text with its `[n]`; quotations go under the title of their entry."""
    if all(sentence.status == "quoted" for sentence in sentences):
        titles = {citation.n: citation.path[-1] for citation in citations}
        groups: dict[int, list[str]] = {}
        for sentence in sentences:
            n = sentence.citations[0]
            groups.setdefault(n, []).append(f"- {sentence.text} [{n}]")
        return "\n\n".join(f"**{titles[n]}**\n\n" + "\n".join(lines) for n, lines in groups.items())
    parts = [
        sentence.text + "".join(f" [{n}]" for n in sentence.citations) for sentence in sentences
    ]
    return " ".join(parts)


def _merge(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
