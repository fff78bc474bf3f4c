"""What a ranking is worth, worked by hand."""

from __future__ import annotations

from math import log2

import pytest

from evals.ranking import Asked, measure


def one(kind: str, wanted: list[str], found: list[str], k: int = 10) -> dict[str, float]:
    return measure({"q": Asked(kind, wanted, found)}, k)["q"]


def test_any_one_of_alternatives_will_do() -> None:
    assert one("direct", ["a", "b"], ["x", "b", "a"]) == pytest.approx(
        {"right": 0, "hit@1": 0, "hit@5": 1, "recall@10": 1, "RR": 1 / 2, "nDCG@10": 1 / log2(3)}
    )


def test_each_of_several_needed_ones_counts() -> None:
    best = 1 + 1 / log2(3)
    assert one("comparison", ["a", "b"], ["x", "b", "a"]) == pytest.approx(
        {
            "right": 1,  # both among the first five
            "hit@1": 0,
            "hit@5": 1,
            "recall@10": 1,
            "RR": 1 / 2,
            "nDCG@10": (1 / log2(3) + 1 / log2(4)) / best,
        }
    )


def test_half_of_what_is_needed_is_half_a_recall() -> None:
    found = one("multi_hop", ["a", "b"], ["a", "x"])
    assert (found["right"], found["hit@1"], found["recall@10"]) == (0, 1, 0.5)


@pytest.mark.parametrize("kind", ["direct", "comparison"])
def test_five_others_in_front_are_too_many(kind: str) -> None:
    found = one(kind, ["a"], ["v", "w", "x", "y", "z", "a"])
    assert (found["right"], found["hit@5"], found["RR"]) == (0, 0, pytest.approx(1 / 6))


def test_an_entry_below_the_right_one_is_not_it() -> None:
    assert set(one("direct", ["a"], ["a/b", "x"]).values()) == {0}


def test_nothing_found_is_worth_nothing() -> None:
    assert set(one("direct", ["a"], []).values()) == {0}


def test_depths_beyond_the_hits_are_left_out() -> None:
    found = one("direct", ["a"], ["x", "a"], k=3)
    assert set(found) == {"right", "hit@1", "recall@3", "RR", "nDCG@3"}


def test_what_is_behind_the_last_hit_does_not_count() -> None:
    assert one("direct", ["a"], ["x", "y", "z", "a"], k=3)["RR"] == 0


def test_questions_do_not_mix() -> None:
    found = measure({"p": Asked("direct", ["a"], ["a"]), "q": Asked("direct", ["b"], ["a"])}, 10)
    assert (found["p"]["right"], found["q"]["right"]) == (1, 0)
