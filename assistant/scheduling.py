"""When a question comes back: FSRS, through the `fsrs` package, and what its log tells.

Cards are scheduled in whole days: an interview isn't asked twice in ten minutes, so FSRS's learning
steps are left out, and its random fuzz too, so that the same history gives the same days.
FSRS: https://github.com/open-spaced-repetition/free-spaced-repetition-scheduler
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated

import fsrs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant.study import Card, Outcome, Rating, Review

RETENTION = 0.9  # probability of recall at which a card is due
_HARD, _GOOD, _EASY = 40, 65, 90  # scores, 0–100, from which on a mark counts as that rating


def _sound(values: tuple[float, ...]) -> tuple[float, ...]:
    """Raises ValueError where FSRS can't use them as weights."""
    try:
        fsrs.Scheduler(parameters=values)
    except ValueError:
        raise ValueError("FSRS can't use these weights") from None
    return values


class Weights(BaseModel):
    """FSRS's weights fitted to one learner."""

    model_config = ConfigDict(frozen=True)

    values: Annotated[tuple[float, ...], AfterValidator(_sound)]
    at: datetime  # when they were fitted
    reviews: int = Field(ge=0)  # that told something of the memory then


class Scheduler:
    """FSRS with fixed parameters.

    Args:
        parameters: FSRS's weights; None takes the default ones.
        retention: Probability of recall at which a card is due.
    """

    def __init__(
        self, parameters: Sequence[float] | None = None, retention: float = RETENTION
    ) -> None:
        self._fsrs = fsrs.Scheduler(
            parameters=fsrs.Scheduler().parameters if parameters is None else tuple(parameters),
            desired_retention=retention,
            learning_steps=(),
            relearning_steps=(),
            enable_fuzzing=False,
        )

    @property
    def decay(self) -> float:
        """How the curve of forgetting falls: FSRS's last weight."""
        return float(self._fsrs.parameters[20])

    def fitted(self, weights: Weights | None) -> Scheduler:
        """The scheduler of a learner with these weights; None: this one."""
        if weights is None:
            return self
        return _scheduler(weights.values, self._fsrs.desired_retention)

    def review(self, card: Card, rating: Rating, at: datetime) -> Card:
        """The card as it is after a review."""
        after, _ = self._fsrs.review_card(_theirs(card), fsrs.Rating(rating), at.astimezone(UTC))
        return Card(
            question_id=card.question_id,
            stability=after.stability,
            difficulty=after.difficulty,
            due=after.due,
            last_review=after.last_review,
            reps=card.reps + 1,
            lapses=card.lapses + (rating == 1 and card.reps > 0),
        )

    def retrievability(self, card: Card, now: datetime) -> float | None:
        """Probability, 0–1, that the learner still knows it; None for one never seen."""
        if card.stability is None:
            return None
        return float(self._fsrs.get_card_retrievability(_theirs(card), now.astimezone(UTC)))


@lru_cache(maxsize=256)
def _scheduler(values: tuple[float, ...], retention: float) -> Scheduler:
    return Scheduler(values, retention)


def _theirs(card: Card) -> fsrs.Card:
    new = card.stability is None
    return fsrs.Card(
        card_id=0,
        state=fsrs.State.Learning if new else fsrs.State.Review,
        step=0 if new else None,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due or datetime.min.replace(tzinfo=UTC),
        last_review=card.last_review,
    )


def is_due(card: Card, now: datetime) -> bool:
    """Whether a card that was seen should be asked again today, in the time zone of `now`."""
    return card.due is not None and _day(card.due, now) <= _day(now, now)


def due_in(card: Card, now: datetime) -> int:
    """Days from today until a card falls due; what is overdue or was never seen is due today."""
    return 0 if card.due is None else max(0, (_day(card.due, now) - _day(now, now)).days)


def rating_of(score: int, hints: int = 0, outcome: Outcome = "answered") -> Rating:
    """FSRS's rating for a mark.

    Args:
        score: 0–100.
        hints: Taken before the answer; with one it was not easy.
        outcome: "I don't know" is a lapse, whatever the score.
    """
    if outcome != "answered" or score < _HARD:
        return 1
    if score < _GOOD:
        return 2
    return 3 if score < _EASY or hints else 4


def forecast(cards: Iterable[Card], now: datetime, days: int) -> list[int]:
    """How many cards fall due today, tomorrow, …; what is overdue counts as today's."""
    found = [0] * days
    for card in cards:
        if card.due is not None and (ahead := due_in(card, now)) < days:
            found[ahead] += 1
    return found


def retention(reviews: Sequence[Review], since: datetime) -> float | None:
    """Share of the cards seen before that were still known; None where none came back.

    A card's first review asks nothing of the memory and doesn't count.
    """
    seen: set[str] = set()
    kept: list[bool] = []
    for review in reviews:
        if review.question_id in seen and review.at >= since:
            kept.append(review.rating > 1)
        seen.add(review.question_id)
    return sum(kept) / len(kept) if kept else None


def days(reviews: Iterable[Review], now: datetime) -> dict[date, int]:
    """Reviews a day, in the time zone of `now`."""
    return dict(Counter(_day(review.at, now) for review in reviews))


def streak(reviewed: dict[date, int], now: datetime) -> int:
    """Days in a row with a review, up to today; a today still empty doesn't break it."""
    day = _day(now, now)
    if day not in reviewed:
        day -= timedelta(days=1)
    length = 0
    while day in reviewed:
        length, day = length + 1, day - timedelta(days=1)
    return length


def _day(at: datetime, now: datetime) -> date:
    return at.astimezone(now.tzinfo).date()
