"""The map as it is sent to the page: entries, their boxes in percent, and the links between them.

All of it is the same for every learner; what a learner knows comes apart from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.loaders import is_web
from assistant.loaders.names import split_title
from assistant.schema import Entry, Link
from assistant.treemap import Box, Look, Node, total, treemap

_WIDE = 1040  # pixels: the map beside its panel on a page of 1440
_NARROW = 358  # pixels: a page of 390
_ROOM = (10_000, 5_000)  # square pixels an entry: on a small map, and on one that is scrolled
_FEW, _MANY = 150, 600  # entries up to which the first holds, and from which on the second
_TALL = 11_000  # square pixels an entry where one section is shown alone, on a phone
_LEAST = 420  # pixels of height of the corpus
_SHELF = 30  # pixels of height of the name of a file
_SECTION = 64  # pixels of height that a section adds to a phone's first map
_WHOLE = 10_000  # what 100 % is sent as
_CLAIMS = 2.5  # claims that weigh as much as a question: 13 claims and 5 questions are usual
_OWN = (4.5, 9.0)  # questions that an own note weighs: from a single line to a whole chapter
_LOOK = Look(heads=(26.0, 21.0, 19.0))
_OVERVIEW = Look(ratio=2.2)


class MapView:
    """The map of one state of the index.

    Args:
        entries: In reading order, without references.
        questions: How many questions each entry has.
        links: The relations between entries.
    """

    def __init__(
        self, entries: Sequence[Entry], questions: Mapping[str, int], links: Iterable[Link]
    ) -> None:
        self._entries = entries
        self._questions = questions
        self.places = {entry.id: place for place, entry in enumerate(entries)}
        self._links = [li for li in links if li.source in self.places and li.target in self.places]
        self._parents = _parents(entries)
        self._below: list[list[int]] = [[] for _ in entries]
        for place, parent in enumerate(self._parents):
            if parent >= 0:
                self._below[parent].append(place)

    @cached_property
    def inner(self) -> list[str]:
        """Ids of entries that have others below them."""
        found = zip(self._entries, self._below, strict=True)
        return [entry.id for entry, below in found if below]

    @cached_property
    def sent(self) -> dict[str, Any]:
        """For JSON. A box is left, top, width and height, in hundredths of a percent.

        `nodes`: id, title, short title, parent (-1: none), questions, errata, the learner's file.
        `wide` has a box for every node; `alone` too, but inside its section, which is shown alone;
        `sections` has a box for every section. `shelves`: the learner's files, and how far down
        their names stand.
        """
        shelves = self._shelves()
        nodes = [node for _, inside in shelves for node in inside]
        wide = _stacked(shelves, _WIDE, _LOOK, _wide_height)
        flat = [(file, [_squeezed(node) for node in inside]) for file, inside in shelves]
        over = _stacked(flat, _NARROW, _OVERVIEW, _over_height)
        alone: list[Box] = []
        heights: dict[str, int] = {}
        for node in sorted(nodes, key=lambda node: self.places[node.id]):
            tall = max(120, round(_leaves(node) * _TALL / _NARROW))
            heights[node.id] = tall
            alone += _percent(treemap([node], _NARROW, tall, _LOOK), _NARROW, tall)
        return {
            "nodes": [
                [
                    entry.id,
                    entry.title,
                    split_title(entry.title)[0],
                    self._parents[place],
                    self._questions.get(entry.id, 0),
                    len(entry.errata),
                    _shelf(entry),
                ]
                for place, entry in enumerate(self._entries)
            ],
            "links": [
                [self.places[link.source], self.places[link.target], link.kind]
                for link in self._links
            ],
            "wide": self._sent(wide),
            "alone": {"heights": list(heights.values()), "boxes": self._flat(alone)},
            "sections": self._sent(over),
        }

    def _shelves(self) -> list[tuple[str, list[Node]]]:
        """The sections of the corpus, and those of each file of the learner's, under its name."""
        found: dict[str, tuple[str, list[Node]]] = {}
        for place, parent in enumerate(self._parents):
            if parent < 0:
                entry = self._entries[place]
                shelf = found.setdefault(_own(entry), (_shelf(entry), []))
                shelf[1].append(self._node(place))
        return sorted(found.values(), key=lambda one: one[0] != "")

    def _sent(self, stack: _Stack) -> dict[str, Any]:
        boxes = _percent(stack.boxes, stack.width, stack.height)
        shelves = [[file, round(y / stack.height * _WHOLE)] for file, y in stack.names]
        return {"height": stack.height, "shelves": shelves, "boxes": self._flat(boxes)}

    def _node(self, place: int) -> Node:
        entry = self._entries[place]
        weight = float(self._questions.get(entry.id, 0))
        if not weight:
            weight = min(max(_OWN[0], len(entry.claims) / _CLAIMS), _OWN[1])
        return Node(entry.id, weight, tuple(map(self._node, self._below[place])))

    def _flat(self, boxes: Iterable[Box]) -> list[int]:
        return _numbers(sorted(boxes, key=lambda box: self.places[box.id]))


