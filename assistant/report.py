"""What an interview came to: the value that the page, the files and the terminal show.

`report` is pure. Scores are 0–100 with hints taken off and overruled verdicts in place, as
`marks.score_of` gives them; a skipped question has none and counts nowhere, "I don't know" is 0.
A follow-up stands beside its question and doesn't change its score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import fmean

from pydantic import BaseModel, ConfigDict

from assistant.marks import UNSURE, WORTH, score_of, settled
from assistant.mastery import entry_of
from assistant.schema import Citation, Entry, PointVerdict, Question, QuestionKind
from assistant.study import Attempt, Outcome, Plan, Session, Why

EARLIER = 20  # interviews that a report is compared with, at most


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class PointLine(_Value):
    """A key point, and what the answer said of it."""

    text: str
    verdict: PointVerdict  # as it counts
    given: PointVerdict  # the grader's; another than `verdict` where the learner overruled it
    weight: int
    unsure: bool = False  # the grader's verdict stands, and was less than an even chance
    quote: str = ""  # the learner's own words
    citation: Citation | None = None


class Followed(_Value):
    """The follow-up to a question, where it was answered."""

    asked: str
    answer: str
    score: int | None
    points: tuple[PointLine, ...] = ()


class Answered(_Value):
    """One question of the interview."""

    number: int  # 1 for the first
    attempt_id: str
    question_id: str
    entry: str
    path: tuple[str, ...]  # titles, from the section down to the entry
    kind: QuestionKind
    difficulty: int  # 1–3
    why: Why  # why it was chosen
    question: str
    outcome: Outcome
    answer: str
    hints: int
    seconds: float
    score: int | None  # None: skipped
    points: tuple[PointLine, ...] = ()
    follow_up: Followed | None = None


class SectionScore(_Value):
    """A section of the map."""

    section: str
    title: str
    score: int | None  # mean; None where everything was skipped
    questions: int


class Reread(_Value):
    """An entry that points were lost on."""

    entry: str
    path: tuple[str, ...]
    lost: float  # weights of the points lost, half for half said
    questions: tuple[int, ...]  # their numbers in the report


class Sitting(_Value):
    """An interview of the same learner, in one line."""

    session: str
    started: datetime
    score: int | None
    questions: int  # that were marked


class Report(_Value):
    """An interview from its plan to what is to be read again."""

    session: str
    plan: Plan
    scope: tuple[str, ...]  # titles; empty for the whole map
    started: datetime
    ended: datetime | None
    minutes: float  # pauses taken off
    score: int | None  # mean; None where nothing was marked
    answered: int
    unknown: int
    skipped: int
    hints: int
    verdicts: dict[PointVerdict, int]  # of the points of all marked questions, all four keys
    overruled: int  # points whose verdict the learner changed
    sections: tuple[SectionScore, ...]  # in the order of the map
    reread: tuple[Reread, ...]  # most was lost on the first
    earlier: tuple[Sitting, ...]  # oldest first, this one not among them
    questions: tuple[Answered, ...]  # in the order asked


def report(
    bank: Mapping[str, Question],
    corpus: Mapping[str, Entry],
    session: Session,
    attempts: Sequence[Attempt],
    earlier: Sequence[tuple[Session, Sequence[Attempt]]] = (),
) -> Report:
    """Sum up an interview.

    Args:
        bank: Questions by id; one that it lost since is left out.
        corpus: The built-in entries by id, in the order of the map.
        session: The interview.
        attempts: What was answered in it, follow-ups included.
        earlier: Other interviews of the learner with their attempts, in any order.
    """
    questions = _questions(bank, corpus, session, attempts)
    points = [point for one in questions for point in one.points]
    verdicts: dict[PointVerdict, int] = dict.fromkeys(WORTH, 0)
    for point in points:
        verdicts[point.verdict] += 1
    before = sorted(
        (sitting(*one) for one in earlier if one[0].started < session.started),
        key=lambda one: one.started,
    )
    return Report(
        session=session.id,
        plan=session.plan,
        scope=tuple(_path(corpus, entry)[-1] for entry in session.plan.scope),
        started=session.started,
        ended=session.ended,
        minutes=round(session.used / 60, 1),
        score=_mean([one.score for one in questions]),
        answered=sum(one.outcome == "answered" for one in questions),
        unknown=sum(one.outcome == "unknown" for one in questions),
        skipped=sum(one.outcome == "skipped" for one in questions),
        hints=sum(one.hints for one in questions),
        verdicts=verdicts,
        overruled=sum(point.verdict != point.given for point in points),
        sections=_sections(corpus, questions),
        reread=_reread(corpus, questions),
        earlier=tuple(one for one in before if one.score is not None)[-EARLIER:],
        questions=questions,
    )


def sitting(session: Session, attempts: Sequence[Attempt]) -> Sitting:
    """An interview in one line."""
    marks = [score_of(attempt) for attempt in attempts if attempt.kind != "follow_up"]
    marked = [mark for mark in marks if mark is not None]
    return Sitting(
        session=session.id, started=session.started, score=_mean(marks), questions=len(marked)
    )


def _questions(
    bank: Mapping[str, Question],
    corpus: Mapping[str, Entry],
    session: Session,
    attempts: Sequence[Attempt],
) -> tuple[Answered, ...]:
    mains = {one.question_id: one for one in attempts if one.kind != "follow_up"}
    follow_ups = {one.question_id: one for one in attempts if one.kind == "follow_up"}
    asked = [c for c in session.choices if c.question_id in mains and c.question_id in bank]
    found = []
    for number, choice in enumerate(asked, 1):
        question, attempt = bank[choice.question_id], mains[choice.question_id]
        followed = follow_ups.get(question.id)
        entry = entry_of(question.id)
        found.append(
            Answered(
                number=number,
                attempt_id=attempt.id,
                question_id=question.id,
                entry=entry,
                path=_path(corpus, entry),
                kind=question.kind,
                difficulty=question.difficulty,
                why=choice.why,
                question=attempt.asked,
                outcome=attempt.outcome,
                answer=attempt.answer,
                hints=attempt.hints,
                seconds=attempt.seconds,
                score=score_of(attempt),
                points=point_lines(attempt),
                follow_up=None if followed is None else _followed(followed),
            )
        )
    return tuple(found)


def point_lines(attempt: Attempt) -> tuple[PointLine, ...]:
    """The points of an answer, each with the verdict that counts and the grader's."""
    now = settled(attempt)
    if now is None or attempt.grade is None:
        return ()
    return tuple(
        PointLine(
            text=mark.text,
            verdict=mark.verdict,
            given=before.verdict,
            weight=mark.weight,
            unsure=mark.verdict == before.verdict and mark.confidence < UNSURE,
            quote=mark.quote,
            citation=mark.citation,
        )
        for mark, before in zip(now.points, attempt.grade.points, strict=True)
    )


