"""Finding an entry by what somebody types: a name of it, the beginning of one, a misspelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.lexicon import compact
from assistant.schema import Entry
from assistant.taxonomy import Taxonomy

How = Literal["name", "begins", "word", "inside", "named", "misspelt"]  # best first
_ORDER: tuple[How, ...] = ("name", "begins", "word", "inside", "named", "misspelt")
_LEAST = 3  # letters of a name that may be misspelt
_NEAR = 0.65  # share of the letters that have to be right


@dataclass(frozen=True)
class Found:
    """An entry, the name of it that fits, and how it fits."""

    entry: str
    name: str
    how: How


class Finder:
    """Knows all names of all entries, those of the field's lexicon among them."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._names = [
            (compact(name)[0], name, entry)
            for entry in taxonomy.entries
            for name in taxonomy.names(entry.id)
        ]

    def find(self, text: str, limit: int = 8) -> list[Found]:
        """Entries that `text` may mean, best first; none where nothing is like it."""
        key = compact(text)[0]
        if not key:
            return []
        ranked = sorted(
            (*self._by_name(key), *self._by_link(text), *self._misspelt(key)),
            key=lambda one: (_ORDER.index(one[0].how), one[1]),
        )
        first: dict[str, Found] = {}
        for found, _ in ranked:
            first.setdefault(found.entry, found)
        return list(first.values())[:limit]

    def _by_name(self, key: str) -> Iterator[tuple[Found, tuple[int, int]]]:
        for held, name, entry in self._names:
            at = held.find(key)
            if at < 0:
                continue
            how: How = "inside"
            if held == key:
                how = "name"
            elif at == 0:
                how = "begins"
            elif any(compact(word)[0].startswith(key) for word in name.split()):
                how = "word"
            elif key.isascii() and len(key) < _LEAST:
                continue  # `gr` in the middle of a word is a coincidence
            yield Found(entry.id, name, how), (len(held), entry.order)

    def _by_link(self, text: str) -> Iterator[tuple[Found, tuple[int, int]]]:
        for link in self._taxonomy.link(text).entries:
            how: How = "named" if link.exact else "misspelt"
            yield Found(link.entry, link.title, how), (0, self._order(link.entry))

    def _misspelt(self, key: str) -> Iterator[tuple[Found, tuple[int, int]]]:
        if len(key) < _LEAST:
            return
        held = [name for name, _, _ in self._names]
        near = process.extract(
            key, held, scorer=OSA.normalized_similarity, score_cutoff=_NEAR, limit=12
        )
        for _, likeness, place in near:
            _, name, entry = self._names[place]
            yield Found(entry.id, name, "misspelt"), (round(100 - 100 * likeness), entry.order)

    def _order(self, identity: str) -> int:
        entry: Entry = self._taxonomy.by_id[identity]
        return entry.order
