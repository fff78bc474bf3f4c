"""The judges that are measured: what the product checks sentences and grades answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from assistant.grading import Grader as PointGrader
from assistant.grading import Point
from assistant.grounding import SUPPORT, Passage, SupportChecker
from assistant.pipeline import Assistant
from evals.grading import Grader
from evals.rows import Verdict
from evals.support import SupportJudge


class CheckerJudge:
    """The support checker of the ask path."""

    name = "checker"

    def __init__(self, checker: SupportChecker) -> None:
        self._checker = checker

    def relations(self, pairs: Sequence[tuple[Passage, str]]) -> list[Mapping[str, float]]:
        """See `SupportJudge`; a sentence is read once with the passages that follow each other."""
        found: list[Mapping[str, float]] = []
        for sentence, group in groupby(pairs, key=lambda pair: pair[1]):
            chances = self._checker.chances(sentence, [passage for passage, _ in group])
            found += [dict(zip(SUPPORT, map(float, row), strict=True)) for row in chances]
        return found


class GraderJudge:
    """The grader of the interview, without a chat model."""

    name = "grader"

    def __init__(self, grader: PointGrader) -> None:
        self._grader = grader

    def grade(self, question: str, points: Sequence[str], answer: str) -> list[Verdict]:
        """See `evals.grading.Grader`."""
        return self._grader.verdicts(question, [Point(text) for text in points], answer)


def support_judge(assistant: Assistant) -> SupportJudge:
    """The support checker in force.

    Raises:
        ModelMissingError: Its model is not on this machine.
    """
    return CheckerJudge(assistant.services().checker)


def grader(assistant: Assistant) -> Grader:
    """The grader in force.

    Raises:
        ModelMissingError: Its model is not on this machine.
    """
    return GraderJudge(assistant.grader())
