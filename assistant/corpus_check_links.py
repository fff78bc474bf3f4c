"""Checks the relations between the entries of the corpus: `corpus/links.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from assistant.errors import SourceError
from assistant.loaders.corpus import load_corpus
from assistant.loaders.links import LINKS, SYMMETRIC, bullets_behind, link_of, link_rows, load_links
from assistant.mastery import below
from assistant.schema import Entry, Link


def link_troubles(folder: Path, entries: Mapping[str, Entry]) -> Iterator[tuple[int, str]]:
    """Line and message of every row of the file that breaks the contract.

    Args:
        folder: The corpus.
        entries: Those of the map by id.
    """
    path = folder / LINKS
    try:
        rows = link_rows(path)
    except SourceError as error:
        yield _line(error), error.found.removeprefix(f"{path} ").split("\n")[0]
        return
    seen: dict[tuple[str, str, str], int] = {}
    for line, row in rows:
        try:
            link = link_of(row, path, line)
        except SourceError as error:
            yield line, error.found.removeprefix(f"{path}, line {line}: ")
            continue
        yield from ((line, trouble) for trouble in _troubles(link, entries))
        ends = (link.source, link.target)
        if link.kind in SYMMETRIC:
            ends = (min(ends), max(ends))
        first = seen.setdefault((*ends, link.kind), line)
        if first != line:
            yield line, f"the same link stands in line {first}"


def unlinked(folder: Path) -> list[str]:
    """Files of the entries that no link leads to; a group is reached through what it holds.

    None in a corpus without any link.
    """
    ends = {end for link in load_links(folder) for end in (link.source, link.target)}
    if not ends:
        return []
    entries = [entry for entry in load_corpus(folder).entries if entry.kind == "note"]
    groups = {entry.id.rpartition("/")[0] for entry in entries}
    return [entry.file for entry in entries if entry.id not in ends | groups]


def _troubles(link: Link, entries: Mapping[str, Entry]) -> Iterator[str]:
    for end in dict.fromkeys((link.source, link.target, link.entry)):
        if end not in entries:
            yield f"there is no entry {end}"
    if link.source == link.target:
        yield "an entry is linked with itself"
    elif link.kind == "part_of" and _stands_above(link.source, link.target):
        yield "the map itself shows that one is part of the other"
    if not any(below(end, [link.entry]) for end in (link.source, link.target)):
        yield f"the bullet is of {link.entry}, which is neither end nor a group around one"
    if link.entry in entries and len(bullets_behind(link, entries[link.entry].claims)) != 1:
        yield f"no single bullet of {link.entry} begins {link.bullet!r}"


def _stands_above(one: str, other: str) -> bool:
    return below(one, [other]) or below(other, [one])


def _line(error: SourceError) -> int:
    mark = getattr(error.__cause__, "problem_mark", None)
    return mark.line + 1 if isinstance(mark, yaml.error.Mark) else 1
