"""The learner's own gold for the grader: answers with a mark that they overruled."""

from __future__ import annotations

from assistant.marks import settled
from assistant.mastery import entry_of
from assistant.store import Store
from evals.rows import GoldError, GradingRow

STYLE = "disputed"  # the group of these answers in a run


def disputed_rows(store: Store) -> list[GradingRow]:
    """Every answer with a disputed mark, oldest first; the learner's verdict where there is one.

    Raises:
        GoldError: Nothing was overruled yet.
    """
    rows = []
    for attempt in store.overruled():
        grade = settled(attempt)
        if grade is not None:
            rows.append(
                GradingRow(
                    id=attempt.id,
                    question=attempt.asked,
                    points=tuple(point.text for point in grade.points),
                    answer=attempt.answer,
                    style=STYLE,
                    entries=(entry_of(attempt.question_id),),
                    verdicts=tuple(point.verdict for point in grade.points),
                    question_id=attempt.question_id,
                )
            )
    if not rows:
        raise GoldError(
            "You have overruled no mark yet", "Overrule one in an interview; it is kept for this."
        )
    return rows
