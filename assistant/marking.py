"""Marks the answers that an interview kept, each once, and gathers what goes with the marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from assistant.errors import UsageError
from assistant.learner import Learner
from assistant.marks import gap, score_of, settled
from assistant.mastery import entry_of
from assistant.scheduling import rating_of
from assistant.schema import (
    ChatModel,
    Citation,
    Entry,
    Erratum,
    Grade,
    KeyPoint,
    PointVerdict,
    Question,
)
from assistant.study import Attempt, Overrule, Review, Session


class Marks(Protocol):
    """What marks answers."""

    def question(self, question: Question, answer: str, chat: ChatModel | None) -> Grade:
        """An answer to a question of the bank."""

    def follow_up(self, asked: str, point: KeyPoint, answer: str, chat: ChatModel | None) -> Grade:
        """An answer to a follow-up, which aims at one point."""


class Marked(BaseModel):
    """An answer with its marking, and what goes with it."""

    model_config = ConfigDict(frozen=True)

    attempt: Attempt  # its grade as the grader gave it
    grade: Grade | None  # as the learner left it; None where the question was skipped
    score: int | None  # 0–100, hints taken off
    model_answer: tuple[Citation, ...] = ()  # the bullets that the points rest on, each once
    errata: tuple[Erratum, ...] = ()
    follow_up: str = ""


class Marking:
    """Marks what lies in the store.

    Args:
        learner: The learners' progress, and the map.
        marks: Marks answers.
        corpus: The built-in entries by id, for their errata.
        english: The bank's questions in English, by id; one that is not there stays Chinese.
    """

    def __init__(
        self,
        learner: Learner,
        marks: Marks,
        corpus: Mapping[str, Entry],
        english: Mapping[str, Question],
    ) -> None:
        self._learner = learner
        self._store = learner.store
        self._marks = marks
        self._corpus = corpus
        self._english = english

    def attempt(self, profile: str, attempt_id: str) -> Attempt:
        """An answer of this learner.

        Raises:
            UsageError: There is none of that id.
        """
        found = self._store.attempt(attempt_id)
        if found is None:
            raise UsageError("This answer does not exist", "Go on to the next question.")
        return self._own(found, profile)

    def marked(self, profile: str, attempt: Attempt, chat: ChatModel | None = None) -> Marked:
        """An answer with its marking; marked now where it was only kept.

        Args:
            profile: Who asks for it.
            attempt: The answer, as it is kept.
            chat: Asked where the grader is unsure.

        Raises:
            UsageError: It is another learner's.
        """
        return self._marked(self.mark(self._own(attempt, profile), chat))

    def overrule(self, profile: str, attempt_id: str, point: int, verdict: PointVerdict) -> Marked:
        """Keep the learner's own verdict on a point beside the grader's.

        Raises:
            UsageError: The answer doesn't exist or has no such point.
        """
        attempt = self.attempt(profile, attempt_id)
        if attempt.grade is None or not 0 <= point < len(attempt.grade.points):
            raise UsageError("There is no such mark", "Choose a point of a marked answer.")
        after = self._store.overrule(attempt_id, Overrule(point=point, verdict=verdict))
        self._learner.replay(after)
        return self._marked(after)

    def mark(self, attempt: Attempt, chat: ChatModel | None) -> Attempt:
        """Mark an answer that was only kept; any other comes back as it is."""
        if attempt.grade is not None or attempt.outcome == "skipped":
            return attempt
        question = self._learner.bank.get(attempt.question_id)
        if question is None:  # the bank lost it since it was asked
            return attempt
        question = self.worded(question, self._store.session(attempt.session))
        if attempt.kind == "follow_up":
            return self._mark_follow_up(attempt, question, chat)
        said = attempt.answer if attempt.outcome == "answered" else ""
        grade = self._marks.question(question, said, chat)
        after = attempt.model_copy(update={"grade": grade})
        rating = rating_of(score_of(after) or 0, attempt.hints, attempt.outcome)
        after = after.model_copy(update={"rating": rating})
        review = Review(
            id=attempt.id, question_id=question.id, rating=rating, at=attempt.at,
            seconds=attempt.seconds,
        )  # fmt: skip
        with self._learner.alone(attempt.profile):
            card = self._learner.after(attempt.profile, review)
            if not self._store.mark(attempt.id, grade, rating, card, review):
                return self._store.attempt(attempt.id) or after  # another window was first
        return after

    def worded(self, question: Question, session: Session | None) -> Question:
        """A question in the language of its interview."""
        if session is None or session.plan.language == "zh":
            return question
        return self._english.get(question.id, question)

    def _own(self, attempt: Attempt, profile: str) -> Attempt:
        if attempt.profile != profile:
            raise UsageError("This answer does not exist", "Go on to the next question.")
        return attempt

    def _mark_follow_up(
        self, attempt: Attempt, question: Question, chat: ChatModel | None
    ) -> Attempt:
        """Mark an answer to a follow-up against the gap that it aims at."""
        parent = self._parent(attempt)
        if parent is None or parent.grade is None:
            return attempt
        missed = parent.grade.points[gap(parent.grade.points) or 0].text
        point = next((p for p in question.points if p.text == missed), question.points[0])
        grade = self._marks.follow_up(attempt.asked, point, attempt.answer, chat)
        if not self._store.mark(attempt.id, grade, None, None, None):
            return self._store.attempt(attempt.id) or attempt
        return attempt.model_copy(update={"grade": grade})

    def _parent(self, attempt: Attempt) -> Attempt | None:
        """The answer that a follow-up follows."""
        earlier = [
            other
            for other in self._store.attempts(attempt.profile, attempt.session)
            if other.kind != "follow_up"
            and other.session == attempt.session
            and other.question_id == attempt.question_id
            and other.at <= attempt.at
        ]
        return earlier[-1] if earlier else None

    def _marked(self, attempt: Attempt) -> Marked:
        grade = settled(attempt)
        if grade is None:
            return Marked(attempt=attempt, grade=None, score=None)
        bullets = {
            (mark.citation.source.file, mark.citation.source.start): mark.citation
            for mark in grade.points
            if mark.citation is not None
        }
        cited = [c.model_copy(update={"n": n}) for n, c in enumerate(bullets.values(), 1)]
        entries = dict.fromkeys([entry_of(attempt.question_id), *(c.entry for c in cited)])
        errata = [e for name in entries if name in self._corpus for e in self._corpus[name].errata]
        return Marked(
            attempt=attempt,
            grade=grade,
            score=score_of(attempt),
            model_answer=tuple(cited),
            errata=tuple(errata),
            follow_up=grade.follow_up if attempt.kind != "follow_up" else "",
        )