def _followed(attempt: Attempt) -> Followed:
    return Followed(
        asked=attempt.asked,
        answer=attempt.answer,
        score=score_of(attempt),
        points=point_lines(attempt),
    )


def _sections(
    corpus: Mapping[str, Entry], questions: Sequence[Answered]
) -> tuple[SectionScore, ...]:
    of_section: dict[str, list[Answered]] = {}
    for one in questions:
        of_section.setdefault(one.entry.partition("/")[0], []).append(one)
    order = {identity: place for place, identity in enumerate(corpus)}
    return tuple(
        SectionScore(
            section=section,
            title=inside[0].path[0],
            score=_mean([one.score for one in inside]),
            questions=len(inside),
        )
        for section, inside in sorted(
            of_section.items(), key=lambda item: (order.get(item[0], len(order)), item[0])
        )
    )


def _reread(corpus: Mapping[str, Entry], questions: Sequence[Answered]) -> tuple[Reread, ...]:
    lost: dict[str, float] = {}
    numbers: dict[str, dict[int, None]] = {}
    for one in questions:
        for point in one.points:
            cost = (1 - WORTH[point.verdict]) * point.weight
            if cost > 0:
                entry = point.citation.entry if point.citation else one.entry
                lost[entry] = lost.get(entry, 0.0) + cost
                numbers.setdefault(entry, {})[one.number] = None
    return tuple(
        Reread(entry=entry, path=_path(corpus, entry), lost=cost, questions=tuple(numbers[entry]))
        for entry, cost in sorted(lost.items(), key=lambda item: (-item[1], item[0]))
    )


def _path(corpus: Mapping[str, Entry], entry: str) -> tuple[str, ...]:
    found = corpus.get(entry)
    return found.path if found else (entry,)


def _mean(scores: Sequence[int | None]) -> int | None:
    marked = [score for score in scores if score is not None]
    return round(fmean(marked)) if marked else None
