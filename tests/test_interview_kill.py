"""Interviews killed at any moment: no answer given is lost, and none is counted twice."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

from interview_child import BANK
from interview_kit import NOW, Room
from test_store_kill import Child

from assistant.scheduling import Scheduler
from assistant.study import Card

KILLS = 25


def check(file: Path, said: list[list[str]], *, whole: bool = False) -> None:
    """Hold what is kept against all that was said; `whole`: after everything was marked."""
    room = Room(file, BANK)
    attempts = {kept.id: kept for kept in room.store.attempts(room.me)}
    reviews = room.store.reviews(room.me)
    for word, identity in said:
        assert identity in attempts, "an answer that was given is lost"
        if word != "stored":
            assert attempts[identity].grade is not None, "a mark that was given is lost"
    mains = [kept for kept in attempts.values() if kept.kind == "interview"]
    rated = [kept.id for kept in mains if kept.rating is not None]
    assert Counter(rated) == Counter(review.id for review in reviews)
    twice = Counter((kept.session, kept.question_id) for kept in mains)
    assert set(twice.values()) <= {1}, "a question was counted twice in an interview"
    for question_id, card in room.store.cards(room.me).items():
        expected = Card(question_id=question_id)
        for review in reviews:
            if review.question_id == question_id:
                expected = Scheduler().review(expected, review.rating, review.at)
        assert card == expected
    for session in room.store.sessions(room.me):
        asked = [choice.question_id for choice in session.choices]
        assert len(set(asked)) == len(asked) <= session.plan.questions
    if whole:
        assert all(kept.grade is not None for kept in attempts.values())
        assert len(reviews) == len(mains)
        assert {kept.kind for kept in attempts.values()} == {"interview", "follow_up"}
    room.store.close()


def test_killed_25_times_no_answer_is_lost_and_none_is_counted_twice(tmp_path: Path) -> None:
    rng, file = random.Random(8), tmp_path / "progress.sqlite3"
    child = Child("interview_child.py")
    said: list[list[str]] = []
    try:
        kill, longest = 0, 0.6  # seconds
        while kill < KILLS or len(said) <= KILLS:  # on a slow machine until enough was done
            said += child.run(file, rng.uniform(0.05, longest))
            kill += 1
            if kill > KILLS:
                longest *= 1.1
            if kill % 4 == 0:
                check(file, said)
    finally:
        child.close()
    check(file, said)
    room = Room(file, BANK)
    for session in room.store.sessions(room.me):
        room.interview.finish(room.me, session.id, NOW + timedelta(days=900))
    room.store.close()
    check(file, said, whole=True)
