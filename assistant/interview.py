"""The mock interview: asks, keeps every answer before it is marked, follows up."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from assistant.errors import UsageError
from assistant.learner import Learner
from assistant.marking import Marked, Marking, Marks
from assistant.schema import ChatModel, Entry, PointVerdict, Question
from assistant.sessions import Sessions, seconds_left
from assistant.study import Attempt, Choice, Outcome, Plan, Session

LONGEST = 20_000  # characters of an answer that are kept
_NOTHING: dict[str, tuple[str, str]] = {
    "due": ("Nothing is due in this part of the map", "Choose another aim, or come back tomorrow."),
}
_NONE_LEFT = ("No question fits these choices", "Choose a wider part of the map or any difficulty.")


class Open(BaseModel):
    """The question that is being asked."""

    model_config = ConfigDict(frozen=True)

    session: Session
    choice: Choice
    question: Question
    number: int  # 1 for the first
    hints_left: int
    seconds_left: float | None  # None: no limit


class Interview(Sessions):
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
        super().__init__(learner.store)
        self._learner = learner
        self._marking = Marking(learner, marks, corpus, english or {})

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
        left = seconds_left(session, kept, now)
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
        question = self._marking.worded(self._learner.bank[last.question_id], session)
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
        return self._marking.marked(profile, known, chat)

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
            parent = self._marking.attempt(profile, parent_id)
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
        return self._marking.marked(profile, known, chat)

    def marked(self, profile: str, attempt_id: str) -> Marked:
        """An answer given earlier, with its marking; marked now where a kill came between.

        Raises:
            UsageError: The answer doesn't exist.
        """
        return self._marking.marked(profile, self._marking.attempt(profile, attempt_id))

    def overrule(self, profile: str, attempt_id: str, point: int, verdict: PointVerdict) -> Marked:
        """Keep the learner's own verdict on a point; see `Marking.overrule`."""
        return self._marking.overrule(profile, attempt_id, point, verdict)

    def finish(self, profile: str, session_id: str, now: datetime) -> Session:
        """End an interview, whatever is left of it; what was kept unmarked is marked."""
        session = self.pause(profile, session_id, now)
        for attempt in self._store.attempts(profile, session_id):
            self._marking.mark(attempt, None)
        if session.ended is None:
            session = session.model_copy(update={"ended": now})
            self._store.save_session(session)
        return session

    def _must_be_open(self, profile: str, session_id: str, now: datetime) -> Open:
        opened = self.open(profile, session_id, now)
        if opened is None:
            raise UsageError("No question is open in this interview", "Begin a new one.")
        return opened
