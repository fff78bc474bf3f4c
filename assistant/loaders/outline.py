"""Indented outlines: numbered headings, and under them entries and claims by indentation.

A saved web page has furniture around the notes (title, date, contents, related articles). What is
kept starts at the first heading that is not in a contents list, and ends at the references or at
the first unindented line that is no heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.loaders.names import UniqueIds, slug, split_title
from assistant.schema import Claim, Entry

_HEADING = re.compile(r"^\s?(\d+(?:\.\d+)*)\.?\s+(\S.*?)\s*$")
_REFERENCES = re.compile(
    r"^\s*[【\[]?\s*(?:参考(?:文献|资料|链接)?|references?)\s*[】\]]?\s*[:\uff1a]?\s*$", re.I
)
_URL = re.compile(r"https?://[^\s<>\"')]+")
_CONTENTS = re.compile(r"^\s*(?:目录|目 录|contents|table of contents)\s*$", re.I)
# `LightCNN 提出了…`, `Fast RCNN 1.SS…`: Latin words, then the body
_INLINE = re.compile(
    r"^((?:[A-Za-z][\w+.-]*\s)*[A-Za-z][\w+.-]*?)(?:\s+(?=\d[.、]|[\u4e00-\u9fff])|(?=[\u4e00-\u9fff]))(.+)$"
)
_PURE_NAME = re.compile(
    r"^[A-Za-z][\w.-]*(?:[ -][\w.-]+){0,3}(?:\s*[(\uff08][^()\uff08\uff09]*[)\uff09])?$"
)
_SENTENCE_MARKS = re.compile(r"[,;?!\uff0c\uff1b\uff1f\uff01。=≤≥+]|为什么|如何|怎么")
_QUESTION = re.compile(r"为什么|如何|怎么|怎样|什么|[?\uff1f]|^(?:why|how|what)\b", re.I)
_MARKDOWN_HEADING = re.compile(r"^#{1,6}\s+\S")
_COLONS = (":", "\uff1a")
_COLON = re.compile(r"[:\uff1a]")
_NAME_LENGTH = 40
_TAB = 4


@dataclass
class _Node:
    text: str
    start: int
    end: int
    depth: int  # columns of indentation
    children: list[_Node] = field(default_factory=list)


@dataclass(frozen=True)
class Outline:
    """What an outline holds: its entries in reading order, and the links it names at its end."""

    entries: tuple[Entry, ...]
    links: tuple[str, ...]


def looks_like_outline(text: str) -> bool:
    """Whether numbered headings and indented lines make up the text, and no Markdown ones."""
    lines = [line for line in text.split("\n") if line.strip()]
    if sum(bool(_MARKDOWN_HEADING.match(line)) for line in lines) >= 2:
        return False
    headings = sum(bool(_heading(line)) for line in lines)
    indented = sum(line[0].isspace() for line in lines)
    return headings >= 2 and indented >= headings


def parse_outline(text: str, file: str) -> Outline:
    """Parse an outline. Every claim's offsets are characters of `text`."""
    sections, links = _sections(text)
    builder = _Builder(file)
    for node in sections:
        builder.add_heading(node)
    return Outline(tuple(builder.entries), links)


def _heading(line: str) -> re.Match[str] | None:
    match = _HEADING.match(line)
    return match if match and len(match[2]) <= _NAME_LENGTH * 2 else None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    offset = 0
    for line in text.split("\n"):
        yield offset, line
        offset += len(line) + 1


def _sections(text: str) -> tuple[list[_Node], tuple[str, ...]]:
    lines = list(_lines(text))
    begin = _first_heading(lines)
    roots: list[_Node] = []
    stack: list[tuple[tuple[int, ...], _Node]] = []  # open headings
    body: list[_Node] = []  # open body lines
    links: list[str] = []
    in_references = False
    for offset, line in lines[begin:]:
        if not line.strip():
            continue
        if _REFERENCES.match(line):
            in_references = True
            continue
        if in_references:
            found = _URL.findall(line)
            if not found:
                break
            links += found
            continue
        heading = _heading(line)
        # inside a body `1.框回归` and `  3 步` are text: a heading is not indented
        if heading and len(line) - len(line.lstrip()) <= 1:
            number = tuple(int(part) for part in heading[1].split("."))
            start = offset + heading.start(2)
            node = _Node(heading[2], start, offset + heading.end(2), -1)
            while stack and not _is_below(number, stack[-1][0]):
                stack.pop()
            (stack[-1][1].children if stack else roots).append(node)
            stack.append((number, node))
            body = []
            continue
        if not stack:
            continue
        depth = _indent(line)
        if depth == 0 and (stack[-1][1].children or body):
            break  # unindented prose after the notes: page furniture
        _add_body(stack[-1][1], body, line, offset, depth)
    return roots, tuple(links)


