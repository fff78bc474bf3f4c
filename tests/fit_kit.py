"""A history that is long enough to be fitted, and weights of one who forgets slowly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import fsrs
from interview_kit import NOW

from assistant.scheduling import Scheduler
from assistant.store import Store
from assistant.store_export import Export
from assistant.study import Card, Profile, Review

_USUAL = fsrs.Scheduler().parameters
BETTER = (*(3 * weight for weight in _USUAL[:4]), *_USUAL[4:])


def history(
    questions: Sequence[str], later: int, spacing: int = 1, began: datetime = NOW
) -> tuple[list[Review], dict[str, Card]]:
    """Ratings and cards: each question is known well at first and on `later` later days.

    Args:
        questions: Their ids.
        later: Reviews of each that tell something of the memory.
        spacing: Days between two of them.
        began: The first day.
    """
    reviews: list[Review] = []
    cards: dict[str, Card] = {}
    for number in range(later + 1):
        for place, identity in enumerate(questions):
            at = began + timedelta(days=number * spacing, seconds=place)
            one = Review(id=f"{identity}/{number}", question_id=identity, rating=3, at=at)
            before = cards.get(identity, Card(question_id=identity))
            cards[identity] = Scheduler().review(before, 3, at)
            reviews.append(one)
    return reviews, cards


def fill(
    store: Store,
    name: str,
    questions: Sequence[str],
    later: int,
    spacing: int = 1,
    began: datetime = NOW,
) -> str:
    """Keep such a history for a learner who has none yet; returns their id."""
    reviews, cards = history(questions, later, spacing, began)
    kept = Export(
        profile=Profile(id="", name=name, created=began), cards=list(cards.values()),
        reviews=reviews,
    )  # fmt: skip
    return store.import_all(kept.model_dump(mode="json"), began).id
