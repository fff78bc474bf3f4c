"""What a learner knows of an entry: levels worked by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from interview_kit import BANK, DENSE, NOW, RESNET, WGAN
from test_marks import attempt

from assistant.mastery import below, entry_of, last_scores, mastery, roll_up, weakest
from assistant.scheduling import Scheduler
from assistant.study import Attempt, Card, Level, Mastery


def seen(question: str, days_ago: float = 0, rating: int = 4) -> Card:
    return Scheduler().review(Card(question_id=question), rating, NOW - timedelta(days=days_ago))  # type: ignore[arg-type]


def marked(question: str, code: str, **changes: object) -> Attempt:
    return attempt(code, question_id=question, id=question, **changes)


def known(cards: list[Card], attempts: list[Attempt], entry: str = RESNET) -> Mastery:
    return mastery(BANK, {c.question_id: c for c in cards}, attempts, NOW, Scheduler())[entry]


def test_an_entry_and_what_lies_below_it() -> None:
    assert entry_of("a/b#3") == "a/b"
    assert below("a/b", ["a"])
    assert below("a/b", ["c", "a/b"])
    assert not below("ab", ["a"])
    assert not below("a", ["a/b"])
    assert not below("a", [])


def test_the_last_mark_counts_and_follow_ups_and_skipped_ones_do_not() -> None:
    tries = [
        marked("q", "1m"), marked("q", "1c"), marked("q", "1m", kind="follow_up"),
        marked("q", "1m", grade=None, outcome="skipped"), marked("r", "1c"),
        marked("r", "1c", outcome="unknown"),
    ]  # fmt: skip
    assert last_scores(tries) == {"q": 100, "r": 0}


def test_every_entry_with_questions_is_there_also_when_nothing_was_seen() -> None:
    found = mastery(BANK, {}, [], NOW, Scheduler())
    assert set(found) == {RESNET, DENSE, WGAN}
    assert found[WGAN] == Mastery(entry=WGAN, level="unseen", questions=3)


@pytest.mark.parametrize(("codes", "days_ago", "level"), [
    ([], 0, "unseen"),
    (["1m"], 0, "weak"), (["1c", "1m", "1m"], 0, "weak"),  # 33 of 100
    (["1p", "1p"], 0, "shaky"), (["3c 1m", "3c 1m"], 0, "solid"),  # 50, 75
    (["1c"], 0, "shaky"), (["1c", "1c"], 0, "solid"),  # a third, two thirds of it seen
    (["1c", "1c"], 20, "shaky"), (["1c", "1c"], 3000, "weak"),  # forgotten since
])  # fmt: skip
def test_a_level_is_the_worse_of_marks_and_memory(
    codes: list[str], days_ago: float, level: Level
) -> None:
    questions = [f"{RESNET}#{n}" for n in range(1, len(codes) + 1)]
    attempts = [marked(q, code) for q, code in zip(questions, codes, strict=True)]
    state = known([seen(q, days_ago) for q in questions], attempts)
    assert state.level == level
    assert (state.seen, state.questions) == (len(codes), 3)
    assert state.due == (len(codes) if days_ago else 0)


def test_a_card_rated_without_an_answer_counts_for_the_memory_alone() -> None:
    state = known([seen(f"{RESNET}#1"), seen(f"{RESNET}#2")], [])
    assert state == Mastery(entry=RESNET, level="solid", retrievability=1.0, seen=2, questions=3)


def test_sections_are_weighted_by_what_was_seen() -> None:
    found = {
        RESNET: Mastery(
            entry=RESNET, level="solid", retrievability=1.0, score=90, seen=3, questions=3
        ),
        DENSE: Mastery(
            entry=DENSE, level="weak", retrievability=0.5, score=30, seen=1, questions=3, due=1
        ),
        WGAN: Mastery(entry=WGAN, level="unseen", questions=3),
    }
    section = roll_up(found, "backbone")
    assert section.retrievability == pytest.approx(3.5 / 4)
    assert (section.score, section.seen, section.questions, section.due) == (75, 4, 6, 1)
    assert section.level == "solid"
    whole = roll_up(found, "")
    assert (whole.questions, whole.level) == (9, "shaky")  # 4 of 9 seen
    assert roll_up(found, "gan").level == "unseen"


def test_what_is_forgotten_for_certain_counts_in_a_section_too() -> None:
    gone = Mastery(entry=RESNET, level="weak", retrievability=0.0, score=90, seen=1, questions=3)
    kept = Mastery(entry=DENSE, level="solid", retrievability=1.0, score=90, seen=1, questions=3)
    assert roll_up({RESNET: gone, DENSE: kept}, "backbone").retrievability == 0.5


def test_the_weakest_come_first_and_the_unseen_and_the_solid_not_at_all() -> None:
    found = mastery(
        BANK,
        {q: seen(q) for q in (f"{RESNET}#1", f"{DENSE}#1", f"{WGAN}#1", f"{WGAN}#2")},
        [marked(f"{RESNET}#1", "1p"), marked(f"{DENSE}#1", "1m"),
         marked(f"{WGAN}#1", "1c"), marked(f"{WGAN}#2", "1c")],
        NOW,
        Scheduler(),
    )  # fmt: skip
    assert [one.entry for one in weakest(found, 5)] == [DENSE, RESNET]
    assert [one.entry for one in weakest(found, 1)] == [DENSE]