def _is_below(number: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return len(number) > len(other) and number[: len(other)] == other


def _add_body(owner: _Node, body: list[_Node], line: str, offset: int, depth: int) -> None:
    text = line.strip()
    start = offset + line.index(text)
    previous = body[-1] if body else None
    if previous and previous.text.endswith((",", "\uff0c", "、")) and depth == previous.depth:
        # the line goes on: one claim is never cut in two
        previous.text += text
        previous.end = start + len(text)
        return
    node = _Node(text, start, start + len(text), depth)
    while body and body[-1].depth >= depth:
        body.pop()
    (body[-1].children if body else owner.children).append(node)
    body.append(node)


def _indent(line: str) -> int:
    expanded = line.expandtabs(_TAB)
    return len(expanded) - len(expanded.lstrip())


def _first_heading(lines: list[tuple[int, str]]) -> int:
    """Index of the line where the notes start: past a contents list that names each heading."""
    places: dict[str, list[int]] = {}
    for i, (_, line) in enumerate(lines):
        if (match := _heading(line)) and len(line) - len(line.lstrip()) <= 1:
            places.setdefault(f"{match[1]} {slug(match[2])}", []).append(i)
    if not places:
        return 0
    repeated = [spots[1] for spots in places.values() if len(spots) > 1]
    if repeated:
        return min(repeated)
    first = min(spots[0] for spots in places.values())
    contents = [i for i, (_, line) in enumerate(lines) if _CONTENTS.match(line) and i < first]
    if not contents:
        return first
    # a contents list whose wording differs from the headings: it ends where an indented body begins
    headings = sorted(spot for spots in places.values() for spot in spots)
    for here, after in zip(headings, [*headings[1:], len(lines)], strict=True):
        if any(_indent(line) > 1 for _, line in lines[here + 1 : after] if line.strip()):
            parents = [h for h in headings if h <= here and _is_parent(lines[h][1], lines[here][1])]
            return max(parents, default=here)
    return first


def _is_parent(line: str, child: str) -> bool:
    above, below = _heading(line), _heading(child)
    return bool(above and below and below[1].split(".")[0] == above[1])


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.entries: list[Entry] = []
        self._ids = UniqueIds()

    def add_heading(self, node: _Node, path: tuple[str, ...] = (), prefix: str = "") -> None:
        """A numbered heading is always an entry: section, group or subject."""
        self._add_entry(node, node.text, [], path, prefix)

    def _add_entry(
        self, node: _Node, title: str, claims: list[Claim], path: tuple[str, ...], prefix: str
    ) -> None:
        shown, aliases = split_title(title)
        identity = self._ids.take(f"{prefix}/{slug(shown)}" if prefix else slug(shown))
        here = (*path, shown)
        place = len(self.entries)
        bare = Entry(
            id=identity,
            path=here,
            aliases=aliases,
            file=self.file,
            start=node.start,
            end=node.start + len(title),
        )
        self.entries.append(bare)  # now, to keep reading order
        claims = list(claims)
        grouping = _is_group(node)
        for child in node.children:
            if child.depth == -1:
                self.add_heading(child, here, identity)
            elif (named := _as_entry(child, grouping)) is not None:
                name, body = named
                self._add_entry(child, name, body, here, identity)
            else:
                claims += _claims(child, "")
        self.entries[place] = bare.model_copy(update={"claims": tuple(claims)})


def _is_name(text: str) -> bool:
    return len(text) <= _NAME_LENGTH and not _SENTENCE_MARKS.search(split_title(text)[0])


def _has_name_and_body(node: _Node) -> bool:
    """A node that must be an entry: children under a name, or under `NAME and its body`."""
    if not node.children or node.text.endswith(_COLONS):
        return False
    return _is_name(node.text) or bool(_INLINE.match(node.text))


def _is_group(node: _Node) -> bool:
    body = [child for child in node.children if child.depth >= 0]
    if any(_has_name_and_body(child) for child in body):
        return True
    return bool(body) and all(not child.children and _PURE_NAME.match(child.text) for child in body)


def _as_entry(node: _Node, grouping: bool) -> tuple[str, list[Claim]] | None:
    """The title and inline claims of a node that is an entry; None for a claim or a part."""
    if node.children and (node.text.endswith(_COLONS) or not _has_name_and_body(node)):
        return None
    if not node.children and not grouping:
        return None
    colon = _COLON.search(node.text)
    head = node.text[: colon.start()] if colon else ""
    if node.children and colon and _is_name(head):
        return head, [_rest(node, colon.end())]
    if _is_name(node.text) and (node.children or _PURE_NAME.match(node.text)):
        return node.text, []
    if match := _INLINE.match(node.text):
        return match[1].strip(), [_rest(node, match.start(2))]
    return None


def _rest(node: _Node, at: int) -> Claim:
    """The claim that follows a name on its line. Its place counts from the front: lines join."""
    body = node.text[at:].lstrip()
    start = node.start + len(node.text) - len(body)
    return Claim(text=body, start=start, end=node.end)


def _claims(node: _Node, part: str) -> list[Claim]:
    text = node.text
    if not node.children:
        return [Claim(text=text, start=node.start, end=node.end, part=part)]
    heading = text.rstrip("".join(_COLONS)).strip()
    below = f"{part} › {heading}" if part else heading
    found = [claim for child in node.children for claim in _claims(child, below)]
    if heading == text and not _QUESTION.search(text):
        # `ResNet+FPN+RPN` over its parts says something itself; `缺点:` doesn't
        found.insert(0, Claim(text=text, start=node.start, end=node.end, part=part))
    return found
