"""Where the boxes of the map stand: a nested, squarified treemap that keeps the reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import squarify

_SHARE = 0.4  # of a box, the most that its heading may take
_MARGIN = 0.1  # of a box, the most that the margin on one side may take


@dataclass(frozen=True)
class Node:
    """Something to draw. `weight` counts where it has no children."""

    id: str
    weight: float = 1.0
    children: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Box:
    """A rectangle, in the units of the frame; `depth` is 0 for the outermost."""

    id: str
    x: float
    y: float
    dx: float
    dy: float
    depth: int


@dataclass(frozen=True)
class Look:
    """How boxes are nested.

    Attributes:
        heads: Height of the heading of a box with others in it, by depth; the last one goes on.
        pad: Margin around what stands in a box.
        stretch: Width by height that boxes come near to: titles are wider than high.
        ratio: Boxes in reading order may be so much too long or too high; else the largest goes
            first, as squarified treemaps have it.
    """

    heads: tuple[float, ...] = (24.0, 20.0)
    pad: float = 3.0
    stretch: float = 1.5
    ratio: float = 2.6

    def head(self, depth: int) -> float:
        """Height of a heading."""
        return self.heads[min(depth, len(self.heads) - 1)]


def total(node: Node) -> float:
    """The weight of all that stands in a node."""
    return sum(map(total, node.children)) if node.children else node.weight


def treemap(nodes: Sequence[Node], width: float, height: float, look: Look) -> list[Box]:
    """Lay nodes and all below them out in a frame: parents before their children.

    Nodes of one parent fill its inside, do not overlap, and have areas in proportion to their
    weights.

    Raises:
        ValueError: A weight is not positive.
    """
    return list(_inside(nodes, Box("", 0.0, 0.0, width, height, -1), look))


def _inside(nodes: Sequence[Node], frame: Box, look: Look) -> Iterator[Box]:
    for node, box in zip(nodes, _tiles(nodes, frame, look), strict=True):
        yield box
        if node.children:
            yield from _inside(node.children, _inner(box, look), look)


def _inner(box: Box, look: Look) -> Box:
    """What is left of a box under its heading and inside its margin."""
    head = min(look.head(box.depth), _SHARE * box.dy)
    across, down = min(look.pad, _MARGIN * box.dx), min(look.pad, _MARGIN * box.dy)
    return replace(
        box, x=box.x + across, y=box.y + head, dx=box.dx - 2 * across, dy=box.dy - head - down
    )


def _tiles(nodes: Sequence[Node], frame: Box, look: Look) -> list[Box]:
    """The boxes of nodes side by side, in the order of the nodes."""
    weights = [total(node) for node in nodes]
    if any(weight <= 0 for weight in weights):
        raise ValueError("Every weight has to be positive")
    order = list(range(len(nodes)))
    tiles = _squares(weights, frame, look.stretch)
    if _worst(tiles, look.stretch) > look.ratio:
        order.sort(key=lambda place: -weights[place])
        tiles = _squares([weights[place] for place in order], frame, look.stretch)
    found = dict(zip(order, tiles, strict=True))
    depth = frame.depth + 1
    return [Box(node.id, *found[place], depth) for place, node in enumerate(nodes)]


_Tile = tuple[float, float, float, float]


def _squares(weights: Sequence[float], frame: Box, stretch: float) -> list[_Tile]:
    """Squares in a frame `stretch` times as high are that much wider than high in the real one."""
    tall = frame.dy * stretch
    sizes = squarify.normalize_sizes(weights, frame.dx, tall)
    found = squarify.squarify(sizes, frame.x, frame.y * stretch, frame.dx, tall)
    return [(r["x"], r["y"] / stretch, r["dx"], r["dy"] / stretch) for r in found]


def _worst(tiles: Sequence[_Tile], stretch: float) -> float:
    ratios = [dx / (dy * stretch) for _, _, dx, dy in tiles]
    return max((max(ratio, 1 / ratio) for ratio in ratios), default=1.0)
