"""Two runs side by side: only what is over the same items is compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval_kit import configuration, item, run

from evals.compare import find, pairs, within
from evals.runs import RunError, RunStore
from evals.tables import comparison_text, list_text, run_text, within_text

OLD, NEW = "20261124-100000-retrieval-aaaa", "20261124-110000-retrieval-bbbb"
NONE = [item("q1", 0), item("q2", 0), item("q3", 0)]
SOME = [item("q2", 1), item("q3", 0), item("q4", 1)]


def test_items_in_common_are_compared_and_the_others_counted() -> None:
    first, second = run(OLD, configuration("bm25", NONE)), run(NEW, configuration("bm25", SOME))
    (one,) = pairs(first, second)
    assert (one.first, one.second) == (f"{OLD}@bm25", f"{NEW}@bm25")
    assert (one.n, one.left_out) == (2, 2)
    assert one.differences["right"].value == 0.5
    assert "on 2 items in common, 2 in one of them only" in comparison_text(one)
    assert "+0.500" in comparison_text(one)


def test_configurations_are_matched_by_name() -> None:
    first = run(OLD, configuration("taxonomy", NONE), configuration("bm25", SOME))
    second = run(NEW, configuration("bm25", SOME), configuration("dense", NONE))
    (one,) = pairs(first, second)
    assert one.second.endswith("@bm25")
    assert one.differences["right"].p == 1


def test_two_judges_are_compared_whatever_their_names() -> None:
    first, second = run(OLD, configuration("rules", NONE)), run(NEW, configuration("model", SOME))
    assert len(pairs(first, second)) == 1


def test_nothing_to_match_is_told_with_what_to_type() -> None:
    first = run(OLD, configuration("taxonomy", NONE), configuration("fused", NONE))
    with pytest.raises(RunError, match=f"{OLD}@taxonomy"):
        pairs(first, run(NEW, configuration("bm25", SOME)))


def test_a_named_configuration_is_held_against_the_others_of_its_run() -> None:
    one = run(OLD, configuration("taxonomy", SOME), configuration("bm25", NONE))
    assert [c.second for c in pairs(one, one, "bm25")] == [f"{OLD}@taxonomy"]
    (two,) = pairs(one, one, "taxonomy", "bm25")
    assert two.differences["right"].value == -0.5
    assert within(one) == [two]
    assert "bm25" in within_text(within(one), "right")


@pytest.mark.parametrize("change", [{"name": "retrieval.test"}, {"kind": "support"}])
def test_runs_over_different_things_are_not_compared(change: dict[str, str]) -> None:
    with pytest.raises(RunError, match="same set"):
        pairs(run(OLD), run(NEW, **change))  # type: ignore[arg-type]


def test_runs_without_an_item_in_common_are_not_compared() -> None:
    first = run(OLD, configuration("bm25", [item("q1", 1)]))
    with pytest.raises(RunError, match="no item in common"):
        pairs(first, run(NEW, configuration("bm25", [item("q9", 1)])))


def test_a_reference_may_name_a_configuration(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    path = store.save(run(OLD))
    assert find(store, "last") == (run(OLD), "")
    assert find(store, "aaaa@taxonomy") == (run(OLD), "taxonomy")
    assert find(store, str(path)) == (run(OLD), "")
    with pytest.raises(RunError, match="It has"):
        find(store, "aaaa@bm25")


def test_a_run_is_shown_with_intervals_and_misses() -> None:
    text = run_text(run(OLD, notes=("a note",)))
    assert "0.500 [0.000–1.000]" in text
    assert "Note: a note" in text
    assert "Missed by taxonomy: 1" in text
    assert "wanted 骨干网络 › ResNet: rank 2, dense 3 (0.900)" in text
    assert "1. 生成网络 › WGAN: 0.800" in text


def test_runs_are_listed_one_a_line() -> None:
    lines = list_text([run(NEW), run(OLD)]).splitlines()
    assert [line.split()[0] for line in lines[2:]] == [NEW, OLD]
    assert "zhitu eval retrieval" in list_text([])
