"""Means of real values and the test between two runs, worked by hand."""

from __future__ import annotations

import pytest

from evals.metrics import draws, mean, mean_interval, paired


def test_the_interval_of_equal_values_is_a_point() -> None:
    assert mean_interval([0.25] * 7) == (0.25, 0.25)


def test_the_interval_of_two_values_spans_them() -> None:
    # of two draws both are the first with chance 1/4, and both the second with 1/4
    assert mean_interval([0.0, 2.0]) == (0.0, 2.0)


def test_the_interval_is_about_two_standard_errors_wide() -> None:
    # p = 0.9, n = 100: the standard error is 0.03
    low, high = mean_interval([1.0] * 90 + [0.0] * 10)
    assert low == pytest.approx(0.84, abs=0.011)
    assert high == pytest.approx(0.96, abs=0.011)


def test_what_belongs_together_is_drawn_together() -> None:
    values = [1.0] * 4 + [0.0] * 4
    # two clusters: both draws are the zeros with chance 1/4. Alone: all eight with 1/256
    assert mean_interval(values, "aaaabbbb") == (0.0, 1.0)
    assert mean_interval(values)[0] > 0


def test_a_large_cluster_weighs_more() -> None:
    # draws aa, ab, bb have the means 1, 1/3 and 0
    assert mean_interval([1.0, 0.0, 0.0], "abb") == (0.0, 1.0)


def test_a_mean_says_over_how_many() -> None:
    estimate = mean([0.0, 0.5, 1.0])
    assert (estimate.value, estimate.n) == (0.5, 3)
    assert estimate.low < 0.5 < estimate.high


def test_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="no value"):
        mean_interval([])


def test_each_draw_is_as_large_as_the_set() -> None:
    assert set(draws(5).sum(axis=1)) == {5.0}
    assert (draws(300) == draws(300)).all()  # not kept, and the same again


def test_two_equal_runs_do_not_differ() -> None:
    difference = paired([1, 0, 1], [1, 0, 1])
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)
    assert difference.p == 1


def test_the_second_run_is_better_by_what_it_has_more() -> None:
    difference = paired([0, 0, 1, 0], [1, 1, 1, 0])
    assert difference.value == 0.5
    assert difference.n == 4


def test_p_is_the_share_of_sign_flips_as_extreme() -> None:
    # of the 16 ways to give four differences of 1 a sign, all + and all - are as extreme: 2/16
    assert paired([0] * 4, [1] * 4).p == pytest.approx(0.125, abs=0.015)


def test_differences_of_a_cluster_flip_together() -> None:
    # two clusters: 2 of 4 ways
    assert paired([0] * 4, [1] * 4, "aabb").p == pytest.approx(0.5, abs=0.02)


def test_p_is_never_zero() -> None:
    assert 0 < paired([0] * 60, [1] * 60).p < 0.001


def test_runs_of_different_length_are_not_paired() -> None:
    with pytest.raises(ValueError, match="against"):
        paired([1], [1, 0])
