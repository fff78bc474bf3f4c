"""The map: which entry a text names, by title, alias, another language or a slip of the pen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.errors import UsageError
from assistant.lexicon import Lexicon, Mention, Names, compact
from assistant.schema import Entry, LinkedEntry
from assistant.tokenization import fold

_VERSION = re.compile(r"^(.+?)[\s-]*v?\d+$")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+(?:[ -][^\W_]+)?")
_GAP = re.compile(r"[ -]")
_TYPO_MIN = 4  # letters; a shorter word is too near to too many others


@dataclass(frozen=True)
class Link:
    """What a text names: entries, and subjects of the field that the notes never mention."""

    entries: tuple[LinkedEntry, ...]
    foreign: tuple[str, ...]  # as the text spells them


class Taxonomy:
    """The tree of entries with all their names."""

    def __init__(
        self,
        entries: Sequence[Entry],
        lexicon: Lexicon | None = None,
        mentioned: Iterable[str] = (),
    ) -> None:
        """Build the name tables.

        Args:
            entries: All entries; references are known but not linked to.
            lexicon: The names of the field.
            mentioned: Compact names of concepts that stand anywhere in the notes' text.
        """
        self.entries = [entry for entry in entries if entry.kind != "reference"]
        self.by_id = {entry.id: entry for entry in entries}
        self._owners = {entry.id: entry.owner for entry in entries if entry.owner}
        self.lexicon = lexicon or Lexicon()
        self._field = _by_first_letter(self.lexicon.concept_of)
        self._names = Names()
        self._named: dict[str, list[str]] = {}  # compact name → ids of entries
        self._concepts: set[int] = set()  # concepts of the lexicon that some entry is about
        families: dict[str, list[str]] = {}
        self._names_of: dict[str, tuple[str, ...]] = {}
        for entry in self.entries:
            self._names_of[entry.id] = tuple(self._all_names(entry))
            for name in self._names_of[entry.id]:
                self._add(name, entry.id)
            if match := _VERSION.match(fold(entry.title)):
                families.setdefault(match[1].strip(), []).append(entry.id)
        for family, members in families.items():
            # `GoogLeNet` where the notes hold only its versions names all of them
            if compact(family)[0] not in self._named:
                for name in {family, *self.lexicon.same_as(family)}:
                    for identity in members:
                        self._add(name, identity)
        self._held = self._concepts | {
            self.lexicon.concept_of[key] for key in mentioned if key in self.lexicon.concept_of
        }
        self._latin = _by_first_letter(self._named)

    def link(self, text: str) -> Link:
        """Find the entries and the foreign concepts that `text` names, in its order."""
        known = {mention.start: mention for mention in self._names.find(text)}
        of_field = {mention.start: mention for mention in self.lexicon.find(text)}
        mentions: list[Mention] = []
        foreign: list[str] = []
        end = 0
        for start in sorted({*known, *of_field}):
            if start < end:
                continue
            # the longer name wins: 转置卷积核 is not the entry 卷积核 found in its middle
            candidates = [m for m in (known.get(start), of_field.get(start)) if m]
            best = max(candidates, key=lambda m: m.end)
            if candidates[0] is not best and best.key[len(candidates[0].key) :].isdigit():
                best = candidates[0]  # ResNet50 is a ResNet
            if best.key in self._named:
                mentions.append(best)
            elif self._is_foreign(self.lexicon.concept_of[best.key]):
                foreign.append(text[best.start : best.end])
            end = best.end
        linked = [
            LinkedEntry(
                entry=identity,
                title=self.by_id[identity].title,
                mention=text[m.start : m.end],
                start=m.start,
                end=m.end,
                exact=True,
            )
            for m in mentions
            for identity in self._named[m.key]
        ]
        taken = [(m.start, m.end) for m in (*known.values(), *of_field.values())]
        linked += self._typos(text, taken)
        linked.sort(key=lambda link: link.start)
        unique: dict[str, LinkedEntry] = {}
        for link in linked:
            unique.setdefault(link.entry, link)
        return Link(tuple(unique.values()), tuple(dict.fromkeys(foreign)))

    def _is_foreign(self, concept: int) -> bool:
        return concept not in self._held and concept not in self.lexicon.general

    def scope(self, wanted: str) -> str:
        """The id of the entry that `wanted` names, by id, title or alias.

        Raises:
            UsageError: No entry has that name; the message offers near ones.
        """
        if wanted in self.by_id:
            return wanted
        named = self._named.get(compact(wanted)[0], [])
        if named:
            return min(named, key=len)
        titles = {entry.id: entry.title for entry in self.entries}
        near = process.extract(wanted, titles, limit=3)
        offered = ", ".join(str(match[2]) for match in near)
        raise UsageError(f"No entry is called {wanted!r}", f"Near ones: {offered or 'none'}.")

    def names(self, identity: str) -> tuple[str, ...]:
        """All names of an entry: its title, its aliases, and what else the field calls it."""
        return self._names_of[identity]

    def other_names(self, text: str) -> list[str]:
        """All names of the concepts that `text` names, for a search in the notes' own words."""
        found: dict[str, None] = {}
        for mention in self.lexicon.find(text):
            number = self.lexicon.concept_of[mention.key]
            if number in self._held:
                for name in self.lexicon.concepts[number]:
                    if compact(name)[0] != mention.key:
                        found[name] = None
        return list(found)

    def below(self, identity: str) -> set[str]:
        """Ids of the entry, all entries below it, and the references that they own."""
        prefix = f"{identity}/"
        inside = {i for i in self.by_id if i == identity or i.startswith(prefix)}
        return inside | {i for i, owner in self._owners.items() if owner in inside}

    def _all_names(self, entry: Entry) -> Iterable[str]:
        names = [entry.title, *entry.aliases]
        known = [name for name in names if self.lexicon.same_as(name)]
        if not known:
            # the notes themselves may misspell a name that the field knows: `Skim-gram`
            known = [match for name in names if (match := self._nearest_of_field(name))]
        for name in known:
            if (number := self.lexicon.concept_of.get(compact(name)[0])) is not None:
                self._concepts.add(number)
            names += self.lexicon.same_as(name)
        return dict.fromkeys(names)

    def _nearest_of_field(self, name: str) -> str | None:
        key = compact(name)[0]
        if not key.isascii() or len(key) < _TYPO_MIN:
            return None
        return _nearest(key, self._field)

    def _add(self, name: str, identity: str) -> None:
        key = self._names.add(name)
        if not key:
            return
        owners = self._named.setdefault(key, [])
        if identity not in owners:
            owners.append(identity)

    def _typos(self, text: str, taken: list[tuple[int, int]]) -> list[LinkedEntry]:
        found: list[LinkedEntry] = []
        for match in _WORD.finditer(text):
            whole = (match.start(), match.end())
            if (slip := self._slip(text, whole, taken)) is not None:
                found += slip
                continue
            if cut := _GAP.search(match[0]):
                middle = match.start() + cut.start()
                found += self._slip(text, (whole[0], middle), taken) or []
                found += self._slip(text, (middle + 1, whole[1]), taken) or []
        return found

    def _slip(
        self, text: str, place: tuple[int, int], taken: list[tuple[int, int]]
    ) -> list[LinkedEntry] | None:
        start, end = place
        if any(start < b and a < end for a, b in taken):
            return None
        key = compact(text[start:end])[0]
        if not key.isascii() or (nearest := _nearest(key, self._latin)) is None:
            return None
        taken.append(place)
        return [
            LinkedEntry(
                entry=identity,
                title=self.by_id[identity].title,
                mention=text[start:end],
                start=start,
                end=end,
                exact=False,
            )
            for identity in self._named[nearest]
        ]


