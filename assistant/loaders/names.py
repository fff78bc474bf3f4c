"""Titles as people write them: `FPN(Feature Pyramid Network)` is one name and another."""

from __future__ import annotations

import re
import unicodedata

_BRACKETS = re.compile(r"[(\uff08]([^()\uff08\uff09]*)[)\uff09]")
_SEPARATORS = re.compile(r"[、,;/\uff0c\uff1b]|\s+or\s+")


def split_title(title: str) -> tuple[str, tuple[str, ...]]:
    """Return the title as it is shown and the further names that stand in it.

    >>> split_title("KL散度(相对熵,信息增益)")
    ('KL散度', ('相对熵', '信息增益'))
    """
    shown = _BRACKETS.sub("", title).strip(" :\uff1a") or title.strip()
    names: list[str] = []
    for inner in _BRACKETS.findall(title):
        names += [part.strip() for part in _SEPARATORS.split(inner)]
    parts = [part.strip() for part in _SEPARATORS.split(shown)]
    if len(parts) > 1:
        names += parts
    kept = dict.fromkeys(name for name in names if name and name != shown)
    return shown, tuple(kept)


def slug(title: str) -> str:
    """The part of an id made from a title: letters and digits, lower case, with hyphens."""
    text = unicodedata.normalize("NFKC", title).lower()
    return re.sub(r"[^\w]+|_+", "-", text).strip("-") or "entry"


class UniqueIds:
    """Hands out ids; a second entry of the same path gets `-2`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """Return `wanted`, or the first free `wanted-N`, and remember it."""
        candidate, n = wanted, 1
        while candidate in self._taken:
            n += 1
            candidate = f"{wanted}-{n}"
        self._taken.add(candidate)
        return candidate
