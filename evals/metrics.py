"""The measures of the benchmark: pure functions, worked by hand in `tests/test_metrics.py`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_RESAMPLES = 10_000
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
