"""A learner's progress: what is due, today's review, ratings and their corrections."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from interview_kit import BANK, DENSE, NOW, RESNET, WGAN, Room

from assistant.errors import UsageError
from assistant.learner import Learner
from assistant.scheduling import Scheduler
from assistant.study import Card, Plan, Rating, Review

Q1, Q2, Q3 = (f"{RESNET}#{n}" for n in (1, 2, 3))


@pytest.fixture
def room(tmp_path: Path):
    made = Room(tmp_path / "progress.sqlite3")
    yield made
    made.store.close()


def rate(room: Room, identity: str, question_id: str, rating: Rating, days: float = 0) -> Card:
    at = NOW + timedelta(days=days)
    return room.learner.rate(room.me, identity, question_id, rating, 20, at)


def run(*ratings: tuple[float, Rating], question_id: str = Q1) -> Card:
    """The card after ratings on those days."""
    card = Card(question_id=question_id)
    for day, rating in ratings:
        card = Scheduler().review(card, rating, NOW + timedelta(days=day))
    return card


def test_a_rating_moves_the_card_once_and_is_kept(room: Room) -> None:
    assert rate(room, "a", Q1, 3) == run((0, 3))
    assert rate(room, "a", Q1, 1, days=1) == run((0, 3))  # the same one again
    assert rate(room, "b", Q1, 1, days=2) == run((0, 3), (2, 1))
    assert [r.rating for r in room.store.reviews(room.me)] == [3, 1]
    assert [a.kind for a in room.store.attempts(room.me)] == ["review", "review"]
    with pytest.raises(UsageError, match="no question"):
        rate(room, "c", "backbone#9", 3)


def test_a_rating_that_comes_late_is_put_in_its_place(room: Room) -> None:
    rate(room, "b", Q1, 3, days=5)
    assert rate(room, "a", Q1, 1, days=1) == run((1, 1), (5, 3))
    assert room.learner.cards(room.me)[Q1] == run((1, 1), (5, 3))


def test_another_rating_runs_the_card_again(room: Room) -> None:
    for identity, rating, day in (("a", 1, 0), ("b", 3, 1), ("c", 3, 4)):
        rate(room, identity, Q1, rating, day)
    assert room.learner.rerate(room.me, "a", 4) == run((0, 4), (1, 3), (4, 3))
    assert room.learner.cards(room.me)[Q1] == run((0, 4), (1, 3), (4, 3))
    assert room.store.attempt("a").rating == 4
    other = room.store.create_profile("Bo", NOW).id
    for who, identity in ((other, "a"), (room.me, "nobody")):
        with pytest.raises(UsageError):
            room.learner.rerate(who, identity, 1)


def test_two_windows_at_once_lose_no_rating(room: Room) -> None:
    both = threading.Barrier(8)

    def window(number: int) -> None:
        both.wait()
        rate(room, f"{number}", Q1, 3, days=number)

    threads = [threading.Thread(target=window, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert room.learner.cards(room.me)[Q1] == run(*((n, 3) for n in range(8)))


def test_what_is_due_is_told_for_the_day_best_remembered_first(room: Room) -> None:
    rate(room, "a", Q1, 1)  # in a day
    rate(room, "b", Q2, 3)  # in two
    rate(room, "c", Q3, 4)  # in eight
    due = room.learner.due
    assert due(room.me, NOW) == []
    assert due(room.me, NOW + timedelta(days=1)) == [Q1]
    assert due(room.me, NOW + timedelta(days=2)) == [Q2, Q1]
    assert due(room.me, NOW + timedelta(days=60)) == [Q3, Q2, Q1]
    rate(room, "d", Q1, 3, days=2)
    assert due(room.me, NOW + timedelta(days=2)) == [Q2]


def test_todays_minutes_take_what_is_due_and_fill_up_with_what_is_new(room: Room) -> None:
    assert len(room.learner.today(room.me, NOW, minutes=2)) == 3  # 40 seconds each
    assert len(room.learner.today(room.me, NOW, minutes=240)) == len(BANK)
    rate(room, "a", Q1, 1)
    rate(room, "b", Q2, 3)
    later = NOW + timedelta(days=3)
    chosen = room.learner.today(room.me, later, minutes=1)  # this learner takes 20 seconds
    assert chosen[:2] == [Q2, Q1]
    assert len(chosen) == len(set(chosen)) == 3
    assert chosen == room.learner.today(room.me, later, minutes=1)
    assert room.learner.today(room.me, later, minutes=0) == [Q2]


def test_the_figures_are_those_of_the_reviews(room: Room) -> None:
    rate(room, "a", Q1, 1)
    rate(room, "b", Q2, 3)
    rate(room, "c", Q1, 3, days=1)
    stats = room.learner.stats(room.me, NOW + timedelta(days=1))
    assert (stats.seen, stats.questions, stats.reviews, stats.streak) == (2, 9, 3, 2)
    assert stats.retention == 1.0  # one came back, and was known
    assert list(stats.days.values()) == [2, 1]
    assert stats.due == 0
    due_in = [card.due for card in room.learner.cards(room.me).values()]
    assert sum(stats.forecast) == len(due_in) == 2
    assert stats.forecast[1] >= 1  # Q2, two days after it was asked
    later = room.learner.stats(room.me, NOW + timedelta(days=9))
    assert (later.due, later.minutes, later.streak) == (2, 1, 0)


def test_a_question_that_the_bank_lost_is_neither_due_nor_counted(room: Room) -> None:
    rate(room, "a", Q1, 1)
    less = {identity: one for identity, one in BANK.items() if identity != Q1}
    learner = Learner(room.store, less, {}, Scheduler())
    later = NOW + timedelta(days=9)
    assert learner.due(room.me, later) == []
    assert learner.stats(room.me, later).seen == 0
    assert learner.mastery(room.me, later)[RESNET].seen == 0


def test_a_part_of_the_map_without_questions_is_refused(room: Room) -> None:
    with pytest.raises(UsageError, match="no question on 'rnn'"):
        room.learner.choose(room.me, Plan(scope=(RESNET, "rnn")), [], NOW)


def test_two_learners_never_mix(room: Room) -> None:
    other = room.store.create_profile("Bo", NOW).id
    rate(room, "a", Q1, 1)
    later = NOW + timedelta(days=5)
    assert room.learner.due(other, later) == []
    assert room.learner.cards(other) == {}
    assert room.learner.stats(other, later).reviews == 0
    assert all(state.level == "unseen" for state in room.learner.mastery(other, later).values())
    room.learner.rate(other, "b", Q1, 4, 5, NOW)
    assert room.learner.cards(room.me)[Q1] == run((0, 1))


def test_a_marked_answer_makes_an_entry_known(room: Room) -> None:
    session = room.start(scope=(WGAN,), questions=3)
    for _ in range(3):
        room.answer(session)
    state = room.learner.mastery(room.me, room.now)
    assert (state[WGAN].level, state[WGAN].score, state[WGAN].seen) == ("solid", 100, 3)
    assert state[DENSE].level == "unseen"


def test_asking_how_a_card_would_be_moves_nothing(room: Room) -> None:
    review = Review(id="a", question_id=Q1, rating=3, at=NOW)
    assert room.learner.after(room.me, review) == run((0, 3))
    assert room.learner.cards(room.me) == {}
