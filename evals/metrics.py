"""Shares, means, their intervals, and the test between two runs.

Pure functions, worked by hand in `tests/test_metrics.py`; those over classes are in `classes.py`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_RESAMPLES = 10_000
_DRAWS = 4_000  # where a draw is a row of counts
_AT_ONCE = 500  # permutations: a set of thousands must fit into memory
_KEPT = 256  # things; 8 MB of counts
_SEED = 20_240_601  # of the resampling: the same values give the same interval


def answered(groups: Sequence[Sequence[str]], texts: Sequence[str], limit: int) -> bool:
    """Whether the hits answer: each group has a fragment wholly within the first characters.

    Args:
        groups: Of each group one fragment is enough; a comparison has one group an entry.
        texts: The hits' texts, best first; they are read one after another, a newline between two.
        limit: How many characters are read.

    Raises:
        ValueError: There are no groups: an unanswerable question can't be answered.
    """
    if not groups:
        raise ValueError("A question without answers can't be judged by its hits")
    read = "\n".join(texts)[:limit]
    return all(any(fragment in read for fragment in group) for group in groups)


def share(outcomes: Sequence[bool]) -> float:
    """Share of outcomes that hold, 0–1.

    Raises:
        ValueError: There are none; no outcome is not the same as none that holds.
    """
    if not outcomes:
        raise ValueError("There is no outcome to take the share of")
    return sum(outcomes) / len(outcomes)


def interval(outcomes: Sequence[bool], level: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval of the share: questions are drawn again, with replacement.

    Source: Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. The sum of n
    draws with replacement from n outcomes is binomial, so it is drawn as such.

    Args:
        outcomes: One a question.
        level: How much of the resampled shares the interval holds.
    """
    held = share(outcomes)
    drawn = np.random.default_rng(_SEED).binomial(len(outcomes), held, _RESAMPLES) / len(outcomes)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of the values lie, interpolated between neighbours.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("There is no value to take the percentile of")
    return float(np.percentile(np.asarray(values, np.float64), percent))


def by_kind(kinds: Sequence[str], outcomes: Sequence[bool]) -> dict[str, list[bool]]:
    """Outcomes grouped by the kind of their question, kinds in order of appearance."""
    found: dict[str, list[bool]] = {}
    for kind, outcome in zip(kinds, outcomes, strict=True):
        found.setdefault(kind, []).append(outcome)
    return found


@dataclass(frozen=True)
class Estimate:
    """A measure and its bootstrap 95 % interval."""

    value: float
    low: float
    high: float
    n: int  # what it is counted over


@dataclass(frozen=True)
class Difference:
    """What the second of two runs has more than the first, on the same questions."""

    value: float
    low: float
    high: float
    p: float  # two-sided: chance of such a difference where the two are the same
    n: int  # questions


def mean_interval(
    values: Sequence[float], clusters: Sequence[Hashable] | None = None, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean of real values.

    Args:
        values: One a question.
        clusters: What is drawn again as a whole: the points of one answer are not independent.
            By default each value for itself.
        level: How much of the resampled means the interval holds.

    Raises:
        ValueError: There are no values.
    """
    sums = cluster_sums(np.asarray(values, np.float64)[:, None], clusters)
    sizes = cluster_sums(np.ones((len(values), 1)), clusters)
    drawn = draws(len(sums))
    means = (drawn @ sums) / (drawn @ sizes)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mean(values: Sequence[float], clusters: Sequence[Hashable] | None = None) -> Estimate:
    """The mean of real values, with `mean_interval`."""
    low, high = mean_interval(values, clusters)
    return Estimate(float(np.mean(values)), low, high, len(values))


def paired(
    first: Sequence[float], second: Sequence[float], clusters: Sequence[Hashable] | None = None
) -> Difference:
    """Second minus first: mean difference, bootstrap interval, and a sign-flip permutation test.

    If the two runs were the same, each difference might as well have had the other sign. Source:
    Smucker, Allan, Carterette, CIKM 2007, https://dl.acm.org/doi/10.1145/1321440.1321528

    Args:
        first: One value a question.
        second: The values of the same questions, in the same order.
        clusters: As in `mean_interval`; a cluster's differences flip together.

    Raises:
        ValueError: There are no values, or not as many in both.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} values against {len(second)}")
    differences = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    low, high = mean_interval(differences.tolist(), clusters)
    sums = cluster_sums(differences[:, None], clusters)[:, 0]
    seen = abs(sums.sum())
    rng = np.random.default_rng(_SEED)
    as_large = 1  # the run itself is one of the permutations, so p is never 0
    for _ in range(_RESAMPLES // _AT_ONCE):
        signs = rng.choice([-1.0, 1.0], (_AT_ONCE, len(sums)))
        as_large += int((np.abs(signs @ sums) >= seen - 1e-9).sum())
    p = as_large / (_RESAMPLES + 1)
    return Difference(float(differences.mean()), low, high, p, len(differences))


def draws(n: int) -> Floats:
    """How often each of n things is drawn, with replacement: (draws, n), each row sums to n.

    Raises:
        ValueError: There is nothing to draw from.
    """
    if n < 1:
        raise ValueError("There is no value to draw again")
    return _kept_draws(n) if n <= _KEPT else _draws(n)


def _draws(n: int) -> Floats:
    drawn = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), _DRAWS)
    return drawn.astype(np.float64)


_kept_draws = lru_cache(maxsize=32)(_draws)  # the groups of a set have few sizes


def cluster_sums(rows: Floats, clusters: Sequence[Hashable] | None) -> Floats:
    """Rows (n, m) summed by cluster, in order of appearance: (clusters, m)."""
    if clusters is None:
        return rows
    places: dict[Hashable, int] = {}
    where = [places.setdefault(cluster, len(places)) for cluster in clusters]
    sums = np.zeros((len(places), rows.shape[1]))
    np.add.at(sums, where, rows)
    return sums
