"""Marks an answer point by point. One grader for people and for machines.

A point is held against the whole answer and against each of its pieces by the support checker's
model, and by rules for what the model sees badly. A chat model is asked where those are unsure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.calibration import Calibration
from assistant.errors import ChatModelError
from assistant.grounding import FEATURES as SUPPORT_FEATURES
from assistant.grounding import Passage, SupportChecker
from assistant.language import language_of, split_sentences
from assistant.marks import gap, overall, score
from assistant.opposition import single_terms
from assistant.prompting import build_grading
from assistant.reply import Reply, read_reply
from assistant.schema import (
    RELATIONS,
    ChatModel,
    Citation,
    Grade,
    GradeVerdict,
    KeyPoint,
    PairModel,
    Part,
    PointGrade,
    PointVerdict,
    Vectors,
)

# in the order of `RELATIONS`: what an answer says of a point
VERDICTS: tuple[PointVerdict, ...] = ("covered", "partial", "contradicted", "missing")
FEATURES = (*SUPPORT_FEATURES, *(f"sentence_{name}" for name in RELATIONS))
_LEAST = 1e-4  # chance: its logarithm must stay finite
_ASKED_BELOW = 0.6  # of the likeliest verdict: then a chat model is asked
_DOUBT_LEFT = np.float32(0.1)  # for each verdict that the chat model did not give
_LONGEST = 6000  # characters of an answer that are read
_PIECES = 6  # of an answer, that each point is held against; more only where it is long
_PIECE = 200  # characters of a piece then
_NO_WORD = 0.5  # what a statement without a word of the point counts, against one for each word
_LINE = re.compile(r"(\d+)\s*[:.\uff1a]\s*(covered|partial|missing|contradicted)", re.I)


@dataclass(frozen=True)
class Point:
    """A key point to hold an answer against."""

    text: str
    weight: int = 1
    follow_up: str = ""
    key: KeyPoint | None = None  # in the bank


Cite = Callable[[str, Point], Citation | None]  # question, point → the passage behind it


class Grader:
    """Holds answers against key points.

    Args:
        model: Reads an answer and a point together.
        checker: Its rules are asked too.
        cite: Finds the passage of the notes behind a point.
        calibration: By default the one fitted on dev answers.
    """

    def __init__(
        self,
        model: PairModel,
        checker: SupportChecker,
        cite: Cite,
        calibration: Calibration | None = None,
    ) -> None:
        self._model = model
        self._checker = checker
        self._cite = cite
        self._calibration = calibration or Calibration.load("grading")

    def grade(
        self, question: str, points: Sequence[Point], answer: str, chat: ChatModel | None = None
    ) -> Grade:
        """Mark one answer.

        Args:
            question: As asked; it gives a terse answer its meaning.
            points: At least one.
            answer: As typed, of any length, in any language, also empty.
            chat: Asked for the points that are in doubt; None leaves it to the pair model.
        """
        reply = read_reply(question, answer[:_LONGEST])
        judged = self._judge(question, points, reply)
        judge, error = "pair model", ""
        doubtful = [i for i, (row, _) in enumerate(judged) if row.max() < _ASKED_BELOW]
        if chat is not None and reply.text and doubtful:
            try:
                for i, verdict in _ask(chat, question, points, reply, doubtful).items():
                    asked = np.full(4, _DOUBT_LEFT, np.float32)
                    asked[VERDICTS.index(verdict)] = 1 - 3 * _DOUBT_LEFT
                    row, statements = judged[i]
                    judged[i] = (np.float32(0.5) * (asked + row), statements)
                judge = f"pair model, {chat.name} in doubt"
            except ChatModelError as failure:
                error = str(failure)
        said = pieces(reply.statements)
        marks = tuple(
            self._mark(question, point, row, sentences, said)
            for point, (row, sentences) in zip(points, judged, strict=True)
        )
        total = score(marks)
        return Grade(
            question=question,
            score=total,
            verdict=_overall(total, marks, reply),
            points=marks,
            add=tuple(mark.text for mark in marks if mark.verdict != "covered"),
            follow_up=_follow_up(question, points, marks),
            judge=judge,
            model_error=error,
        )

    def verdicts(self, question: str, points: Sequence[Point], answer: str) -> list[PointVerdict]:
        """The verdicts alone, without a chat model and without citations."""
        judged = self._judge(question, points, read_reply(question, answer[:_LONGEST]))
        return [VERDICTS[int(row.argmax())] for row, _ in judged]

    def _judge(
        self, question: str, points: Sequence[Point], reply: Reply
    ) -> list[tuple[Vectors, Vectors]]:
        """For each point: chances of the verdicts (4,), and of each piece (n, 4)."""
        if not reply.text:
            row = np.array([0, 0, 0, 1], np.float32)
            return [(row, np.empty((0, 4), np.float32)) for _ in points]
        texts = [point.text for point in points]
        rows, statements = self.features(question, texts, reply)
        return list(zip(self._calibration.chances(rows), statements, strict=True))

    def features(
        self, question: str, points: Sequence[str], reply: Reply
    ) -> tuple[Vectors, list[Vectors]]:
        """What the calibration reads.

        Args:
            question: As asked.
            points: Texts of the points.
            reply: It states something.

        Returns:
            float32 of shape (points, `FEATURES`); and for each point what the model says of it and
            each of the answer's `pieces` alone, (pieces, 4).
        """
        said = pieces(reply.statements)
        single = len(said) == 1
        premises = [reply.text] if single else [reply.text, *said]
        pairs = [(as_premise(question, premise), point) for point in points for premise in premises]
        read = self._model.relations(pairs).reshape(len(points), len(premises), len(RELATIONS))
        whole = Passage(reply.text, (question,), "")
        rows, statements = [], []
        for point, chances in zip(points, read, strict=True):
            alone = chances if single else chances[1:]
            logs = np.log(np.maximum([chances[0], alone.max(axis=0)], _LEAST))
            rows.append([*logs[0], *self._checker.signs(point, whole), *logs[1]])
            statements.append(alone)
        return np.array(rows, np.float32), statements

    def _mark(
        self, question: str, point: Point, row: Vectors, sentences: Vectors, said: Sequence[str]
    ) -> PointGrade:
        best = int(row.argmax())
        verdict = VERDICTS[best]
        quote = ""
        if verdict != "missing" and len(sentences):
            quote = _quoted(point.text, said, sentences, best)
        return PointGrade(
            text=point.text,
            verdict=verdict,
            weight=point.weight,
            confidence=round(float(row[best]), 3),
            quote=quote,
            citation=self._cite(question, point),
        )


def pieces(statements: Sequence[str]) -> list[str]:
    """The statements, neighbours joined where they are many: each costs a reading a point."""
    most = max(_PIECES, math.ceil(sum(map(len, statements)) / _PIECE))
    size = math.ceil(len(statements) / most)
    return ["".join(statements[i : i + size]) for i in range(0, len(statements), max(size, 1))]


def _quoted(point: str, said: Sequence[str], chances: Vectors, verdict: int) -> str:
    """The words that a verdict rests on: likely so by themselves, on the point, in its words.

    Args:
        point: Its text.
        said: The answer's `pieces`.
        chances: What the model says of each alone, (pieces, 4).
        verdict: Its place in `VERDICTS`.
    """
    on_it = 1 - chances[:, VERDICTS.index("missing")]
    weights = (chances[:, verdict] + on_it) * (_shared(point, said) + _NO_WORD)
    piece = said[int(weights.argmax())]
    sentences = split_sentences(piece)
    shared = _shared(point, sentences)
    return (sentences[int(shared.argmax())] if shared.any() else piece).strip()


def _shared(point: str, texts: Sequence[str]) -> Vectors:
    """How many of the point's terms stand in each text, float32 of shape (n,)."""
    wanted = {token.term for token in single_terms(point)}
    counts = [len(wanted & {token.term for token in single_terms(text)}) for text in texts]
    return np.array(counts, np.float32)


