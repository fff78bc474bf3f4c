"""The measures of the benchmark, worked by hand."""

from __future__ import annotations

import pytest

from evals.bench_report import Figure, summary, table
from evals.metrics import answered, by_kind, interval, percentile, share

# joined: "abcde\nfghij" — a to e at 0–4, the newline at 5, f to j at 6–10
HITS = ["abcde", "fghij"]


@pytest.mark.parametrize(
    ("groups", "limit", "expected"),
    [
        ([["de"]], 5, True),
        ([["de"]], 4, False),  # cut in two by the limit
        ([["fg"]], 8, True),  # the newline counts as a character
        ([["fg"]], 7, False),
        ([["ef"]], 400, False),  # not across two hits
        ([["zz", "ab"]], 5, True),  # one fragment of a group is enough
        ([["ab"], ["ij"]], 11, True),
        ([["ab"], ["ij"]], 10, False),  # a comparison needs both entries
        ([["ab"], ["zz"]], 400, False),
    ],
)
def test_a_question_is_answered_by_a_fragment_of_each_group_in_front(
    groups: list[list[str]], limit: int, expected: bool
) -> None:
    assert answered(groups, HITS, limit) is expected


def test_no_hit_answers_nothing() -> None:
    assert not answered([["a"]], [], 150)


def test_a_question_without_answers_is_not_judged() -> None:
    with pytest.raises(ValueError, match="without answers"):
        answered([], HITS, 150)


def test_a_share_counts_what_holds() -> None:
    assert share([True, False, True, True]) == 0.75


def test_nothing_has_no_share() -> None:
    with pytest.raises(ValueError, match="no outcome"):
        share([])


@pytest.mark.parametrize("outcome", [True, False])
def test_the_interval_of_equal_outcomes_is_a_point(outcome: bool) -> None:
    assert interval([outcome] * 9) == (float(outcome), float(outcome))


def test_the_interval_of_two_outcomes_spans_all() -> None:
    # of two draws both fail with chance 1/4, and both hold with 1/4
    assert interval([True, False]) == (0.0, 1.0)


def test_the_interval_is_about_two_standard_errors_wide() -> None:
    # p = 0.9, n = 100: the standard error is sqrt(0.9 * 0.1 / 100) = 0.03, so 0.84 to 0.96 by 0.01
    low, high = interval([True] * 90 + [False] * 10)
    assert low == pytest.approx(0.84, abs=0.011)
    assert high == pytest.approx(0.96, abs=0.011)


def test_the_interval_is_the_same_every_time() -> None:
    outcomes = [True] * 7 + [False] * 3
    assert interval(outcomes) == interval(outcomes)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([3.0], 95, 3.0), ([1.0, 2.0, 3.0], 50, 2.0), ([2.0, 1.0], 50, 1.5), ([0.0, 10.0], 95, 9.5)],
)
def test_a_percentile_is_interpolated(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == pytest.approx(expected)


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no value"):
        percentile([], 50)


def test_outcomes_are_grouped_by_kind_in_order_of_appearance() -> None:
    grouped = by_kind(["b", "a", "b"], [True, False, False])
    assert list(grouped.items()) == [("b", [True, False]), ("a", [False])]


@pytest.mark.parametrize(
    ("value", "target", "at_least", "expected"),
    [
        (0.87, 0.87, True, True),
        (0.86, 0.87, True, False),
        (1.6, 1.6, False, True),
        (1.7, 1.6, False, False),
        (None, 1.6, False, None),
        (1.0, None, False, None),
    ],
)
def test_a_target_is_a_floor_or_a_ceiling(
    value: float | None, target: float | None, at_least: bool, expected: bool | None
) -> None:
    assert Figure("x", value, "ratio", target, at_least).reached is expected


def test_the_table_names_what_was_missed_and_what_was_not_measured() -> None:
    figures = [
        Figure("召回", 0.5, "share", 0.87, True, (0.4, 0.6)),
        Figure("fast", 1.0, "ratio", 1.6),
        Figure("model", None, "s", 15.0, note="not here"),
    ]
    lines = table(figures).splitlines()
    assert lines[2].split("  ")[0] == "召回"
    assert "MISSED" in lines[2]
    assert "0.400–0.600" in lines[2]
    assert "reached" in lines[3]
    assert "not measured" in lines[4]
    assert summary(figures) == "1 of 3 targets reached; missed: 召回; not measured: model"
