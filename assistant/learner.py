"""A learner's progress as the product asks for it: what is due, what is known, what to ask next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from assistant.choosing import Known, choose
from assistant.errors import UsageError
from assistant.marks import score_of
from assistant.mastery import below, entry_of, mastery
from assistant.memory import Memories, Memory, replayed
from assistant.scheduling import (
    Scheduler,
    days,
    forecast,
    is_due,
    rating_of,
    retention,
    streak,
)
from assistant.schema import Question
from assistant.study import Attempt, AttemptKind, Card, Choice, Mastery, Plan, Rating, Review

if TYPE_CHECKING:
    from assistant.store import Store

_SECONDS = 40.0  # a card in a review, until the learner's own pace is known
_PACE = 50  # last reviews that tell it
_AHEAD = 30  # days of the forecast
_LATELY = timedelta(days=30)  # of retention


class Stats(BaseModel):
    """The figures over a learner's reviews."""

    model_config = ConfigDict(frozen=True)

    due: int
    seen: int  # cards
    questions: int  # of the bank
    reviews: int
    streak: int  # days
    retention: float | None  # 0–1, over the last 30 days
    forecast: tuple[int, ...]  # cards due today, tomorrow, …
    days: dict[date, int]  # reviews a day
    minutes: int  # that what is due will take


