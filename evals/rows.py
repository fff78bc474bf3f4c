"""The rows of the gold sets, one class a kind, and how a file of them is read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import ZhituError

Relation = Literal["supported", "contradicted", "unrelated"]
Verdict = Literal["covered", "partial", "missing", "contradicted"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class GoldError(ZhituError):
    """A gold set is not there, or a row of it is not what it should be."""


class GoldRow(BaseModel):
    """What all rows have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)


class RetrievalRow(GoldRow):
    """A question, and the entries that answer it, the most natural one first."""

    q: str = Field(min_length=1)
    kind: str
    entries: tuple[str, ...] = Field(min_length=1)


class SeedRow(GoldRow):
    """A question on the raw seed notes, judged by fragments of the lines that answer."""

    q: str = Field(min_length=1)
    kind: str
    entries: tuple[str, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()


class AnswersRow(GoldRow):
    """A question, and the claims that a full answer makes."""

    q: str = Field(min_length=1)
    kind: str
    answerable: bool
    entries: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()
    history: tuple[str, ...] = ()


class SupportRow(GoldRow):
    """A sentence, a passage, and what the passage says of the sentence."""

    sentence: str = Field(min_length=1)
    passage: str = Field(min_length=1)
    entry: str = ""
    kind: str
    relation: Relation


class GradingRow(GoldRow):
    """A learner's answer, and a verdict for each key point."""

    question: str = Field(min_length=1)
    points: tuple[str, ...] = Field(min_length=1)
    answer: str
    style: str
    entries: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...]
    question_id: str = ""

    @model_validator(mode="after")
    def _one_verdict_a_point(self) -> GradingRow:
        if len(self.verdicts) != len(self.points):
            raise ValueError(f"{len(self.points)} points, but {len(self.verdicts)} verdicts")
        return self


ROWS: dict[str, type[GoldRow]] = {
    "retrieval": RetrievalRow,
    "seed": SeedRow,
    "answers": AnswersRow,
    "support": SupportRow,
    "grading": GradingRow,
}

R = TypeVar("R", bound=GoldRow)


def read_rows(path: Path, row: type[R]) -> list[R]:
    """Read a set; one that is not there is empty.

    Raises:
        GoldError: The file can't be read, or a row is not what it should be: which line, and why.
    """
    if not path.exists():
        return []
    found: dict[str, R] = {}
    try:
        # not splitlines: it would also cut at characters that may stand in a question
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path} can't be read: {error}", "Restore it, or delete it.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = row.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the row"
            raise GoldError(
                f"{path}, line {number}: {place}: {first['msg']}",
                "Correct that line; evals/gold/README.md says what stands in a row.",
            ) from error
        if read.id in found:
            raise GoldError(f"{path}, line {number}: the id {read.id} is there twice", "Rename it.")
        found[read.id] = read
    return list(found.values())
