"""20 people at once on one instance: nothing mixes, and nobody waits."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from interview_kit import BANK, NOW, Room, WordMarks, full

from assistant.loaders.corpus import corpus_folder
from assistant.loaders.questions import load_questions
from assistant.pipeline import Assistant
from assistant.schema import ChatModel, Grade, KeyPoint, Question
from assistant.store_export import Export
from assistant.study import Attempt, Card, Plan, Profile, Review

PEOPLE = 20
QUESTIONS = 3  # that each answers
HISTORY = 150  # reviews that each has behind them
P95 = 4.0  # seconds

T = TypeVar("T")


class RealMarks(WordMarks):
    """The real grader."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__()
        self._assistant = assistant

    def question(self, question: Question, answer: str, chat: ChatModel | None) -> Grade:
        return self._assistant.grade(question, answer, chat)

    def follow_up(self, asked: str, point: KeyPoint, answer: str, chat: ChatModel | None) -> Grade:
        return self._assistant.grade_points(asked, [point.text], answer, chat)


def history(room: Room) -> Export:
    """What months of learning leave."""
    questions, cards = sorted(room.learner.bank), {}
    attempts, reviews = [], []
    for number in range(HISTORY):
        question = room.learner.bank[questions[number * 7 % len(questions)]]
        at = NOW - timedelta(days=60 - number / 3)
        grade = room.marks.question(question, question.points[0].text, None)
        attempts.append(Attempt(
            id=f"{number}", profile="", question_id=question.id, at=at, kind="interview",
            asked=question.question, answer="x", grade=grade, rating=3, seconds=30,
        ))  # fmt: skip
        reviews.append(Review(id=f"{number}", question_id=question.id, rating=3, at=at))
        before = cards.get(question.id, Card(question_id=question.id))
        cards[question.id] = room.learner.average.review(before, 3, at)
    return Export(
        profile=Profile(id="", name="P", created=NOW), cards=list(cards.values()),
        reviews=reviews, attempts=attempts, sessions=[], conversations=[],
    )  # fmt: skip


def interviews(
    room: Room, people: list[str], say: Callable[[Question], str], pace: float = 0
) -> dict[str, float]:
    """Let all be interviewed at once.

    Args:
        room: Where.
        people: Their profiles.
        say: What they answer.
        pace: Each answers at some moment of so many seconds; 0: at once, as nobody does.

    Returns:
        The p95 of each kind of request, in seconds.
    """
    took: dict[str, list[float]] = {"open": [], "answer": [], "follow-up": []}
    begin, never, failed = threading.Barrier(len(people)), threading.Event(), []

    def timed(kind: str, call: Callable[..., T], *arguments: object, **more: object) -> T:
        began = time.perf_counter()
        made = call(*arguments, **more)
        took[kind].append(time.perf_counter() - began)
        return made

    def sit(number: int, who: str) -> None:
        interview, now = room.interview, NOW
        rng = random.Random(number)
        session = interview.start(who, Plan(questions=QUESTIONS, seed=number), now).id
        begin.wait()
        for n in range(QUESTIONS):
            opened = timed("open", interview.open, who, session, now)
            assert opened is not None
            assert opened.session.profile == who
            now += timedelta(seconds=20)
            never.wait(rng.uniform(0, pace))
            said = f"{who} {say(opened.question)}"
            marked = timed(
                "answer", interview.answer, who, session, f"{session}/{n}", said, "answered", 20,
                now, question_id=opened.question.id,
            )  # fmt: skip
            assert (marked.attempt.profile, marked.attempt.answer) == (who, said)
            if marked.follow_up:
                followed = timed(
                    "follow-up", interview.follow_up, who, marked.attempt.id, f"{session}/{n}f",
                    f"{who} hm", 5, now,
                )  # fmt: skip
                assert followed.attempt.session == session
        interview.finish(who, session, now)

    def person(number: int, who: str) -> None:
        try:
            sit(number, who)
        except BaseException as error:
            failed.append(error)
            begin.abort()

    threads = [threading.Thread(target=person, args=one) for one in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[0]
    return {kind: sorted(t)[int(len(t) * 0.95)] for kind, t in took.items() if t}


def is_busy() -> bool:
    """Whether others use this machine so much that a wait says more about them."""
    return os.getloadavg()[0] > 2 * (os.cpu_count() or 1)


def check(room: Room, people: list[str], history: int) -> None:
    """Everyone has what is theirs and nothing else."""
    for who in people:
        attempts = room.store.attempts(who)
        ours = [one for one in attempts if one.session]
        assert {one.profile for one in attempts} == {who}
        assert all(one.answer.startswith(who) and one.grade is not None for one in ours)
        mains = [one for one in ours if one.kind == "interview"]
        assert len({one.question_id for one in mains}) == len(mains) == QUESTIONS
        reviews = room.store.reviews(who)
        assert len(reviews) == history + QUESTIONS
        counts = Counter(one.question_id for one in reviews)
        assert {q: card.reps for q, card in room.store.cards(who).items()} == counts


def test_20_people_with_months_behind_them_on_the_whole_bank(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bank = {one.id: one for one in load_questions(corpus_folder())}
    room = Room(tmp_path / "progress.sqlite3", bank)
    kept = history(room).model_dump(mode="json")
    people = [room.store.import_all(kept, NOW).id for _ in range(PEOPLE)]
    busy = is_busy()
    found = interviews(room, people, lambda question: question.points[-1].text)
    with capsys.disabled():
        print("\np95, seconds:", {kind: round(value, 2) for kind, value in found.items()})
    check(room, people, HISTORY)
    room.store.close()
    assert busy or max(found.values()) <= P95


@pytest.mark.models
def test_20_people_who_answer_three_times_a_minute_are_marked_by_the_real_grader(
    real: Assistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = Room(tmp_path / "progress.sqlite3", BANK)
    room.use(RealMarks(real))
    room.marks.question(next(iter(BANK.values())), "warm up", None)
    people = [room.store.create_profile(f"P{n}", NOW).id for n in range(PEOPLE)]
    busy = is_busy()
    found = interviews(room, people, full, pace=20)
    with capsys.disabled():
        print("\np95, seconds:", {kind: round(value, 2) for kind, value in found.items()})
    check(room, people, 0)
    room.store.close()
    assert busy or max(found.values()) <= P95
