"""Finds the passage of the notes behind a key point."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assistant.grading import Point
from assistant.grounding import passage_parts
from assistant.retrieval import Search
from assistant.schema import RELATIONS, Citation, Entry, KeyPoint, PairModel, Source
from assistant.tokenization import fold

_HITS = 5
_ENOUGH = 0.5  # probability that the passage holds the point
_LONGEST = 600  # characters of question and point that are searched with


class Behind:
    """Cites what a point rests on: the bullet that the bank names, or what a search finds.

    Args:
        corpus: The built-in entries by id; called when a point of the bank is cited first.
        search: The search over the index.
        model: Reads a passage and a point together.
    """

    def __init__(
        self, corpus: Callable[[], Mapping[str, Entry]], search: Search, model: PairModel
    ) -> None:
        self._corpus = corpus
        self._search = search
        self._model = model

    def cite(self, question: str, point: Point) -> Citation | None:
        """The passage behind a point; None where the notes hold none."""
        if point.key is not None:
            return self._bullet(point.key)
        hits = self._search.search(f"{question} {point.text}"[:_LONGEST], _HITS)
        if not hits:
            return None
        pairs = [(passage_parts(hit.path, hit.text), point.text) for hit in hits]
        held = self._model.relations(pairs)[:, RELATIONS.index("supported")]
        best = int(held.argmax())
        if held[best] < _ENOUGH:
            return None
        hit = hits[best]
        return Citation(
            n=1, entry=hit.entry, path=hit.path, kind=hit.kind, quote=hit.text, source=hit.source
        )

    def _bullet(self, key: KeyPoint) -> Citation | None:
        entry = self._corpus().get(key.entry)
        if entry is None:
            return None
        begins = fold(key.bullet)
        for claim in entry.claims:
            if fold(claim.text).startswith(begins):
                source = Source(
                    title=entry.title,
                    file=entry.file,
                    url=claim.url,
                    start=claim.start,
                    end=claim.end,
                )
                return Citation(
                    n=1,
                    entry=entry.id,
                    path=entry.path,
                    kind=entry.kind,
                    quote=claim.text,
                    source=source,
                )
        return None
