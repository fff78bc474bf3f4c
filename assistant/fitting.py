"""FSRS's weights fitted to one learner's own reviews, and whether they are worth having.

The optimiser of the `fsrs` package learns from a review only where at least a whole day lies
between it and the card's last one, from the first 64 reviews of a card, and gives the default
weights back, without a word, where fewer than 512 such reviews are there. Its learning steps don't
matter here: stability and difficulty are the same in every state.

It has 21 weights and nothing that holds them back: taken whole, what it finds in 660 reviews of a
simulated learner foretells the next 1,200 worse than the default weights do, and a quarter of the
way there a little better. So the weights go a part of the way, the further the more reviews.
"""

from __future__ import annotations

import importlib.util
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

import fsrs

from assistant.errors import UsageError
from assistant.scheduling import Scheduler
from assistant.study import Card, Review

_LEAST = 512  # reviews that tell, under which the optimiser does nothing
_DEEPEST = 64  # reviews of one card that it looks at
_HELD = 5  # the last of so many parts is what the fit is held against
ENOUGH = math.ceil(_LEAST * _HELD / (_HELD - 1))  # so that as many are left to fit on
_DOUBT = 1600  # reviews after which weights go half of the way to what was found
_SURE = 1e-6  # no chance is nearer to 0 or 1 than this
_NEEDED = ("torch", "pandas", "tqdm")


@dataclass(frozen=True)
class Fit:
    """Weights, and the log loss on the last fifth, which they were not fitted on."""

    weights: tuple[float, ...]
    before: float  # of the weights in use, or of the default ones where those are better
    after: float

    @property
    def better(self) -> bool:
        """Whether they foretell this learner better than what there was."""
        return self.after < self.before


def telling(reviews: Sequence[Review]) -> list[bool]:
    """Which reviews tell something of the memory, in the order given: oldest first."""
    last: dict[str, Review] = {}
    count: Counter[str] = Counter()
    found = []
    for review in reviews:
        before = last.get(review.question_id)
        spaced = before is not None and (review.at - before.at).days > 0
        found.append(spaced and count[review.question_id] < _DEEPEST)
        last[review.question_id] = review
        count[review.question_id] += 1
    return found


def missing(reviews: Sequence[Review]) -> int:
    """How many more reviews that tell are needed for a fit; 0 where there are enough."""
    return max(0, ENOUGH - sum(telling(reviews)))


def check(reviews: Sequence[Review]) -> None:
    """Find out whether a fit can be made.

    Args:
        reviews: All of one learner, oldest first.

    Raises:
        UsageError: They are too few, or what the optimiser needs is not installed.
    """
    if short := missing(reviews):
        raise UsageError(
            f"To fit the intervals, {short} more reviews on later days are needed",
            "Go on reviewing: zhitu review",
        )
    if absent := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        raise UsageError(
            f"Fitting the intervals needs {', '.join(absent)}",
            "Install it: pip install 'fsrs[optimizer]'",
        )


def log_loss(reviews: Sequence[Review], scheduler: Scheduler, start: int = 0) -> float | None:
    """Mean log loss, in nats, over the reviews from `start` on that tell; None where none does.

    Args:
        reviews: All of one learner, oldest first; those before `start` move the cards.
        scheduler: Foretells what is remembered.
        start: Place of the first review that counts.
    """
    losses = list(_losses(reviews, scheduler, start))
    return sum(losses) / len(losses) if losses else None


def _losses(reviews: Sequence[Review], scheduler: Scheduler, start: int) -> Iterator[float]:
    cards: dict[str, Card] = {}
    for place, (review, tells) in enumerate(zip(reviews, telling(reviews), strict=True)):
        card = cards.get(review.question_id, Card(question_id=review.question_id))
        if tells and place >= start:
            chance = scheduler.retrievability(card, review.at) or 0.0
            known = chance if review.rating > 1 else 1 - chance
            yield -math.log(min(max(known, _SURE), 1 - _SURE))
        cards[review.question_id] = scheduler.review(card, review.rating, review.at)


def split(reviews: Sequence[Review]) -> int:
    """Place of the first review held out: the last fifth of those that tell lies from there on."""
    places = [place for place, tells in enumerate(telling(reviews)) if tells]
    return places[len(places) - len(places) // _HELD] if len(places) >= _HELD else len(reviews)


def fit(reviews: Iterable[Review], used: Sequence[float] | None = None) -> Fit:
    """Fit on the first four fifths and hold that against the last one. Takes many seconds.

    Weights in use were fitted before on the first four fifths of fewer reviews, so the last fifth
    is new to them too.

    Args:
        reviews: All of one learner, in any order.
        used: The weights in use; None for the default ones.

    Raises:
        UsageError: See `check`.
    """
    ordered = sorted(reviews, key=lambda review: review.at)
    check(ordered)
    cut = split(ordered)
    names = {name: n for n, name in enumerate(dict.fromkeys(r.question_id for r in ordered))}
    logs = [
        fsrs.ReviewLog(names[r.question_id], fsrs.Rating(r.rating), r.at.astimezone(UTC), None)
        for r in ordered[:cut]
    ]
    usual, found = fsrs.Scheduler().parameters, fsrs.Optimizer(logs).compute_optimal_parameters()
    seen = sum(telling(ordered[:cut]))
    share = seen / (seen + _DOUBT)
    weights = tuple(u + share * (f - u) for u, f in zip(usual, found, strict=True))
    losses = [log_loss(ordered, Scheduler(one), cut) for one in (weights, used, None)]
    after, *before = (math.inf if loss is None else loss for loss in losses)
    return Fit(weights, min(before), after)
