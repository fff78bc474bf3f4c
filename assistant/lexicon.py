"""The names of the field: which words of Chinese and English mean the same thing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.tokenization import fold, is_han

_JOINERS = " -_‐‑–—·'’.\u00a0/"


def compact(text: str) -> tuple[str, list[int]]:
    """Folded text without blanks and hyphens, and each character's place in `text`.

    >>> compact("YOLO-V3")[0]
    'yolov3'
    """
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(fold(text)):
        if character not in _JOINERS:
            characters.append(character)
            places.append(place)
    return "".join(characters), places


@dataclass(frozen=True)
class Mention:
    """A name that stands in a text; `key` is its compact form, places are of the text itself."""

    key: str
    start: int
    end: int


@dataclass
class Names:
    """A set of names that finds its members in a text, the longest first."""

    keys: set[str] = field(default_factory=set)
    _lengths: dict[str, list[int]] = field(
        default_factory=dict
    )  # by first character, longest first

    def add(self, name: str) -> str:
        """Add a name; returns its compact form, empty where nothing is left of it."""
        key = compact(name)[0]
        if key and key not in self.keys:
            self.keys.add(key)
            lengths = {*self._lengths.get(key[0], ()), len(key)}
            self._lengths[key[0]] = sorted(lengths, reverse=True)
        return key

    def find(self, text: str) -> list[Mention]:
        """All names in `text` from left to right, none inside another.

        A Latin name must be a whole word, but digits may follow it: `ResNet50` names ResNet,
        `YOLOv8` doesn't name YOLO v3.
        """
        squeezed, places = compact(text)
        found: list[Mention] = []
        i = 0
        while i < len(squeezed):
            length = self._match(text, squeezed, places, i)
            if length:
                end = places[i + length - 1] + 1
                found.append(Mention(squeezed[i : i + length], places[i], end))
                i += length
            else:
                i += 1
        return found

    def _match(self, text: str, squeezed: str, places: Sequence[int], i: int) -> int:
        lengths = self._lengths.get(squeezed[i])
        if lengths is None:
            return 0
        if _is_word(squeezed[i]) and places[i] > 0 and _is_word(fold(text[places[i] - 1])):
            return 0  # in the middle of a word
        room = len(squeezed) - i
        for length in lengths:
            if (
                length <= room
                and squeezed[i : i + length] in self.keys
                and self._ends(text, squeezed[i + length - 1], places[i + length - 1] + 1)
            ):
                return length
        return 0

    @staticmethod
    def _ends(text: str, last: str, end: int) -> bool:
        if not _is_word(last):
            return True
        rest = fold(text[end : end + 8])
        if not last.isdigit():
            rest = rest.lstrip("0123456789")
        plural = rest[:1] == "s" and not _is_word(rest[1:2])
        return plural or not _is_word(rest[:1])


def _is_word(character: str) -> bool:
    return bool(character) and character.isalnum() and not is_han(character)


class Lexicon:
    """Concepts, each with all its names. Read from lines `name | other name | …`.

    A comment line with `[general]` says that the concepts below it are words of the field which any
    question may use; below another comment they are subjects of their own.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self.concepts: list[tuple[str, ...]] = []
        self.concept_of: dict[str, int] = {}  # compact name → index of concept
        self.general: set[int] = set()  # concepts that a question on anything may use
        self.names = Names()
        general = False
        lines = list(lines)
        self.digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        for line in lines:
            if line.lstrip().startswith("#"):
                general = "[general]" in line
                continue
            names = tuple(name.strip() for name in line.split("|") if name.strip())
            if not names:
                continue
            number = len(self.concepts)
            if general:
                self.general.add(number)
            self.concepts.append(names)
            for name in names:
                if key := self.names.add(name):
                    self.concept_of.setdefault(key, number)

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        """Read a lexicon file; a missing one is an empty lexicon."""
        return cls(path.read_text(encoding="utf-8").split("\n") if path.exists() else ())

    def same_as(self, name: str) -> tuple[str, ...]:
        """All names of the concept that `name` names, itself included; empty if it is unknown."""
        number = self.concept_of.get(compact(name)[0])
        return self.concepts[number] if number is not None else ()

    def find(self, text: str) -> list[Mention]:
        """Every concept named in `text`."""
        return self.names.find(text)
