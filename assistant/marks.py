"""What verdicts are worth: one rule for the grader, the interview, and marks that are disputed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.schema import Grade, GradeVerdict, PointGrade, PointVerdict
from assistant.study import Attempt

WORTH: dict[PointVerdict, float] = {
    "covered": 1.0, "partial": 0.5, "missing": 0.0, "contradicted": 0.0,
}  # fmt: skip
HINT = 10  # of 100, what one hint costs
UNSURE = 0.5  # below this probability a verdict is more likely wrong than right
_GOOD, _FAIR = 80, 40  # scores from which on an answer is good, fair


def score(points: Iterable[PointGrade]) -> int:
    """0–100: what was said, weighted by the points' weights."""
    marks = list(points)
    total = sum(mark.weight for mark in marks)
    return round(100 * sum(WORTH[mark.verdict] * mark.weight for mark in marks) / total)


def overall(total: int, points: Iterable[PointGrade]) -> GradeVerdict:
    """The word for an answer that states something; one with a mistake in it is not good."""
    if total >= _GOOD and not any(mark.verdict == "contradicted" for mark in points):
        return "good"
    return "fair" if total >= _FAIR else "poor"


def gap(points: Sequence[PointGrade]) -> int | None:
    """Place of the most valuable gap: by weight, then what is false, missing, half said."""
    order: dict[PointVerdict, int] = {"contradicted": 0, "missing": 1, "partial": 2}
    gaps = [place for place, mark in enumerate(points) if mark.verdict in order]
    return min(
        gaps,
        key=lambda place: (-points[place].weight, order[points[place].verdict]),
        default=None,
    )


def settled(attempt: Attempt) -> Grade | None:
    """The grade as the learner left it: overruled verdicts in place, and all that follows."""
    if attempt.grade is None or not attempt.overruled:
        return attempt.grade
    said = {overrule.point: overrule.verdict for overrule in attempt.overruled}
    points = tuple(
        mark.model_copy(update={"verdict": said.get(place, mark.verdict)})
        for place, mark in enumerate(attempt.grade.points)
    )
    total, aimed = score(points), gap(attempt.grade.points)
    closed = aimed is not None and points[aimed].verdict == "covered"
    return attempt.grade.model_copy(
        update={
            "points": points,
            "score": total,
            "verdict": overall(total, points),
            "add": tuple(mark.text for mark in points if mark.verdict != "covered"),
            "follow_up": "" if closed else attempt.grade.follow_up,
        }
    )


def score_of(attempt: Attempt) -> int | None:
    """The mark that counts, 0–100, hints taken off; None for what was skipped or not yet marked."""
    if attempt.outcome == "unknown":
        return 0
    grade = settled(attempt)
    return None if grade is None else max(0, grade.score - HINT * attempt.hints)
