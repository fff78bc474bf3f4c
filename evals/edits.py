"""Controlled edits: a sentence of which one thing is changed, so that it says something else.

A word becomes its opposite, a number another, a name that of another point, or two terms of the
sentence change places. What comes out is what the support checker must tell from the original,
which shares nearly all of its words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from assistant.lexicon import Lexicon

OPPOSITES = Path(__file__).parent / "training" / "opposites.txt"
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_NAME = re.compile(r"[A-Z][A-Za-z0-9]+(?:[- ][A-Z0-9][A-Za-z0-9]*)*")
# A word of one character is more often part of another word than a word of its own.
_SURER = {1: 0.5, 2: 2.0}
# A list names its parts in any order.
_LISTED = re.compile(r"\s*(?:[和与或及跟同、/,+]|以及|and|or|&|vs\.?)\s*", re.IGNORECASE)
_NUMBERS, _NAMES, _PLACES = 0.18, 0.12, 0.35  # shares of the edits; the others: opposites


class Edit(NamedTuple):
    """A changed sentence, and the words that were exchanged in it."""

    text: str
    old: str
    new: str
    mutual: bool = False  # both stood in the sentence, and changed places


class Opposites:
    """Words and their opposites, in Chinese and English, and words that hold none.

    Args:
        path: Lines `word/opposite`; a line `= word` names a word inside which nothing is changed.
    """

    def __init__(self, path: Path = OPPOSITES) -> None:
        self._of: dict[str, list[str]] = {}
        whole: list[str] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("= "):
                whole.append(line[2:])
            elif line and not line.startswith("#"):
                one, other = line.split("/")
                self._of.setdefault(one, []).append(other)
                self._of.setdefault(other, []).append(one)
        longest = sorted(self._of, key=len, reverse=True)
        latin = [word for word in longest if word.isascii()]
        chinese = [word for word in longest if not word.isascii()]
        self._chinese = re.compile("|".join(map(re.escape, chinese)))
        self._latin = re.compile(
            rf"(?<![\w-])(?:{'|'.join(map(re.escape, latin))})(?![\w-])", re.IGNORECASE
        )
        self._whole = re.compile("|".join(map(re.escape, whole)))

    def flip(self, text: str, rng: random.Random) -> Edit | None:
        """One word made its opposite; None where there is none."""
        kept = [match.span() for match in self._whole.finditer(text)]
        places = [
            (match, _SURER[min(len(match[0]), 2)])
            for match in self._chinese.finditer(text)
            if not any(a < match.end() and match.start() < b for a, b in kept)
        ]
        places += [(match, 1.0) for match in self._latin.finditer(text)]
        if not places:
            return None
        match = rng.choices([m for m, _ in places], [weight for _, weight in places])[0]
        new = rng.choice(self._of.get(match[0]) or self._of[match[0].lower()])
        return Edit(text[: match.start()] + new + text[match.end() :], match[0], new)


class Words(NamedTuple):
    """What the edits know of words."""

    opposites: Opposites
    lexicon: Lexicon


def renumber(text: str, rng: random.Random) -> Edit | None:
    """One number made another; None where there is none."""
    places = list(NUMBER.finditer(text))
    if not places:
        return None
    match = rng.choice(places)
    value = float(match[0])
    new = rng.choice([value * 2, value + 1, value * 10, value / 2, max(value - 1, 0), value * 1.5])
    shown = f"{round(new) if '.' not in match[0] else new:.15g}"
    if shown == match[0]:
        shown = f"{value + 1:.15g}"
    return Edit(text[: match.start()] + shown + text[match.end() :], match[0], shown)


def rename(text: str, others: Sequence[str], rng: random.Random) -> Edit | None:
    """One name made one that stands in `others` alone; None where there is none."""
    own = set(_NAME.findall(text))
    theirs = {name for other in others for name in _NAME.findall(other)} - own
    if not own or not theirs:
        return None
    old, new = rng.choice(sorted(own)), rng.choice(sorted(theirs))
    if old in new or new in old:
        return None
    whole = _NAME.sub(lambda m: new if m[0] == old else m[0], text)
    return Edit(whole, old, new)


def exchange(text: str, lexicon: Lexicon, rng: random.Random) -> Edit | None:
    """Two terms or two numbers change places; None where no two are there."""
    terms = [text[m.start : m.end] for m in lexicon.find(text)]
    numbers = [match[0] for match in NUMBER.finditer(text)]
    places = [
        (one, other)
        for kind in (terms, numbers)
        for i, one in enumerate(kind)
        for other in kind[i + 1 :]
        if _apart(text, one, other)
    ]
    if not places:
        return None
    one, other = rng.choice(places)
    return Edit(_swapped(text, one, other), one, other, mutual=True)


def _apart(text: str, one: str, other: str) -> bool:
    """Whether both stand in the text once, neither in the other, and not side by side in a list."""
    if text.count(one) != 1 or text.count(other) != 1 or one in other or other in one:
        return False
    (start, first), (end, _) = sorted((text.index(word), word) for word in (one, other))
    between = text[start + len(first) : end]
    return len(between) > 1 and not _LISTED.fullmatch(between)


def _swapped(text: str, one: str, other: str) -> str:
    return re.sub(
        f"{re.escape(one)}|{re.escape(other)}", lambda m: other if m[0] == one else one, text
    )


def edit(text: str, others: Sequence[str], words: Words, rng: random.Random) -> Edit | None:
    """One edit of a sentence; None where nothing in it can be changed.

    Args:
        text: The sentence.
        others: Sentences beside it, whose names may take the place of its own.
        words: What is known of words.
        rng: Chooses the way and the place.
    """
    way = rng.random()
    found = None
    if way < _NUMBERS:
        found = renumber(text, rng)
    elif way < _NUMBERS + _NAMES:
        found = rename(text, others, rng)
    elif way < _NUMBERS + _NAMES + _PLACES:
        found = exchange(text, words.lexicon, rng)
    return found or words.opposites.flip(text, rng)


def in_both(answer: str, made: Edit) -> str | None:
    """The answer edited like the sentence, so that they still agree; None where that is unsure."""
    if made.mutual:
        apart = _apart(answer, made.old, made.new)
        return _swapped(answer, made.old, made.new) if apart else None
    if answer.count(made.old) != 1 or made.new in answer:
        return None
    return answer.replace(made.old, made.new)
