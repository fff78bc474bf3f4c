"""Which reviews a fit may learn from, and how well weights foretell a learner, worked by hand."""

from __future__ import annotations

import math
from datetime import timedelta

import fsrs
import pytest
from interview_kit import NOW

from assistant import fitting
from assistant.errors import UsageError
from assistant.fitting import ENOUGH, fit, log_loss, missing, split, telling
from assistant.scheduling import Scheduler
from assistant.study import Rating, Review


def rated(question: str, rating: Rating, day: float) -> Review:
    at = NOW + timedelta(days=day)
    return Review(id=f"{question}/{day}", question_id=question, rating=rating, at=at)


def test_only_a_review_a_whole_day_after_the_last_one_tells_something() -> None:
    reviews = [rated("a", 3, 0), rated("a", 3, 0.9), rated("b", 3, 1), rated("a", 1, 1.9)]
    assert telling(reviews) == [False, False, False, True]
    assert missing(reviews) == ENOUGH - 1 == 639


def test_of_one_card_the_first_64_reviews_count() -> None:
    assert sum(telling([rated("a", 3, day) for day in range(100)])) == 63


def test_the_last_fifth_of_what_tells_is_held_out() -> None:
    reviews = [rated("a", 3, day) for day in range(11)]  # ten tell
    assert split(reviews) == 9
    assert sum(telling(reviews)[9:]) == 2


def test_the_log_loss_is_that_of_the_chance_to_remember() -> None:
    scheduler = Scheduler()
    reviews = [rated("a", 4, 0), rated("b", 4, 0), rated("a", 3, 8), rated("b", 1, 8)]
    card = scheduler.review(fitting.Card(question_id="a"), 4, NOW)
    chance = scheduler.retrievability(card, NOW + timedelta(days=8))
    assert chance is not None
    assert log_loss(reviews, scheduler) == pytest.approx(
        -(math.log(chance) + math.log(1 - chance)) / 2
    )
    assert log_loss(reviews, scheduler, 3) == pytest.approx(-math.log(1 - chance))
    assert log_loss(reviews[:2], scheduler) is None


def test_too_short_a_history_says_how_much_is_missing() -> None:
    with pytest.raises(UsageError, match="638 more reviews"):
        fit([rated("a", 3, 0), rated("a", 3, 1), rated("a", 3, 2)])


def test_without_the_optimiser_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    enough = [rated(f"q{n}", 3, day) for n in range(64) for day in range(11)]
    monkeypatch.setattr(fitting, "_NEEDED", ("torch", "no_such_module"))
    with pytest.raises(UsageError, match=r"no_such_module.*pip install 'fsrs\[optimizer\]'"):
        fit(enough)


class Always:
    """An optimiser that finds the same weights in whatever it is given."""

    weights = (99.212, *fsrs.Scheduler().parameters[1:])

    def __init__(self, logs: list[fsrs.ReviewLog]) -> None:
        Always.given = logs

    def compute_optimal_parameters(self) -> list[float]:
        return list(self.weights)


def history() -> list[Review]:
    """Of 64 cards, each forgotten at first and known on ten later days: 640 reviews tell."""
    return [rated(f"q{n}", 3 if day else 1, day + n / 100) for day in range(11) for n in range(64)]


def test_a_fit_is_held_against_the_weights_in_use_or_the_default_ones_if_these_are_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fsrs, "Optimizer", Always)
    reviews = history()
    cut = split(reviews)
    # 512 reviews go 512 / (512 + 1600) of the way from 0.212
    part = (0.212 + 99 * 512 / 2112, *fsrs.Scheduler().parameters[1:])
    own, usual = (log_loss(reviews, Scheduler(w), cut) for w in (part, None))
    assert own is not None
    assert usual is not None
    assert own < usual  # who forgets nothing is foretold better by more stability
    found = fit(reversed(reviews))  # of any order
    assert found.weights == pytest.approx(part)
    assert (found.before, found.after) == (usual, pytest.approx(own))
    assert found.better
    assert len(Always.given) == cut == 64 + 512  # the last fifth was not shown
    again = fit(reviews, found.weights)
    assert (again.before, again.better) == (found.after, False)
    worse = [0.001, *fsrs.Scheduler().parameters[1:]]
    assert fit(reviews, worse).before == usual
