"""Where the boxes of the map stand, worked by hand; and what holds for every map."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.treemap import Box, Look, Node, total, treemap

PLAIN = Look(heads=(0.0,), pad=0.0, stretch=1.0, ratio=math.inf)


def at(box: Box) -> tuple[str, float, float, float, float]:
    return (box.id, *(round(value, 6) for value in (box.x, box.y, box.dx, box.dy)))


def test_one_entry_fills_the_frame() -> None:
    assert [at(box) for box in treemap([Node("a")], 60, 40, PLAIN)] == [("a", 0, 0, 60, 40)]


def test_four_alike_make_two_rows_of_two() -> None:
    # a column of a and b (20 wide, 20 high each) beats one of a alone (10 by 40)
    boxes = treemap([Node(name) for name in "abcd"], 40, 40, PLAIN)
    assert [at(box) for box in boxes] == [
        ("a", 0, 0, 20, 20),
        ("b", 0, 20, 20, 20),
        ("c", 20, 0, 20, 20),
        ("d", 20, 20, 20, 20),
    ]


def test_areas_follow_the_weights() -> None:
    # 3 of 4 parts of 80 × 40: a column 60 wide; the rest is 20 wide
    boxes = treemap([Node("a", 3), Node("b", 1)], 80, 40, PLAIN)
    assert [at(box) for box in boxes] == [("a", 0, 0, 60, 40), ("b", 60, 0, 20, 40)]


def test_what_holds_others_keeps_room_for_its_name_and_a_margin() -> None:
    look = Look(heads=(20.0, 10.0), pad=5.0, stretch=1.0)
    inner = Node("group", children=(Node("a"),))
    boxes = treemap([Node("section", children=(inner,))], 100, 100, look)
    assert [at(box) for box in boxes] == [
        ("section", 0, 0, 100, 100),
        ("group", 5, 20, 90, 75),
        ("a", 10, 30, 80, 60),
    ]
    assert [box.depth for box in boxes] == [0, 1, 2]


def test_a_name_takes_no_more_than_its_share_of_a_small_box() -> None:
    look = Look(heads=(20.0,), pad=5.0, stretch=1.0)
    boxes = treemap([Node("section", children=(Node("a"),))], 20, 10, look)
    # 4 of 10 for the name; margins of a tenth: 2 at the sides, 1 below
    assert at(boxes[1]) == ("a", 2, 4, 16, 5)


def test_reading_order_is_kept_unless_a_box_would_be_a_sliver() -> None:
    weights = {"a": 1.0, "b": 100.0, "c": 100.0}
    nodes = [Node(name, weight) for name, weight in weights.items()]
    ordered = treemap(nodes, 100, 100, Look(stretch=1.0, ratio=math.inf))
    assert ordered[0].x == ordered[0].y == 0
    shapely = treemap(nodes, 100, 100, Look(stretch=1.0, ratio=2.0))
    assert [box.id for box in shapely] == ["a", "b", "c"]  # they come in the order of the nodes
    assert shapely[1].x == shapely[1].y == 0  # and stand with the largest first
    assert shapely[0].x > 0


def test_boxes_are_wider_than_high_where_that_is_asked() -> None:
    boxes = treemap([Node(str(i)) for i in range(16)], 320, 200, Look(heads=(0.0,), stretch=1.6))
    assert {(round(box.dx), round(box.dy)) for box in boxes} == {(80, 50)}


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        treemap([Node("a", weight)], 10, 10, PLAIN)


def test_nothing_has_no_boxes() -> None:
    assert treemap([], 10, 10, PLAIN) == []


# --- what holds for every map -------------------------------------------------------------------

leaves = st.builds(Node, id=st.just(""), weight=st.floats(0.5, 50))
trees = st.recursive(
    leaves,
    lambda inside: st.builds(
        Node,
        id=st.just(""),
        weight=st.just(1.0),
        children=st.lists(inside, min_size=1, max_size=7).map(tuple),
    ),
    max_leaves=40,
)
looks = st.builds(
    Look,
    heads=st.lists(st.floats(0, 30), min_size=1, max_size=3).map(tuple),
    pad=st.floats(0, 6),
    stretch=st.floats(0.5, 2.5),
    ratio=st.floats(1, 6),
)


def named(nodes: list[Node], above: str = "") -> list[Node]:
    """The same trees with ids of their places."""
    return [
        Node(f"{above}{i}", node.weight, tuple(named(list(node.children), f"{above}{i}/")))
        for i, node in enumerate(nodes)
    ]


@given(st.lists(trees, min_size=1, max_size=8), st.floats(50, 2000), st.floats(50, 2000), looks)
def test_boxes_fill_their_frame_without_overlapping_in_proportion_to_their_weights(
    nodes: list[Node], width: float, height: float, look: Look
) -> None:
    nodes = named(nodes)
    boxes = {box.id: box for box in treemap(nodes, width, height, look)}

    def check(siblings: tuple[Node, ...], area: float) -> None:
        mine = [boxes[node.id] for node in siblings]
        assert math.isclose(sum(box.dx * box.dy for box in mine), area, rel_tol=1e-6)
        whole = sum(total(node) for node in siblings)
        for node, box in zip(siblings, mine, strict=True):
            assert math.isclose(box.dx * box.dy, area * total(node) / whole, rel_tol=1e-6)
        slack = 1e-6 * max(width, height)
        for i, one in enumerate(mine):
            for other in mine[i + 1 :]:
                across = min(one.x + one.dx, other.x + other.dx) - max(one.x, other.x)
                down = min(one.y + one.dy, other.y + other.dy) - max(one.y, other.y)
                assert min(across, down) <= slack

    check(tuple(nodes), width * height)
    for node in _all(nodes):
        box = boxes[node.id]
        if not node.children:
            continue
        head = min(look.head(box.depth), 0.4 * box.dy)
        across, down = min(look.pad, 0.1 * box.dx), min(look.pad, 0.1 * box.dy)
        check(node.children, (box.dx - 2 * across) * (box.dy - head - down))
        for child in node.children:
            inner = boxes[child.id]
            slack = 1e-6 * max(width, height)
            assert inner.x >= box.x - slack
            assert inner.y >= box.y + head - slack
            assert inner.x + inner.dx <= box.x + box.dx + slack
            assert inner.y + inner.dy <= box.y + box.dy + slack


def _all(nodes: list[Node] | tuple[Node, ...]) -> list[Node]:
    return [one for node in nodes for one in (node, *_all(node.children))]
