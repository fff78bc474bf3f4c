"""When a question comes back: FSRS as its own package has it, and figures worked by hand."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone

import fsrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interview_kit import NOW

from assistant.scheduling import (
    Scheduler,
    Weights,
    days,
    due_in,
    forecast,
    is_due,
    rating_of,
    retention,
    streak,
)
from assistant.study import Card, Outcome, Rating, Review

PEKING = timezone(timedelta(hours=8))
NEW = Card(question_id="q")


def theirs(ratings: list[tuple[float, int]]) -> fsrs.Card:
    """The card as the package itself makes it of ratings, each so many days after the last."""
    scheduler = fsrs.Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card, now = fsrs.Card(card_id=0), NOW
    for after, rating in ratings:
        now += timedelta(days=after)
        card, _ = scheduler.review_card(card, fsrs.Rating(rating), now)
    return card


def ours(ratings: list[tuple[float, Rating]], card: Card = NEW) -> Card:
    now = NOW
    for after, rating in ratings:
        now += timedelta(days=after)
        card = Scheduler().review(card, rating, now)
    return card


RATINGS = st.lists(
    st.tuples(st.floats(0, 400), st.sampled_from([1, 2, 3, 4])), min_size=1, max_size=8
)


@given(RATINGS)
@settings(max_examples=60, deadline=None)
def test_a_card_is_as_the_package_makes_it_and_comes_back_in_whole_days(
    ratings: list[tuple[float, Rating]],
) -> None:
    made, expected = ours(ratings), theirs(ratings)
    assert (made.stability, made.difficulty) == (expected.stability, expected.difficulty)
    assert (made.due, made.last_review) == (expected.due, expected.last_review)
    assert made.due is not None
    assert made.last_review is not None
    assert (made.due - made.last_review) % timedelta(days=1) == timedelta()
    assert made.due > made.last_review
    assert made.reps == len(ratings)


@pytest.mark.parametrize(("rating", "stability", "in_days"), [
    # the default weights w0 to w3, and a day at the least
    (1, 0.212, 1), (2, 1.2931, 1), (3, 2.3065, 2), (4, 8.2956, 8),
])  # fmt: skip
def test_a_first_rating_gives_fsrs_own_days(rating: Rating, stability: float, in_days: int) -> None:
    card = ours([(0, rating)])
    assert card.stability == pytest.approx(stability)
    assert card.due == NOW + timedelta(days=in_days)


def test_after_as_many_days_as_the_stability_nine_of_ten_are_remembered() -> None:
    scheduler, card = Scheduler(), ours([(0, 4)])
    assert scheduler.retrievability(card, NOW) == 1.0
    # the package counts whole days: eight of them, with a stability of 8.2956
    decay = -fsrs.Scheduler().parameters[20]
    factor = 0.9 ** (1 / decay) - 1
    expected = (1 + factor * 8 / 8.2956) ** decay
    later = scheduler.retrievability(card, NOW + timedelta(days=8, hours=9))
    assert later == pytest.approx(expected)
    assert 0.9 < expected < 0.91


def test_of_what_was_never_seen_nothing_is_known() -> None:
    assert Scheduler().retrievability(NEW, NOW) is None
    assert not is_due(NEW, NOW)


def test_only_a_card_that_was_known_can_lapse() -> None:
    assert ours([(0, 1)]).lapses == 0
    assert ours([(0, 3), (2, 1), (1, 1), (1, 3)]).lapses == 2


def test_a_time_of_any_zone_gives_the_same_card() -> None:
    here = Scheduler().review(NEW, 3, NOW.astimezone(PEKING))
    assert here == Scheduler().review(NEW, 3, NOW)
    assert here.due is not None
    assert here.due.tzinfo == UTC


def test_less_retention_asks_less_often_and_other_weights_are_used() -> None:
    card = Scheduler(retention=0.8).review(NEW, 4, NOW)
    assert card.due is not None
    assert (card.due - NOW).days > 8
    weights = [9.0 if place == 2 else w for place, w in enumerate(fsrs.Scheduler().parameters)]
    assert Scheduler(weights).review(NEW, 3, NOW).stability == 9.0


@pytest.mark.parametrize(("score", "hints", "outcome", "rating"), [
    (0, 0, "answered", 1), (39, 0, "answered", 1), (40, 0, "answered", 2), (64, 0, "answered", 2),
    (65, 0, "answered", 3), (89, 0, "answered", 3), (90, 0, "answered", 4),
    (100, 0, "answered", 4), (90, 1, "answered", 3), (100, 0, "unknown", 1),
])  # fmt: skip
def test_a_mark_is_a_rating(score: int, hints: int, outcome: Outcome, rating: Rating) -> None:
    assert rating_of(score, hints, outcome) == rating


def due_on(at: datetime) -> Card:
    return Card(question_id=f"{at}", stability=1.0, difficulty=5.0, due=at, last_review=NOW)


def test_due_is_a_matter_of_the_day_where_the_learner_lives() -> None:
    evening = datetime(2026, 11, 24, 23, 0, tzinfo=PEKING)
    after_midnight = due_on(datetime(2026, 11, 25, 0, 30, tzinfo=PEKING))  # still the 24th in UTC
    assert not is_due(after_midnight, evening)
    assert is_due(after_midnight, evening.astimezone(UTC))
    assert is_due(due_on(evening + timedelta(minutes=59)), evening)  # later the same day
    assert is_due(due_on(evening - timedelta(days=40)), evening)


def test_what_is_overdue_is_forecast_for_today() -> None:
    moves = (-40, -1, 0, 1, 1, 3, 4)
    cards = [due_on(NOW + timedelta(days=move)) for move in moves]
    assert forecast([*cards, NEW], NOW, 4) == [3, 2, 0, 1]
    assert forecast([], NOW, 2) == [0, 0]


def rated(question: str, rating: Rating, day: float) -> Review:
    at = NOW + timedelta(days=day)
    return Review(id=f"{question}{day}", question_id=question, rating=rating, at=at)


def test_retention_counts_what_came_back_and_was_still_known() -> None:
    reviews = [rated("a", 1, 0), rated("b", 3, 0), rated("a", 3, 1), rated("b", 1, 2),
               rated("a", 2, 5), rated("c", 1, 6)]  # fmt: skip
    assert retention(reviews, NOW) == pytest.approx(2 / 3)  # a, not b, a; c came for the first time
    assert retention(reviews, NOW + timedelta(days=3)) == 1.0
    assert retention(reviews, NOW + timedelta(days=6)) is None
    assert retention([], NOW) is None


def test_reviews_are_counted_by_the_day_where_the_learner_lives() -> None:
    late = [rated("a", 3, 0), rated("b", 3, 0.5)]  # 8:30 and 20:30 in UTC
    assert days(late, NOW) == {date(2026, 11, 24): 2}
    there = NOW.astimezone(PEKING)  # 16:30, and 4:30 of the next day
    assert days(late, there) == {date(2026, 11, 24): 1, date(2026, 11, 25): 1}


@pytest.mark.parametrize(("ago", "length"), [
    ([], 0), ([0], 1), ([1], 1), ([2], 0), ([0, 1, 2], 3), ([1, 2, 3], 3), ([0, 2, 3], 1),
])  # fmt: skip
def test_a_streak_is_not_broken_by_a_day_that_is_not_over(ago: list[int], length: int) -> None:
    reviewed = {NOW.date() - timedelta(days=day): 1 for day in ago}
    assert streak(reviewed, NOW) == length


def test_a_scheduler_with_weights_of_ones_own_is_made_once_and_keeps_the_retention() -> None:
    average = Scheduler(retention=0.8)
    own = Weights(values=(9.0, *fsrs.Scheduler().parameters[1:20], 0.5), at=NOW, reviews=640)
    assert average.fitted(None) is average
    made = average.fitted(own)
    assert average.fitted(own.model_copy(update={"at": NOW - timedelta(days=1)})) is made
    assert made.review(NEW, 1, NOW) == Scheduler(own.values, 0.8).review(NEW, 1, NOW)
    assert (made.decay, average.decay) == (0.5, 0.1542)


@pytest.mark.parametrize("values", [
    (), (1.0,) * 20, (*fsrs.Scheduler().parameters[:20], 0.9),
    (*fsrs.Scheduler().parameters[:20], math.nan), (math.inf, *fsrs.Scheduler().parameters[1:]),
])  # fmt: skip
def test_weights_that_fsrs_cannot_use_are_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="can't use these weights"):
        Weights(values=values, at=NOW, reviews=640)


def test_days_until_a_card_falls_due_are_those_of_the_calendar() -> None:
    assert due_in(due_on(NOW + timedelta(days=2, hours=-3)), NOW) == 2  # 5:30, two days on
    assert due_in(due_on(NOW - timedelta(days=3)), NOW) == due_in(NEW, NOW) == 0
