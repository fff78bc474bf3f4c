"""How often the grader gives which verdict where a person gave another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.circumstances import Watch
from evals.grading import Grader
from evals.rows import GradingRow
from evals.simulate import VERDICTS, Confusion


def confusion(
    rows: Sequence[GradingRow], grader: Grader, watch: Watch
) -> dict[str, tuple[int, ...]]:
    """How often the grader gives each verdict where a person gave another."""
    counts = {verdict: dict.fromkeys(VERDICTS, 0) for verdict in VERDICTS}
    for done, row in enumerate(rows, 1):
        for true, given in zip(
            row.verdicts, grader.grade(row.question, row.points, row.answer), strict=True
        ):
            counts[true][given] += 1
        watch.step(f"{grader.name} on {len(rows)} answers", done, len(rows))
    return {true: tuple(given.values()) for true, given in counts.items()}


def chances(counts: Mapping[str, Sequence[int]]) -> Confusion:
    """The same as chances; a verdict that the gold doesn't have is taken to be seen rightly."""
    return {
        true: [n / sum(counts[true]) for n in counts[true]]
        if sum(counts[true])
        else [float(true == other) for other in VERDICTS]
        for true in VERDICTS
    }
