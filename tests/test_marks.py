"""What verdicts are worth, and what a disputed one changes."""

from __future__ import annotations

import pytest
from interview_kit import NOW

from assistant.marks import gap, overall, score, score_of, settled
from assistant.report import point_lines
from assistant.schema import Grade, GradeVerdict, PointGrade, PointVerdict
from assistant.study import Attempt, Outcome, Overrule

LETTERS: dict[str, PointVerdict] = {
    "c": "covered", "p": "partial", "m": "missing", "x": "contradicted",
}  # fmt: skip


def points(code: str) -> tuple[PointGrade, ...]:
    """`3c 1m` is a covered point of weight 3 and a missing one of weight 1."""
    return tuple(
        PointGrade(text=word, weight=int(word[0]), verdict=LETTERS[word[1]], confidence=1.0)
        for word in code.split()
    )


def attempt(code: str, *overruled: tuple[int, str], **changes: object) -> Attempt:
    marks = points(code)
    total = score(marks)
    grade = Grade(
        question="?", score=total, verdict=overall(total, marks), points=marks, judge="",
        add=tuple(m.text for m in marks if m.verdict != "covered"), follow_up="and?",
    )  # fmt: skip
    values = {
        "id": "a", "profile": "p", "question_id": "q", "kind": "interview", "asked": "?",
        "at": NOW, "grade": grade,
        "overruled": [Overrule(point=p, verdict=LETTERS[v]) for p, v in overruled], **changes,
    }  # fmt: skip
    return Attempt.model_validate(values)


@pytest.mark.parametrize(("code", "expected"), [
    ("3c", 100), ("3m", 0), ("3x", 0), ("3p", 50), ("3c 1m", 75), ("1c 3m", 25),
    ("3p 1c", 62),  # 2.5 of 4, and Python rounds a half to the even number
    ("2c 2p 1x", 60),
])  # fmt: skip
def test_a_score_is_what_was_said_by_weight(code: str, expected: int) -> None:
    assert score(points(code)) == expected


@pytest.mark.parametrize(("code", "word"), [
    ("3c", "good"), ("3c 3c 3c 1x", "fair"), ("3c 3c 3c 1m", "good"), ("3c 1m", "fair"),
    ("3p 1m", "poor"), ("2c 3m", "fair"), ("3m", "poor"),
])  # fmt: skip
def test_the_word_for_an_answer(code: str, word: GradeVerdict) -> None:
    assert overall(score(points(code)), points(code)) == word


@pytest.mark.parametrize(("code", "place"), [
    ("3c 1c", None), ("1m 3m", 1), ("3p 1x", 0), ("2m 2x", 1), ("2p 2m", 1), ("2m 2m", 0),
])  # fmt: skip
def test_the_gap_worth_most_is_heavy_then_false_then_missing(code: str, place: int | None) -> None:
    assert gap(points(code)) == place


def test_without_a_dispute_a_grade_stays_as_it_is() -> None:
    one = attempt("3c 1m")
    assert settled(one) == one.grade
    assert settled(attempt("3c", grade=None)) is None


def test_a_dispute_changes_all_that_follows_and_not_what_the_grader_said() -> None:
    one = attempt("3m 1c", (0, "c"))
    after = settled(one)
    assert after is not None
    assert (after.score, after.verdict, after.add) == (100, "good", ())
    assert after.follow_up == ""  # it asked for what counts as said now
    assert one.grade is not None
    assert (one.grade.score, one.grade.verdict, one.grade.add) == (25, "poor", ("3m",))


def test_a_follow_up_stays_while_its_gap_is_open() -> None:
    after = settled(attempt("3m 1m", (1, "c")))
    assert after is not None
    assert after.follow_up == "and?"
    half = settled(attempt("3m 1c", (0, "p")))
    assert half is not None
    assert half.follow_up == "and?"


@pytest.mark.parametrize(("outcome", "hints", "expected"), [
    ("answered", 0, 75), ("answered", 2, 55), ("answered", 9, 0), ("unknown", 0, 0),
])  # fmt: skip
def test_hints_cost_and_not_knowing_is_nothing(outcome: Outcome, hints: int, expected: int) -> None:
    assert score_of(attempt("3c 1m", outcome=outcome, hints=hints)) == expected


def test_what_is_not_marked_has_no_score() -> None:
    assert score_of(attempt("3c", grade=None)) is None
    assert score_of(attempt("3c", grade=None, outcome="skipped")) is None


def test_a_verdict_below_an_even_chance_is_shown_as_unsure_until_it_is_overruled() -> None:
    def unsure(confidence: float, *overruled: tuple[int, str]) -> list[bool]:
        kept = attempt("1c 1m", *overruled)
        assert kept.grade is not None
        marks = tuple(p.model_copy(update={"confidence": confidence}) for p in kept.grade.points)
        grade = kept.grade.model_copy(update={"points": marks})
        return [line.unsure for line in point_lines(kept.model_copy(update={"grade": grade}))]

    assert unsure(0.49) == [True, True]
    assert unsure(0.5) == [False, False]
    assert unsure(0.49, (1, "c")) == [True, False]
