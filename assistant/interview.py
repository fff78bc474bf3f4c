"""The mock interview: asks, keeps every answer before it is marked, marks, follows up, reports."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
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
from assistant.study import (
    Attempt,
    Choice,
    Outcome,
    Overrule,
    Plan,
    Review,
    Session,
)

LONGEST = 20_000  # characters of an answer that are kept
_AWAY = timedelta(minutes=15)  # without an answer: then it was killed, or nobody was there
_NOTHING: dict[str, tuple[str, str]] = {
    "due": ("Nothing is due in this part of the map", "Choose another aim, or come back tomorrow."),
}
_NONE_LEFT = ("No question fits these choices", "Choose a wider part of the map or any difficulty.")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Marks(Protocol):
    """What marks answers."""

    def question(self, question: Question, answer: str, chat: ChatModel | None) -> Grade:
        """An answer to a question of the bank."""

    def follow_up(self, asked: str, point: KeyPoint, answer: str, chat: ChatModel | None) -> Grade:
        """An answer to a follow-up, which aims at one point."""


class Open(_Value):
    """The question that is being asked."""

    session: Session
    choice: Choice
    question: Question
    number: int  # 1 for the first
    hints_left: int
    seconds_left: float | None  # None: no limit


class Marked(_Value):
    """An answer with its marking, and what goes with it."""

    attempt: Attempt  # its grade as the grader gave it
    grade: Grade | None  # as the learner left it; None where the question was skipped
    score: int | None  # 0–100, hints taken off
    model_answer: tuple[Citation, ...] = ()  # the bullets that the points rest on, each once
    errata: tuple[Erratum, ...] = ()
    follow_up: str = ""


class Interview:
    """Runs interviews; what it knows of them lies in the store, so a killed one goes on.

    Args:
        learner: The learners' progress, and the map.
        marks: Marks answers.
        corpus: The built-in entries by id, for their errata.
        english: The bank's questions in English, by id; one that is not there is asked in Chinese.
    """

    def __init__(
        self,
        learner: Learner,
        marks: Marks,
        corpus: Mapping[str, Entry],
        english: Mapping[str, Question] | None = None,
    ) -> None:
        self._learner = learner
        self._english = english or {}
        self._store = learner.store
        self._marks = marks
        self._corpus = corpus

    def start(self, profile: str, plan: Plan, now: datetime) -> Session:
        """Begin an interview and choose its first question.

        Raises:
            UsageError: No question fits the plan, or an entry of its scope doesn't exist.
        """
        self._store.profile(profile)
        choice = self._learner.choose(profile, plan, [], now)
        if choice is None:
            raise UsageError(*_NOTHING.get(plan.aim, _NONE_LEFT))
        session = Session(
            id=uuid.uuid4().hex, profile=profile, plan=plan, started=now, choices=(choice,),
            resumed=now,
        )  # fmt: skip
        self._store.save_session(session)
        return session

    def session(self, profile: str, session_id: str) -> Session:
        """A session of this learner.

        Raises:
            UsageError: There is none of that id.
        """
        found = self._store.session(session_id)
        if found is None or found.profile != profile:
            raise UsageError("This interview does not exist", "Begin a new one.")
        return found

    def unfinished(self, profile: str) -> Session | None:
        """The latest interview that was left in the middle."""
        sessions = self._store.sessions(profile)
        return next((session for session in sessions if session.ended is None), None)

    def open(self, profile: str, session_id: str, now: datetime) -> Open | None:
        """The question to answer now; None when the interview is over."""
        with self._learner.alone(profile):
            return self._open(profile, session_id, now)

    def _open(self, profile: str, session_id: str, now: datetime) -> Open | None:
        session = self.session(profile, session_id)
        if session.ended is not None:
            return None
        kept = self._store.attempts(profile, session.id)
        done = {attempt.question_id for attempt in kept if attempt.kind == "interview"}
        last = session.choices[-1]
        left = _seconds_left(session, kept, now)
        if last.question_id in done or last.question_id not in self._learner.bank:
            taken = [choice.question_id for choice in session.choices]
            if len(taken) >= session.plan.questions or (left is not None and left <= 0):
                return None
            chosen = self._learner.choose(profile, session.plan, taken, now)
            if chosen is None:
                return None
            last = chosen
            session = session.model_copy(update={"choices": (*session.choices, last), "hints": 0})
            self._store.save_session(session)
        question = self._worded(self._learner.bank[last.question_id], session)
        strict = session.plan.style == "strict"
        return Open(
            session=session,
            choice=last,
            question=question,
            number=len(session.choices),
            hints_left=0 if strict else len(question.points) - session.hints,
            seconds_left=left,
        )

    def hint(self, profile: str, session_id: str, now: datetime) -> str:
        """A nudge at the weightiest point that no hint has named yet; it costs points.

        Raises:
            UsageError: The interview is strict, or every point has been hinted at.
        """
        with self._learner.alone(profile):
            opened = self._must_be_open(profile, session_id, now)
            if opened.hints_left <= 0:
                raise UsageError(
                    "There is no hint left", "Answer, skip, or say that you don't know."
                )
            points = sorted(opened.question.points, key=lambda point: -point.weight)
            session = opened.session
            point = points[session.hints]
            self._store.save_session(session.model_copy(update={"hints": session.hints + 1}))
        return point.follow_up or opened.question.question

    def answer(
        self,
        profile: str,
        session_id: str,
        attempt_id: str,
        text: str,
        outcome: Outcome,
        seconds: float,
        now: datetime,
        chat: ChatModel | None = None,
        question_id: str = "",
    ) -> Marked:
        """Keep an answer, then mark it. The same `attempt_id` again gives the same marking.

        Args:
            profile: Who answers.
            session_id: The interview.
            attempt_id: Chosen by the caller, new for every answer.
            text: As typed, of any length.
            outcome: Whether it was answered, passed over, or not known.
            seconds: From the question to the answer.
            now: The time of the answer.
            chat: Asked where the grader is unsure.
            question_id: What the answer is to, where the caller knows; another window may have
                answered it and opened the next one since.

        Raises:
            UsageError: No question is open, or another one is, or there is nothing to mark.
        """
        with self._learner.alone(profile):
            known = self._store.attempt(attempt_id)
            if known is None:
                if outcome == "answered" and not text.strip():
                    raise UsageError(
                        "The answer is empty", "Write something, or skip the question."
                    )
                opened = self._must_be_open(profile, session_id, now)
                question = opened.question
                if question_id and question.id != question_id:
                    raise UsageError(
                        "This question was answered in another window",
                        "Go on to the next question.",
                    )
                known = Attempt(
                    id=attempt_id, profile=profile, session=session_id, question_id=question.id,
                    kind="interview", asked=question.question, at=now, seconds=seconds,
                    outcome=outcome, answer=text[:LONGEST], hints=opened.session.hints,
                )  # fmt: skip
                self._store.record(known, None, None)
        return self._marked(self._mark(self._own(known, profile), chat))

    def follow_up(
        self,
        profile: str,
        parent_id: str,
        attempt_id: str,
        text: str,
        seconds: float,
        now: datetime,
        chat: ChatModel | None = None,
    ) -> Marked:
        """Keep and mark the answer to a follow-up; the card isn't moved by it.

        Raises:
            UsageError: The answer that it follows doesn't exist or leaves no gap, or `text` is
                empty.
        """
        known = self._store.attempt(attempt_id)
        if known is None:
            parent = self.attempt(profile, parent_id)
            asked = "" if parent.grade is None else parent.grade.follow_up
            if not asked:
                raise UsageError("There is nothing to follow up", "Go on to the next question.")
            if not text.strip():
                raise UsageError("The answer is empty", "Write something, or go on.")
            known = Attempt(
                id=attempt_id, profile=profile, session=parent.session,
                question_id=parent.question_id, kind="follow_up", asked=asked, at=now,
                seconds=seconds, answer=text[:LONGEST],
            )  # fmt: skip
            self._store.record(known, None, None)
        return self._marked(self._mark(self._own(known, profile), chat))

    def attempt(self, profile: str, attempt_id: str) -> Attempt:
        """An answer of this learner.

        Raises:
            UsageError: There is none of that id.
        """
        found = self._store.attempt(attempt_id)
        if found is None:
            raise UsageError("This answer does not exist", "Go on to the next question.")
        return self._own(found, profile)

    def marked(self, profile: str, attempt_id: str) -> Marked:
        """An answer given earlier, with its marking; marked now where a kill came between."""
        return self._marked(self._mark(self.attempt(profile, attempt_id), None))

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

    def pause(self, profile: str, session_id: str, now: datetime) -> Session:
        """Stop the clock."""
        session = self.session(profile, session_id)
        if session.resumed is not None and session.ended is None:
            used = _used(session, self._store.attempts(profile, session_id), now)
            session = session.model_copy(update={"used": used, "resumed": None})
            self._store.save_session(session)
        return session

    def resume(self, profile: str, session_id: str, now: datetime) -> Session:
        """Let the clock run on."""
        session = self.session(profile, session_id)
        if session.resumed is None and session.ended is None:
            session = session.model_copy(update={"resumed": now})
            self._store.save_session(session)
        return session

    def finish(self, profile: str, session_id: str, now: datetime) -> Session:
        """End an interview, whatever is left of it; what was kept unmarked is marked."""
        session = self.pause(profile, session_id, now)
        for attempt in self._store.attempts(profile, session_id):
            self._mark(attempt, None)
        if session.ended is None:
            session = session.model_copy(update={"ended": now})
            self._store.save_session(session)
        return session

    def _must_be_open(self, profile: str, session_id: str, now: datetime) -> Open:
        opened = self.open(profile, session_id, now)
        if opened is None:
            raise UsageError("No question is open in this interview", "Begin a new one.")
        return opened

    def _own(self, attempt: Attempt, profile: str) -> Attempt:
        if attempt.profile != profile:
            raise UsageError("This answer does not exist", "Go on to the next question.")
        return attempt

    def _mark(self, attempt: Attempt, chat: ChatModel | None) -> Attempt:
        """Mark an answer that was only kept."""
        if attempt.grade is not None or attempt.outcome == "skipped":
            return attempt
        question = self._learner.bank.get(attempt.question_id)
        if question is None:  # the bank lost it since it was asked
            return attempt
        question = self._worded(question, self._store.session(attempt.session))
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

    def _worded(self, question: Question, session: Session | None) -> Question:
        """A question in the language of its interview."""
        if session is None or session.plan.language == "zh":
            return question
        return self._english.get(question.id, question)

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


def _used(session: Session, answers: Sequence[Attempt], now: datetime) -> float:
    """Seconds on the clock; a killed interview doesn't run on until somebody comes back."""
    if session.resumed is None:
        return session.used
    given = sorted(a.at for a in answers if session.resumed < a.at < now)
    gaps = [later - before for before, later in pairwise([session.resumed, *given, now])]
    return session.used + sum(one.total_seconds() for one in gaps if one < _AWAY)


def _seconds_left(session: Session, answers: Sequence[Attempt], now: datetime) -> float | None:
    if not session.plan.minutes:
        return None
    return session.plan.minutes * 60 - _used(session, answers, now)


def order_of(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The answers of an interview, each follow-up right after what it follows."""
    mains = [attempt for attempt in attempts if attempt.kind != "follow_up"]
    return [
        attempt
        for main in mains
        for attempt in (
            main,
            *(
                other
                for other in attempts
                if other.kind == "follow_up" and other.question_id == main.question_id
            ),
        )
    ]
