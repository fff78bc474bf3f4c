"""Finds the passage of the notes behind a key point."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assistant.bullets import bullet_of
from assistant.grading import Point
from assistant.grounding import passage_parts
from assistant.retrieval import Search
from assistant.schema import RELATIONS, Citation, Entry, PairModel

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
            return bullet_of(self._corpus(), point.key)
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
