"""Precision, recall, F1, kappa and calibration, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evals.classes import (
    Bin,
    calibration,
    calibration_error,
    confusion,
    likeliest,
    measures,
    reliability,
    score,
)

# right ↓ given →   a b c
#               a   2 1 0
#               b   0 1 1
#               c   0 0 1
EXPECTED, GIVEN = "aaabbc", "aabbcc"


def test_the_matrix_has_a_row_for_what_is_right() -> None:
    assert confusion(EXPECTED, GIVEN, "abc").tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("accuracy", 4 / 6, 6),
        ("a precision", 1.0, 2),
        ("a recall", 2 / 3, 3),
        ("a F1", 0.8, 3),  # 2 * 2 / (3 + 2)
        ("b precision", 0.5, 2),
        ("b recall", 0.5, 2),
        ("b F1", 0.5, 2),
        ("c precision", 0.5, 2),
        ("c recall", 1.0, 1),
        ("c F1", 2 / 3, 1),
        ("macro-F1", (0.8 + 0.5 + 2 / 3) / 3, 6),
        # by chance (3 * 2 + 2 * 2 + 1 * 2) / 36 = 1/3 agree: (2/3 - 1/3) / (1 - 1/3)
        ("kappa", 0.5, 6),
    ],
)
def test_measures_of_three_classes(name: str, value: float, n: int) -> None:
    found = score(EXPECTED, GIVEN, "abc")[name]
    assert found.value == pytest.approx(value)
    assert found.n == n
    assert found.low <= value <= found.high


def test_a_class_that_nothing_was_called_has_no_precision() -> None:
    found = score("ab", "aa", "ab")
    assert "b precision" not in found
    assert (found["b recall"].value, found["b F1"].value) == (0, 0)


def test_a_class_that_stands_nowhere_is_left_out() -> None:
    found = score("aab", "aab", "abc")
    assert not [name for name in found if name.startswith("c ")]
    assert found["macro-F1"].value == 1


def test_one_class_alone_has_no_agreement_beyond_chance() -> None:
    assert "kappa" not in score("aaa", "aaa", "ab")


def test_agreement_as_by_chance_is_zero() -> None:
    assert score("aabb", "abab", "ab")["kappa"].value == pytest.approx(0)


def test_many_matrices_are_measured_at_once() -> None:
    one = confusion(EXPECTED, GIVEN, "abc")
    many = measures(np.stack([one, 2 * one]), "abc")
    assert many["macro-F1"].tolist() == pytest.approx([(0.8 + 0.5 + 2 / 3) / 3] * 2)


def test_what_belongs_together_widens_the_interval() -> None:
    expected, given = "a" * 20 + "b" * 20, "a" * 10 + "b" * 30
    alone = score(expected, given, "ab")["accuracy"]
    together = score(expected, given, "ab", [i // 10 for i in range(40)])["accuracy"]
    assert together.value == alone.value == 0.75
    assert together.high - together.low > alone.high - alone.low


def test_nothing_is_not_scored() -> None:
    with pytest.raises(ValueError, match="no value"):
        score("", "", "ab")


def test_judgements_stand_in_bins_by_their_chance() -> None:
    bins = reliability([0.95, 0.95, 0.55, 0.55], [True, False, True, False])
    assert [(one.n, one.right) for one in bins] == [(2, 0.5), (2, 0.5)]
    assert [one.chance for one in bins] == pytest.approx([0.55, 0.95])
    # half of them 0.45 off, half 0.05
    assert calibration_error(bins) == pytest.approx(0.25)


@pytest.mark.parametrize(("chance", "low"), [(0.0, 0.0), (0.5, 0.4), (0.51, 0.5), (1.0, 0.9)])
def test_a_chance_on_a_border_belongs_below(chance: float, low: float) -> None:
    assert reliability([chance], [True])[0].low == pytest.approx(low)


def test_the_calibration_error_has_an_interval() -> None:
    found = calibration([0.95, 0.95, 0.55, 0.55], [True, False, True, False])
    assert found.value == pytest.approx(0.25)
    assert found.low <= 0.25 <= found.high


def test_no_judgement_has_no_calibration() -> None:
    with pytest.raises(ValueError, match="no judgement"):
        calibration_error([])


def test_a_trusty_judge_has_no_error() -> None:
    assert calibration_error([Bin(0.9, 1.0, 8, 1.0, 1.0)]) == 0


def test_the_likeliest_label_is_the_first_of_equals() -> None:
    assert likeliest({"a": 0.4, "b": 0.4, "c": 0.2}, "abc") == "a"
    assert likeliest({"b": 0.4}, "abc") == "b"
