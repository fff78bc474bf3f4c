"""Values for tests of the store: attempts, cards, ratings and marks of a learner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from assistant.schema import Grade, PointGrade
from assistant.study import Attempt, Card, Rating, Review

NOW = datetime(2026, 11, 24, 8, 30, 15, 123456, tzinfo=UTC)
QUESTION = "backbone/deeper/resnet#1"


def attempt(profile: str, identity: str = "a1", minute: int = 0, **changes: object) -> Attempt:
    values = {
        "id": identity,
        "profile": profile,
        "question_id": QUESTION,
        "kind": "interview",
        "asked": "捷径怎样缓解梯度消失?",
        "at": NOW + timedelta(minutes=minute),
        "seconds": 41.5,
        "answer": "梯度可以沿捷径回传",
        **changes,
    }
    return Attempt.model_validate(values)


def card(question: str = QUESTION, reps: int = 1, **changes: object) -> Card:
    values = {
        "question_id": question,
        "stability": 3.25,
        "difficulty": 5.125,
        "due": NOW + timedelta(days=3),
        "last_review": NOW,
        "reps": reps,
        **changes,
    }
    return Card.model_validate(values)


def review(
    identity: str = "a1", question: str = QUESTION, rating: Rating = 3, minute: int = 0
) -> Review:
    at = NOW + timedelta(minutes=minute)
    return Review(id=identity, question_id=question, rating=rating, at=at, seconds=41.5)


def grade(score: int = 70) -> Grade:
    points = (
        PointGrade(text="捷径相加", verdict="covered", weight=3, confidence=0.9, quote="沿捷径"),
        PointGrade(text="缓解退化", verdict="missing", weight=1, confidence=0.8),
    )
    return Grade(
        question="捷径怎样缓解梯度消失?",
        score=score,
        verdict="fair",
        points=points,
        add=("缓解退化",),
        judge="pair model",
    )
