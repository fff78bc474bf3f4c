"""How people ask for a claim: `corpus/phrasings/<entry id>.txt`, found by a search, never shown.

> the first characters of a claim
a way to ask for it
another way
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from assistant.schema import Entry

_CITED = re.compile(r"\s*\[(?:@[\w:.-]+[;,\s]*)+\]\s*")


def phrasing_file(folder: Path, entry: str) -> Path:
    """Where the phrasings of an entry lie; a folder's entry has them in `_index.txt`."""
    single = folder / "phrasings" / f"{entry}.txt"
    return single if single.exists() else folder / "phrasings" / entry / "_index.txt"


def read_phrasings(path: Path) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Line number, beginning of the claim, and ways to ask for it."""
    begin, number = "", 0
    ways: list[str] = []
    for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("> "):
            if begin:
                yield number, begin, tuple(ways)
            begin, number, ways = text[2:].strip(), i, []
        elif text:
            ways.append(text)
    if begin:
        yield number, begin, tuple(ways)


def with_phrasings(entry: Entry, folder: Path) -> Entry:
    """The entry with the phrasings of its claims."""
    path = phrasing_file(folder, entry.id)
    if not path.exists():
        return entry
    claims = list(entry.claims)
    for _, begin, ways in read_phrasings(path):
        place = claim_of(begin, entry)
        if place is not None:
            asked = (*claims[place].asked, *ways)
            claims[place] = claims[place].model_copy(update={"asked": asked})
    return entry.model_copy(update={"claims": tuple(claims)})


def claim_of(begin: str, entry: Entry) -> int | None:
    """The place of the claim that begins so, or that has a line which does."""
    bare = _CITED.sub("", begin).strip()
    found = [i for i, claim in enumerate(entry.claims) if claim.text.startswith(bare)]
    found = found or [i for i, claim in enumerate(entry.claims) if f" {bare}" in claim.text]
    return found[0] if bare and found else None