class Learner(Memories):
    """Reads and moves the progress of learners.

    Args:
        store: Where it is kept.
        bank: Questions by id.
        centrality: Of entries, 0–1.
        scheduler: Of a learner without weights of their own.
    """

    def __init__(
        self,
        store: Store,
        bank: Mapping[str, Question],
        centrality: Mapping[str, float],
        scheduler: Scheduler,
    ) -> None:
        super().__init__(store, bank, scheduler)
        self._centrality = centrality

    def mastery(self, profile: str, now: datetime) -> dict[str, Mastery]:
        """What is known of each entry that has questions."""
        cards, scheduler = self.memory(profile)
        return mastery(self.bank, cards, self.store.attempts(profile), now, scheduler)

    def choose(
        self, profile: str, plan: Plan, taken: Sequence[str], now: datetime
    ) -> Choice | None:
        """The next question of an interview; None when none is left.

        Raises:
            UsageError: An entry of the plan's scope has no questions at all.
        """
        for top in plan.scope:
            if not any(below(entry_of(identity), [top]) for identity in self.bank):
                raise UsageError(
                    f"The bank holds no question on {top!r}", "Choose another part of the map."
                )
        memory = self.memory(profile)
        known = self._known(profile, memory, now)
        return choose(self.bank, known, plan, taken, now, memory.scheduler)

    def _known(self, profile: str, memory: Memory, now: datetime) -> Known:
        attempts = self.store.attempts(profile)
        marks = [score_of(attempt) for attempt in attempts if attempt.kind != "follow_up"]
        return Known(
            cards=memory.cards,
            mastery=mastery(self.bank, memory.cards, attempts, now, memory.scheduler),
            marks=[mark for mark in marks if mark is not None],
            centrality=self._centrality,
        )

    def due(self, profile: str, now: datetime) -> list[str]:
        """Questions to review, the best remembered first: what is nearly lost can wait least
        profitably, and in a short time more is kept this way.
        """
        return _due(self.memory(profile), now)

    def today(self, profile: str, now: datetime, minutes: int = 5) -> list[str]:
        """What fits in today's minutes: what is due, then what is new and central."""
        pace = self._pace(profile)
        room = max(1, round(minutes * 60 / pace))
        memory = self.memory(profile)
        chosen = _due(memory, now)[:room]
        known = self._known(profile, memory, now) if len(chosen) < room else None
        while known is not None and len(chosen) < room:
            choice = choose(self.bank, known, Plan(), chosen, now, memory.scheduler)
            if choice is None:
                break
            chosen.append(choice.question_id)
        return chosen

    def rate(
        self,
        profile: str,
        attempt_id: str,
        question_id: str,
        rating: Rating,
        seconds: float,
        now: datetime,
        kind: AttemptKind = "review",
    ) -> Card:
        """Keep a learner's own rating of a card; the same `attempt_id` twice counts once.

        Raises:
            UsageError: The bank holds no such question.
        """
        question = self.bank.get(question_id)
        if question is None:
            raise UsageError(
                f"The bank holds no question {question_id!r}", "List them: zhitu questions"
            )
        attempt = Attempt(
            id=attempt_id, profile=profile, question_id=question_id, kind=kind,
            asked=question.question, at=now, seconds=seconds, rating=rating,
        )  # fmt: skip
        review = Review(
            id=attempt_id, question_id=question_id, rating=rating, at=now, seconds=seconds
        )
        with self.alone(profile):
            card = self.after(profile, review)
            kept = self.store.record(attempt, card, review)
        return card if kept else self.cards(profile).get(question_id, card)

    def after(self, profile: str, review: Review) -> Card:
        """The card as it is once a rating is counted; one that comes late is put in its place."""
        question_id = review.question_id
        cards, weights = self.store.memory(profile)
        scheduler = self.average.fitted(weights)
        before = cards.get(question_id, Card(question_id=question_id))
        if before.last_review is None or before.last_review <= review.at:
            return scheduler.review(before, review.rating, review.at)
        return replayed(question_id, [*self.store.reviews(profile), review], scheduler)

    def replay(self, attempt: Attempt) -> None:
        """Put a card right after one of its marks was overruled: its reviews are run again."""
        score = score_of(attempt)
        if attempt.rating is None or score is None:
            return
        self._rerun(attempt, rating_of(score, attempt.hints, attempt.outcome))

    def rerate(self, profile: str, attempt_id: str, rating: Rating) -> Card:
        """Put another rating in the place of one that was given; its card follows.

        Raises:
            UsageError: This learner gave none of that id.
        """
        attempt = self.store.attempt(attempt_id)
        if attempt is None or attempt.profile != profile or attempt.rating is None:
            raise UsageError("This rating does not exist", "Go on to the next card.")
        return self._rerun(attempt, rating)

    def _rerun(self, attempt: Attempt, rating: Rating) -> Card:
        """Run a card's reviews again with another rating for one of them, and keep that."""
        with self.alone(attempt.profile):
            reviews = [
                review.model_copy(update={"rating": rating}) if review.id == attempt.id else review
                for review in self.store.reviews(attempt.profile)
            ]
            scheduler = self.memory(attempt.profile).scheduler
            card = replayed(attempt.question_id, reviews, scheduler)
            self.store.correct(attempt.id, rating, card)
        return card

    def stats(self, profile: str, now: datetime) -> Stats:
        """Counts, forecast, retention and the days with reviews, in the time zone of `now`."""
        cards = self.cards(profile).values()
        reviews = self.store.reviews(profile)
        by_day = days(reviews, now)
        due = sum(is_due(card, now) for card in cards)
        return Stats(
            due=due,
            seen=len(cards),
            questions=len(self.bank),
            reviews=len(reviews),
            streak=streak(by_day, now),
            retention=retention(reviews, now - _LATELY),
            forecast=tuple(forecast(cards, now, _AHEAD)),
            days=by_day,
            minutes=round(due * self._pace(profile) / 60),
        )

    def _pace(self, profile: str) -> float:
        """Seconds that a card takes this learner."""
        taken = [r.seconds for r in self.store.reviews(profile)[-_PACE:] if r.seconds > 0]
        return min(300.0, max(10.0, sum(taken) / len(taken))) if taken else _SECONDS


def _due(memory: Memory, now: datetime) -> list[str]:
    cards, scheduler = memory
    chances = {
        identity: scheduler.retrievability(card, now) or 0.0
        for identity, card in cards.items()
        if is_due(card, now)
    }
    return sorted(chances, key=lambda identity: (-chances[identity], identity))
