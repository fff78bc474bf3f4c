"""What learners remember: their cards, and how fast each of them forgets.

FSRS's weights are the average learner's until a learner has reviewed enough to have their own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict

from assistant import fit_process
from assistant.fitting import check, missing, telling
from assistant.scheduling import Scheduler, Weights, due_in
from assistant.schema import Question
from assistant.study import Card, Review

if TYPE_CHECKING:
    from assistant.store import Store


class Memory(NamedTuple):
    """A learner's cards, those of the bank's questions, and what knows how they are forgotten."""

    cards: dict[str, Card]
    scheduler: Scheduler


class Fitted(BaseModel):
    """Where a learner stands with weights of their own."""

    model_config = ConfigDict(frozen=True)

    missing: int  # reviews, a whole day or more after the card's last one, before a fit can be made
    telling: int  # such reviews now
    weights: Weights | None  # None: the default ones are in use
    running: bool  # a fit is under way


class Refit(BaseModel):
    """What came of other weights."""

    model_config = ConfigDict(frozen=True)

    changed: bool
    before: float | None = None  # log loss on reviews not fitted on, in nats; None: not fitted
    after: float | None = None
    earlier: int = 0  # cards that come back on an earlier day than before
    later: int = 0


class Memories:
    """Reads the cards of learners and moves them, each learner's by their own weights.

    Args:
        store: Where they are kept.
        bank: Questions by id.
        scheduler: Of a learner without weights of their own.
    """

    def __init__(self, store: Store, bank: Mapping[str, Question], scheduler: Scheduler) -> None:
        self.store = store
        self.bank = bank
        self.average = scheduler
        self._locks: dict[str, threading.RLock] = {}
        self._fitting: set[str] = set()

    def alone(self, profile: str) -> threading.RLock:
        """Held while what is kept of a learner is read and then moved: they may have two windows.

        It holds off the threads of this process only. Of another one's ratings the store loses
        none, and a refit that one of them comes between is run again; but a card that another
        process read before and writes after stays as that one moved it, until the next refit.
        """
        return self._locks.setdefault(profile, threading.RLock())

    def memory(self, profile: str) -> Memory:
        """The cards of a learner and their scheduler, as of one moment."""
        cards, weights = self.store.memory(profile)
        held = {identity: card for identity, card in cards.items() if identity in self.bank}
        return Memory(held, self.average.fitted(weights))

    def cards(self, profile: str) -> dict[str, Card]:
        """The cards whose questions the bank still holds."""
        return self.memory(profile).cards

    def fitted(self, profile: str) -> Fitted:
        """Whether a learner has weights of their own, or may have."""
        log = self.store.reviews(profile)
        return Fitted(
            missing=missing(log),
            telling=sum(telling(log)),
            weights=self.store.memory(profile)[1],
            running=profile in self._fitting,
        )

    def check(self, profile: str) -> None:
        """Find out whether the weights can be fitted to a learner.

        Raises:
            UsageError: The reviews are too few, or what is needed is not installed.
        """
        check(self.store.reviews(profile))

    def optimise(self, profile: str, now: datetime) -> Refit:
        """Fit the weights to a learner's reviews, and run all of them again by what was found.

        It takes many seconds. Where the fit foretells the learner no better than the weights in
        use, nothing is changed. Reviews given meanwhile count.

        Raises:
            UsageError: The reviews are too few, or a fit is under way.
            FitError: The fit failed; nothing was changed.
        """
        log, used = self.store.reviews(profile), self.store.memory(profile)[1]
        with self.alone(profile):
            if profile in self._fitting:
                raise fit_process.busy()
            self._fitting.add(profile)
        try:
            found = fit_process.run(log, used.values if used else None)
            if not found.better:
                return Refit(changed=False, before=found.before, after=found.after)
            weights = Weights(values=found.weights, at=now, reviews=sum(telling(log)))
            done = self._run_all(profile, weights, now)
            return done.model_copy(update={"before": found.before, "after": found.after})
        finally:
            self._fitting.discard(profile)

    def forget_weights(self, profile: str, now: datetime) -> Refit:
        """Go back to the default weights, and run a learner's reviews again by these.

        Raises:
            UsageError: A fit is under way, which would put weights in place again.
        """
        with self.alone(profile):
            if profile in self._fitting:
                raise fit_process.busy()
            if self.store.memory(profile)[1] is None:
                return Refit(changed=False)
            return self._run_all(profile, None, now)

    def _run_all(self, profile: str, weights: Weights | None, now: datetime) -> Refit:
        """Put other weights in place, and every card as it is with them.

        A card with more behind it than the log holds, as after a trimmed export, stays as it is.
        """
        scheduler = self.average.fitted(weights)
        with self.alone(profile):
            while True:  # another process may add a review between reading and writing
                log, before = self.store.reviews(profile), self.store.cards(profile)
                if weights is not None:
                    check(log)  # all may have been deleted since the fit began
                moved = [
                    card
                    for card in _replayed(log, scheduler)
                    if (was := before.get(card.question_id)) and was.reps <= card.reps
                ]
                if self.store.refit(profile, weights, moved, log):
                    break
        moves = [
            due_in(card, now) - due_in(before[card.question_id], now)
            for card in moved
            if card.question_id in self.bank
        ]
        return Refit(
            changed=True,
            earlier=sum(move < 0 for move in moves),
            later=sum(move > 0 for move in moves),
        )


def replayed(question_id: str, reviews: Iterable[Review], scheduler: Scheduler) -> Card:
    """A card after its reviews, which may be of any order and among others."""
    mine = [review for review in reviews if review.question_id == question_id]
    card = Card(question_id=question_id)
    for review in sorted(mine, key=lambda review: review.at):
        card = scheduler.review(card, review.rating, review.at)
    return card


def _replayed(reviews: Iterable[Review], scheduler: Scheduler) -> list[Card]:
    """All cards after their reviews."""
    of_card: dict[str, list[Review]] = {}
    for review in reviews:
        of_card.setdefault(review.question_id, []).append(review)
    return [replayed(identity, mine, scheduler) for identity, mine in of_card.items()]
