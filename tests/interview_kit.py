"""A small bank, a grader that can be predicted, and an interview over them with a real store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assistant.interview import Interview
from assistant.learner import Learner
from assistant.marking import Marked
from assistant.marks import gap, overall, score
from assistant.scheduling import Scheduler
from assistant.schema import (
    ChatModel,
    Citation,
    Entry,
    Erratum,
    Grade,
    KeyPoint,
    PointGrade,
    PointVerdict,
    Question,
    QuestionKind,
    Source,
)
from assistant.store import Store
from assistant.study import Outcome, Plan

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
RESNET, DENSE, WGAN = "backbone/deeper/resnet", "backbone/deeper/densenet", "gan/loss/wgan"
_KINDS: tuple[QuestionKind, ...] = ("recall", "mechanism", "compare", "apply")
_TITLES = {
    "backbone": "骨干网络", "backbone/deeper": "更深的网络", RESNET: "ResNet", DENSE: "DenseNet",
    "gan": "生成网络", "gan/loss": "对抗损失", WGAN: "WGAN",
}  # fmt: skip


def question(
    entry: str, number: int, difficulty: int = 2, weights: tuple[int, ...] = (3, 1)
) -> Question:
    """A question whose points read `ENTRY NUMBER a`, `… b`, …; the first weighs most."""
    name = entry.rpartition("/")[2]
    return Question(
        id=f"{entry}#{number}",
        question=f"{name} {number}?",
        entries=(entry,),
        kind=_KINDS[number % 4],
        difficulty=difficulty,
        points=tuple(
            KeyPoint(
                text=f"{name} {number} {letter}", weight=weight, bullet="b", entry=entry,
                follow_up=f"and {name} {number} {letter}?",
            )
            for letter, weight in zip("abc", weights, strict=False)
        ),
    )  # fmt: skip


def bank_of(*questions: Question) -> dict[str, Question]:
    """Questions by id."""
    return {one.id: one for one in questions}


# three entries of three questions each, of difficulty 1 to 3
BANK = bank_of(*(question(entry, n, n) for entry in (RESNET, DENSE, WGAN) for n in (1, 2, 3)))


def corpus() -> dict[str, Entry]:
    """The entries behind the bank; ResNet's note has a mistake in it."""
    made = {}
    for identity in _TITLES:
        above = [one for one in _TITLES if identity == one or identity.startswith(f"{one}/")]
        wrong = Erratum(entry=identity, claim="彻底解决", correction="缓解")
        made[identity] = Entry(
            id=identity,
            path=tuple(_TITLES[one] for one in above),
            errata=(wrong,) if identity == RESNET else (),
        )
    return made


def cited(entry: str, start: int = 0) -> Citation:
    """The bullet behind a point."""
    source = Source(title="笔记", file=f"{entry}.md", url="", start=start, end=start + 4)
    return Citation(n=1, entry=entry, path=(entry,), kind="note", quote="要点", source=source)


class WordMarks:
    """A grader that looks for a point's text: `X` covers it, `half X` half, `not X` denies it."""

    def __init__(self) -> None:
        self.asked: list[str] = []  # every answer that was marked
        self.fail: Exception | None = None

    def question(self, question: Question, answer: str, chat: ChatModel | None) -> Grade:
        return self._grade(question.question, question.points, answer)

    def follow_up(self, asked: str, point: KeyPoint, answer: str, chat: ChatModel | None) -> Grade:
        return self._grade(asked, (point,), answer).model_copy(update={"follow_up": ""})

    def _grade(self, asked: str, points: tuple[KeyPoint, ...], answer: str) -> Grade:
        if self.fail is not None:
            raise self.fail
        self.asked.append(answer)
        marks = tuple(
            PointGrade(
                text=point.text, verdict=_verdict(point.text, answer), weight=point.weight,
                confidence=1.0, quote=answer[:20], citation=cited(point.entry, place),
            )
            for place, point in enumerate(points)
        )  # fmt: skip
        missed, total = gap(marks), score(marks)
        return Grade(
            question=asked,
            score=total,
            verdict=overall(total, marks) if answer else "none",
            points=marks,
            add=tuple(mark.text for mark in marks if mark.verdict != "covered"),
            follow_up="" if missed is None else points[missed].follow_up,
            judge="words",
        )


def _verdict(text: str, answer: str) -> PointVerdict:
    if text not in answer:
        return "missing"
    if f"half {text}" in answer:
        return "partial"
    return "contradicted" if f"not {text}" in answer else "covered"


def in_words(text: str) -> str:
    """English for a text of the bank, as far as the tests need any."""
    return f"English of {text}"


ENGLISH = {
    identity: question.model_copy(
        update={
            "question": in_words(question.question),
            "points": tuple(
                p.model_copy(update={"text": in_words(p.text)}) for p in question.points
            ),
        }
    )
    for identity, question in BANK.items()
}


class Room:
    """An interview with a store of its own, and a clock that stands until it is moved."""

    def __init__(self, file: Path, bank: Mapping[str, Question] = BANK) -> None:
        self.store = Store(file)
        self.learner = Learner(self.store, bank, {}, Scheduler())
        self.use(WordMarks())
        self.me = self.store.default_profile(NOW).id
        self.now = NOW
        self._given = 0

    def use(self, marks: WordMarks) -> None:
        """Let another grader mark."""
        self.marks = marks
        self.interview = Interview(self.learner, marks, corpus(), ENGLISH)

    def wait(self, **time: float) -> datetime:
        """Move the clock on."""
        self.now += timedelta(**time)
        return self.now

    def start(self, who: str = "", **plan: object) -> str:
        """Begin an interview; returns its id."""
        session = self.interview.start(who or self.me, Plan.model_validate(plan), self.now)
        return session.id

    def asked(self, session: str, who: str = "") -> Question | None:
        """The question that is open."""
        opened = self.interview.open(who or self.me, session, self.now)
        return opened.question if opened else None

    def answer(
        self, session: str, text: str = "", outcome: Outcome = "answered", who: str = ""
    ) -> Marked:
        """Answer what is open, 30 seconds later; `text` empty says all that is asked for."""
        who = who or self.me
        open_question = self.asked(session, who)
        assert open_question is not None
        said = text or full(open_question)
        self._given += 1
        return self.interview.answer(
            who, session, f"{session}/{self._given}", said if outcome == "answered" else "",
            outcome, 30, self.wait(seconds=30), question_id=open_question.id,
        )  # fmt: skip


def full(question: Question) -> str:
    """An answer that says all."""
    return ", ".join(point.text for point in question.points)
