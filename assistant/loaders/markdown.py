"""Markdown: headings make entries; every bullet, paragraph, table or code block is a claim."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.loaders.names import UniqueIds, slug, split_title
from assistant.schema import Claim, Entry, Kind

_NUMBER = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百\d]+[章节]\s*"
    # `3.1概念` is numbered, `3x3 卷积` and `3D卷积` are not
    r"|\d+(?:[.\uff0e]\d+)+[.\uff0e、]?\s*|\d+(?:[.)\uff0e\uff09、]\s*|\s+))"
)
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img(?![^>]*\son)[^>]*>")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
_ANCHOR = re.compile(r"\s*\{#([\w-]+)\}\s*$")
_RULER = re.compile(r"^\s*\|?(?:\s*:?-+:?\s*\|?)+\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_SHOWN = re.compile(r"\w")


@dataclass(frozen=True)
class Block:
    """A heading (`level` 1–6) or a piece of text (`level` 0) with its place in the file."""

    level: int
    text: str
    start: int
    end: int


def blocks(text: str, offset: int = 0) -> Iterator[Block]:
    """Yield the blocks of Markdown in order; `offset` is added to every place."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def cut(begin: int, end: int) -> tuple[str, int]:
        raw = text[starts[begin] : min(starts[end], len(text))]
        return raw.strip(), starts[begin] + len(raw) - len(raw.lstrip())

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    consumed = 0  # lines before this one have been yielded
    for i, token in enumerate(tokens):
        if token.map is None or token.map[0] < consumed:
            continue
        begin, end = token.map
        if token.type == "heading_open":
            raw, at = cut(begin, end)
            title = tokens[i + 1].content
            yield Block(int(token.tag[1]), title, offset + at, offset + at + len(raw))
        elif token.type == "list_item_open":
            # a nested bullet is a claim of its own
            end = _first_nested(tokens, i, begin, end)
            raw, at = cut(begin, end)
            bullet = _BULLET.match(raw)
            skip = bullet.end() if bullet else 0
            yield Block(0, raw[skip:], offset + at + skip, offset + at + len(raw))
        elif token.type in ("paragraph_open", "fence", "code_block", "table_open", "html_block"):
            raw, at = cut(begin, end)
            yield Block(0, raw, offset + at, offset + at + len(raw))
        else:
            continue
        consumed = end


def _first_nested(tokens: Sequence[Token], item: int, begin: int, end: int) -> int:
    """The line where the first bullet inside a bullet begins; `end` where there is none."""
    for place in range(item + 1, len(tokens)):
        span = tokens[place].map
        if span and span[0] >= end:
            break  # tokens stand in the order of their lines
        if span and span[0] > begin and tokens[place].type == "list_item_open":
            return span[0]
    return end


def table_rows(block: Block) -> list[Block]:
    """The rows of a table as sentences, `row：column cell；column cell`; none of what is no table.

    Columns are named by the first line.
    """
    lines = block.text.split("\n")
    if len(lines) < 3 or "|" not in lines[0] or not _RULER.match(lines[1]):
        return []
    names, *rows = [_cells(line) for line in (lines[0], *lines[2:])]
    found = []
    start = block.start + len(lines[0]) + len(lines[1]) + 2
    for line, (first, *cells) in zip(lines[2:], rows, strict=True):
        said = [f"{n} {cell}".strip() for n, cell in zip(names[1:], cells, strict=False) if cell]
        text = f"{first}\uff1a" * bool(first) + "\uff1b".join(said)
        found.append(Block(0, text, start, start + len(line)))
        start += len(line) + 1
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]


def plain(text: str) -> str:
    """The text as a reader sees it: no pictures, links by their words, lines joined."""
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    return re.sub(r"\s*\n\s*", " ", text).strip()


def clean_heading(text: str) -> tuple[str, str]:
    """A heading without its number and its `{#anchor}`; returns title and anchor."""
    anchor = _ANCHOR.search(text)
    bare = plain(_ANCHOR.sub("", text)).replace("**", "").strip("# ")
    return _NUMBER.sub("", bare) or bare, anchor[1] if anchor else ""


def parse_markdown(text: str, file: str, name: str, kind: Kind = "note") -> tuple[Entry, ...]:
    """Parse one Markdown file; `name` is the root entry's title where no single `#` gives it.

    A heading without words is ignored; text before the first heading belongs to the root.
    """
    ids = UniqueIds()
    open_headings: list[tuple[int, str, str]] = [(0, name, ids.take(slug(name)))]
    root = Entry(id=open_headings[0][2], path=(name,), file=file, kind=kind)
    found: list[tuple[Entry, list[Claim]]] = [(root, [])]
    for block in blocks(text):
        if not block.level:
            shown = plain(block.text)
            if _SHOWN.search(shown):
                found[-1][1].append(Claim(text=shown, start=block.start, end=block.end))
            continue
        title, _ = clean_heading(block.text)
        if not _SHOWN.search(title):
            continue
        while open_headings[-1][0] >= block.level:
            open_headings.pop()
        shown, aliases = split_title(title)
        identity = ids.take(f"{open_headings[-1][2]}/{slug(shown)}")
        open_headings.append((block.level, shown, identity))
        entry = Entry(
            id=identity,
            path=tuple(heading[1] for heading in open_headings),
            aliases=aliases,
            file=file,
            kind=kind,
            start=block.start,
            end=block.end,
        )
        found.append((entry, []))
    if not found[0][1] and len(found) > 1:  # nothing before the first heading, and one title
        tops = [entry for entry, _ in found[1:] if len(entry.path) == 2]
        if len(tops) == 1 and len(found) > 2:
            found = _without_root(found[1:])
    return tuple(entry.model_copy(update={"claims": tuple(c)}) for entry, c in found)


def _without_root(found: list[tuple[Entry, list[Claim]]]) -> list[tuple[Entry, list[Claim]]]:
    """A file with one `#` title needs no root of the file's name above it."""
    return [
        (entry.model_copy(update={"path": entry.path[1:], "id": entry.id.split("/", 1)[1]}), claims)
        for entry, claims in found
    ]
