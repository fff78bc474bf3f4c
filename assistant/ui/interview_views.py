"""An interview as the page draws it: the question that is open, and an answer with its marking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.interview import Open
from assistant.learner import Learner
from assistant.marking import Marked
from assistant.marks import HINT
from assistant.mastery import entry_of
from assistant.report import PointLine, point_lines
from assistant.schema import Citation, Entry, Erratum, QuestionKind
from assistant.study import Attempt, Outcome, Session, Why


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class QuestionView(_Value):
    """The question to answer now."""

    session: str
    paused: bool
    number: int
    of: int
    id: str
    text: str
    above: tuple[str, ...]  # its place on the map, without the entry: that may be the answer
    kind: QuestionKind
    difficulty: int
    why: Why
    retrievability: float | None
    strict: bool
    hints: tuple[str, ...]  # taken already
    hints_left: int
    hint_cost: int  # of 100
    seconds_left: float | None


class PointView(PointLine):
    """A key point; `n` is the number of the bullet behind it."""

    n: int | None


class MarkView(_Value):
    """An answer with its marking."""

    attempt: str
    question_id: str
    asked: str
    entry: str
    path: tuple[str, ...]
    answer: str
    outcome: Outcome
    hints: int
    score: int | None
    marked: int | None  # before hints were taken off
    points: tuple[PointView, ...]
    citations: tuple[Citation, ...]
    errata: tuple[Erratum, ...]
    follow_up: str
    followed: MarkView | None = None  # the follow-up, where it was answered
    judge: str
    model_error: str
    rating: int | None
    due: datetime | None  # when the question comes back


def question_view(opened: Open, corpus: Mapping[str, Entry]) -> dict[str, Any]:
    """The open question for the page."""
    session, question = opened.session, opened.question
    entry = corpus.get(entry_of(question.id))
    above = (entry.path[:-1] or entry.path) if entry else ()
    weighty = sorted(question.points, key=lambda point: -point.weight)  # as hints are given
    return QuestionView(
        session=session.id,
        paused=session.resumed is None,
        number=opened.number,
        of=session.plan.questions,
        id=question.id,
        text=question.question,
        above=above,
        kind=question.kind,
        difficulty=question.difficulty,
        why=opened.choice.why,
        retrievability=opened.choice.retrievability,
        strict=session.plan.style == "strict",
        hints=tuple(p.follow_up or question.question for p in weighty[: session.hints]),
        hints_left=opened.hints_left,
        hint_cost=HINT,
        seconds_left=opened.seconds_left,
    ).model_dump(mode="json")


def mark_view(
    marked: Marked, corpus: Mapping[str, Entry], learner: Learner, followed: Marked | None = None
) -> MarkView:
    """A marking for the page."""
    attempt = marked.attempt
    entry = entry_of(attempt.question_id)
    place = {_at(citation): citation.n for citation in marked.model_answer}
    card = learner.cards(attempt.profile).get(attempt.question_id)
    return MarkView(
        attempt=attempt.id,
        question_id=attempt.question_id,
        asked=attempt.asked,
        entry=entry,
        path=corpus[entry].path if entry in corpus else (entry,),
        answer=attempt.answer,
        outcome=attempt.outcome,
        hints=attempt.hints,
        score=marked.score,
        marked=marked.grade.score if marked.grade else None,
        points=tuple(
            PointView(
                **point.model_dump(),
                n=place.get(_at(point.citation)) if point.citation else None,
            )
            for point in point_lines(attempt)
        ),
        citations=marked.model_answer,
        errata=marked.errata,
        follow_up=marked.follow_up,
        followed=mark_view(followed, corpus, learner) if followed else None,
        judge=marked.grade.judge if marked.grade else "",
        model_error=marked.grade.model_error if marked.grade else "",
        rating=attempt.rating,
        due=card.due if card and attempt.rating is not None else None,
    )


def summary(session: Session, attempts: list[Attempt]) -> dict[str, Any]:
    """An interview that was left in the middle, in one line."""
    return {
        "session": session.id,
        "started": session.started.isoformat(),
        "answered": sum(attempt.kind == "interview" for attempt in attempts),
        "of": session.plan.questions,
        "minutes": session.plan.minutes,
        "aim": session.plan.aim,
    }


def _at(citation: Citation) -> tuple[str, int]:
    return citation.source.file, citation.source.start