def _by_first_letter(names: Iterable[str]) -> dict[str, list[str]]:
    buckets: dict[str, list[str]] = {}
    for name in names:
        if name.isascii() and len(name) >= _TYPO_MIN:
            buckets.setdefault(name[0], []).append(name)
    return buckets


def _nearest(key: str, buckets: dict[str, list[str]]) -> str | None:
    """The name that `key` is a slip of: near in edits, same first letter, same digits.

    Edits count by optimal string alignment (a swap of neighbours is one): one in 5 or 6 letters,
    two from 7 on; in 4 letters only a swap, since `unit` is no `unet`.
    """
    if len(key) < _TYPO_MIN or key.isdigit():
        return None
    best: tuple[int, str] | None = None
    # the first letter is right, or swapped with the second
    names = buckets.get(key[0], []) + (buckets.get(key[1], []) if key[1] != key[0] else [])
    for name, distance, _ in process.extract(
        key, names, scorer=OSA.distance, score_cutoff=2, limit=8
    ):
        shorter = min(len(key), len(name))
        limit = 2 if shorter >= 7 else 1
        if shorter == _TYPO_MIN and sorted(key) != sorted(name):
            continue
        if distance > limit or distance == 0 or _DIGITS.findall(key) != _DIGITS.findall(name):
            continue
        if key[0] != name[0] and sorted(key[:2]) != sorted(name[:2]):
            continue
        if best is None or distance < best[0]:
            best = (int(distance), name)
    return best[1] if best else None
