"""Measures over classes: precision, recall and F1 a class, agreement, calibration.

All start from the confusion matrix. Worked by hand in `tests/test_evals_classes.py`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evals.metrics import Estimate, Floats, cluster_sums, draws

Matrix = npt.NDArray[np.float64]  # (…, c, c): rows are what is right, columns what was given

_BINS = 10


@dataclass(frozen=True)
class Bin:
    """The judgements given with a chance from `low` to `high`."""

    low: float
    high: float
    n: int
    chance: float  # their mean chance
    right: float  # share of them that is right


def confusion(expected: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> Matrix:
    """Counts (c, c): row `expected`, column `given`, both in the order of `labels`."""
    made = np.zeros((len(labels), len(labels)))
    place = {label: i for i, label in enumerate(labels)}
    for right, said in zip(expected, given, strict=True):
        made[place[right], place[said]] += 1
    return made


def measures(matrix: Matrix, labels: Sequence[str]) -> dict[str, Floats]:
    """All measures of one confusion matrix or of many at once; NaN where one does not apply.

    A class that nothing was called has no precision; one that stands nowhere has no F1 either, and
    the macro-F1 leaves it out.

    Returns:
        `accuracy`, `macro-F1`, `kappa`, and `LABEL precision`, `LABEL recall`, `LABEL F1`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        total = matrix.sum((-1, -2))
        right = np.diagonal(matrix, axis1=-2, axis2=-1)
        held, given = matrix.sum(-1), matrix.sum(-2)
        agreed = right.sum(-1) / total
        # Cohen 1960: agreement beyond what the two would have by chance
        chance = (held * given).sum(-1) / total**2
        f1 = 2 * right / (held + given)
        there = ~np.isnan(f1)
        found = {
            "accuracy": agreed,
            "macro-F1": np.where(there, f1, 0.0).sum(-1) / there.sum(-1),
            "kappa": np.where(chance < 1, (agreed - chance) / (1 - chance), np.nan),
        }
        for i, label in enumerate(labels):
            found[f"{label} precision"] = right[..., i] / given[..., i]
            found[f"{label} recall"] = right[..., i] / held[..., i]
            found[f"{label} F1"] = f1[..., i]
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def score(
    expected: Sequence[str],
    given: Sequence[str],
    labels: Sequence[str],
    clusters: Sequence[Hashable] | None = None,
) -> dict[str, Estimate]:
    """The measures that apply, each with its interval; `clusters` as in `metrics.mean_interval`.

    Raises:
        ValueError: There is nothing to score.
    """
    c = len(labels)
    place = {label: i for i, label in enumerate(labels)}
    cells = np.zeros((len(expected), c * c))
    for row, right, said in zip(cells, expected, given, strict=True):
        row[place[right] * c + place[said]] = 1
    cells = cluster_sums(cells, clusters)
    whole = measures(cells.sum(0).reshape(c, c), labels)
    again = measures((draws(len(cells)) @ cells).reshape(-1, c, c), labels)
    counts = _counts(cells.sum(0).reshape(c, c), labels)
    found = {}
    for name, value in whole.items():
        if np.isnan(value):
            continue
        low, high = np.nanquantile(again[name], [0.025, 0.975])
        n = counts.get(name, len(expected))
        found[name] = Estimate(float(value), float(low), float(high), n)
    return found


def reliability(
    chances: Sequence[float], right: Sequence[bool], bins: int = _BINS
) -> tuple[Bin, ...]:
    """Judgements by the chance they were given with; empty bins are left out.

    Args:
        chances: What the judge said of its own judgement, 0–1.
        right: Whether each was right.
        bins: Of equal width; a chance on a border belongs to the lower one, 0 to the first.
    """
    given, held = np.asarray(chances, np.float64), np.asarray(right, bool)
    edges = np.linspace(0, 1, bins + 1)
    where = _bin(given, edges)
    return tuple(
        Bin(
            float(edges[i]),
            float(edges[i + 1]),
            int((where == i).sum()),
            float(given[where == i].mean()),
            float(held[where == i].mean()),
        )
        for i in range(bins)
        if (where == i).any()
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean gap between chance and share that is right, by counts.

    Source: Guo et al., ICML 2017, https://arxiv.org/abs/1706.04599, equation 3.

    Raises:
        ValueError: There are no judgements.
    """
    total = sum(one.n for one in bins)
    if not total:
        raise ValueError("There is no judgement to look at")
    return sum(one.n * abs(one.chance - one.right) for one in bins) / total


def calibration(chances: Sequence[float], right: Sequence[bool]) -> Estimate:
    """The calibration error with its interval."""
    given, held = np.asarray(chances, np.float64), np.asarray(right, np.float64)
    value = calibration_error(reliability(chances, right))
    gaps = np.zeros((len(given), _BINS))
    gaps[np.arange(len(given)), _bin(given, np.linspace(0, 1, _BINS + 1))] = given - held
    # a bin's share of all times its mean gap is the sum of its gaps over all
    again = np.abs(draws(len(given)) @ gaps).sum(-1) / len(given)
    low, high = np.quantile(again, [0.025, 0.975])
    return Estimate(value, float(low), float(high), len(given))


def likeliest(chances: Mapping[str, float], labels: Sequence[str]) -> str:
    """The label with the highest chance; among equal ones the first in `labels`."""
    return max(labels, key=lambda label: chances.get(label, 0.0))


def _bin(values: Floats, edges: Floats) -> npt.NDArray[np.int64]:
    places = np.searchsorted(edges, values, side="left") - 1
    return np.clip(places, 0, len(edges) - 2).astype(np.int64)


def _counts(matrix: Matrix, labels: Sequence[str]) -> dict[str, int]:
    held, given = matrix.sum(1), matrix.sum(0)
    found = {}
    for i, label in enumerate(labels):
        found[f"{label} precision"] = int(given[i])
        found[f"{label} recall"] = found[f"{label} F1"] = int(held[i])
    return found