def as_premise(question: str, answer: str) -> tuple[Part, ...]:
    """An answer as a premise: the question gives a terse one its meaning."""
    return (("question", question), ("text", answer))


def _ask(
    chat: ChatModel, question: str, points: Sequence[Point], reply: Reply, doubtful: Sequence[int]
) -> dict[int, PointVerdict]:
    """The chat model's verdicts on some points, as far as it keeps to the form."""
    asked = [points[i].text for i in doubtful]
    said = "".join(chat.stream(build_grading(question, asked, reply.text)))
    found: dict[int, PointVerdict] = {}
    for number, word in _LINE.findall(said):
        if 1 <= int(number) <= len(doubtful):
            found[doubtful[int(number) - 1]] = next(v for v in VERDICTS if v == word.lower())
    return found


def _overall(total: int, marks: Sequence[PointGrade], reply: Reply) -> GradeVerdict:
    return overall(total, marks) if reply.text else "none"


def _follow_up(question: str, points: Sequence[Point], marks: Sequence[PointGrade]) -> str:
    """One question on the most valuable gap: what is false first, then missing, then half said."""
    worst = gap(marks)
    if worst is None:
        return ""
    if points[worst].follow_up:
        return points[worst].follow_up
    chinese = language_of(question) == "zh"
    if marks[worst].verdict == "contradicted":
        quote = split_sentences(marks[worst].quote)[0].strip()
        return (
            f"你说“{quote}”，再想想：真是这样吗？" if chinese else f"You said “{quote}”. Is it so?"
        )
    if marks[worst].verdict == "partial":
        quote = split_sentences(marks[worst].quote)[0].strip()
        return (
            f"“{quote}”只说了一半，另一半是什么？" if chinese
            else f"“{quote}” is half of it. What is the other half?"
        )  # fmt: skip
    return (
        f"还有一点没有说到。再想想这个问题：{question}"
        if chinese
        else f"One point is missing: {question}"
    )