def _parents(entries: Sequence[Entry]) -> list[int]:
    """Place of the entry above each, in the same file or corpus; -1 for a section."""
    found: list[int] = []
    open_above: list[int] = []
    for place, entry in enumerate(entries):
        while open_above and not _is_above(entries[open_above[-1]], entry):
            open_above.pop()
        found.append(open_above[-1] if open_above else -1)
        open_above.append(place)
    return found


def _is_above(one: Entry, other: Entry) -> bool:
    depth = len(one.path)
    return _own(one) == _own(other) and depth < len(other.path) and other.path[:depth] == one.path


@dataclass(frozen=True)
class _Stack:
    """The maps of several sources, one below the other."""

    width: int
    height: int
    boxes: list[Box]
    names: list[tuple[str, int]]  # of files, and how many pixels down they stand


def _stacked(
    shelves: Sequence[tuple[str, Sequence[Node]]],
    width: int,
    look: Look,
    height_of: Callable[[Sequence[Node]], int],
) -> _Stack:
    boxes: list[Box] = []
    names: list[tuple[str, int]] = []
    down = 0
    for file, nodes in shelves:
        if file:
            names.append((file, down))
            down += _SHELF
        height = height_of(nodes) if file else max(_LEAST, height_of(nodes))
        boxes += [replace(box, y=box.y + down) for box in treemap(nodes, width, height, look)]
        down += height
    return _Stack(width, max(down, 1), boxes, names)


def _wide_height(nodes: Sequence[Node]) -> int:
    leaves = sum(map(_leaves, nodes))
    return max(100, round(leaves * _room(leaves) / _WIDE))


def _over_height(nodes: Sequence[Node]) -> int:
    return _SECTION * max(2, len(nodes))


def _squeezed(node: Node) -> Node:
    """A section as a box without others in it: the small ones have names to show too."""
    return Node(node.id, total(node) ** 0.5)


def _own(entry: Entry) -> str:
    """The learner's file or page that an entry stands in; empty for the corpus."""
    return entry.file if is_web(entry.file) or Path(entry.file).is_absolute() else ""


def _shelf(entry: Entry) -> str:
    """The name of that."""
    return entry.file if is_web(entry.file) else Path(_own(entry)).name


def _leaves(node: Node) -> int:
    return sum(map(_leaves, node.children)) if node.children else 1


def _room(leaves: int) -> float:
    """Square pixels of an entry, by how many there are."""
    share = min(1.0, max(0.0, (leaves - _FEW) / (_MANY - _FEW)))
    return _ROOM[0] + share * (_ROOM[1] - _ROOM[0])


def _percent(boxes: Sequence[Box], width: float, height: float) -> list[Box]:
    across, down = _WHOLE / width, _WHOLE / height
    return [
        Box(box.id, box.x * across, box.y * down, box.dx * across, box.dy * down, box.depth)
        for box in boxes
    ]


def _numbers(boxes: Iterable[Box]) -> list[int]:
    return [round(value) for box in boxes for value in (box.x, box.y, box.dx, box.dy)]
