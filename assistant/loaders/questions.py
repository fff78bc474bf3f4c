"""The question bank: one YAML file an entry under `corpus/questions`.

Its English words lie beside it, under `corpus/questions_en`: a mapping from a question's id to its
words and those of its points, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from assistant.errors import SourceError
from assistant.schema import Question

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # six times as fast, where it is built in
_Rows = TypeVar("_Rows", list[Any], dict[str, Any])


def load_questions(folder: Path) -> list[Question]:
    """All questions, by file and then in their order.

    Raises:
        SourceError: A file is no YAML, or a question breaks the contract; the message names both.
    """
    return [question for path in question_files(folder) for question in read_questions(path)]


def in_english(bank: Iterable[Question], folder: Path) -> list[Question]:
    """The same questions in English; one without a translation stays as it is.

    Raises:
        SourceError: A translation is no YAML, or has other points than its question.
    """
    words: dict[str, Any] = {}
    for path in english_files(folder):
        words |= read_yaml(path, dict)
    return [
        translated(question, words[question.id]) if question.id in words else question
        for question in bank
    ]


def english_files(folder: Path) -> list[Path]:
    """The files of the bank's English in a fixed order."""
    return sorted((folder / "questions_en").rglob("*.yaml"))


def translated(question: Question, words: dict[str, Any]) -> Question:
    """A question with other words.

    Raises:
        SourceError: They don't fit it.
    """
    try:
        points = tuple(
            point.model_copy(update={"text": said["text"], "follow_up": said.get("follow_up", "")})
            for point, said in zip(question.points, words["points"], strict=True)
        )
        return question.model_copy(update={"question": words["question"], "points": points})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(
            f"The English of question {question.id} doesn't fit it: {error!r}",
            "Give it a question, and as many points as it has, each with its text.",
        ) from error


def question_files(folder: Path) -> list[Path]:
    """The files of the bank in a fixed order."""
    return sorted((folder / "questions").rglob("*.yaml"))


def read_questions(path: Path) -> Iterator[Question]:
    """The questions of one file."""
    for row in read_yaml(path, list):
        try:
            yield Question.model_validate(_with_entries(row))
        except ValidationError as error:
            trouble = "; ".join(
                f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
            )
            raise SourceError(f"{path}, question {row.get('id')}: {trouble}", "Mend it.") from error
        except (AttributeError, TypeError) as error:
            name = row.get("id") if isinstance(row, dict) else row
            raise SourceError(f"{path}, question {name}: {error}", "Mend it.") from error


def read_yaml(path: Path, kind: type[_Rows]) -> _Rows:
    """What a file of the bank holds; an empty one holds nothing.

    Raises:
        SourceError: It is no YAML, not UTF-8, or something else than a `kind`.
    """
    try:
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except yaml.YAMLError as error:
        raise SourceError(f"{path} is no YAML: {error}", "Mend it.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8: {error}", "Save it as UTF-8.") from error
    if rows is not None and not isinstance(rows, kind):
        what = "list of questions" if kind is list else "mapping of ids to words"
        raise SourceError(f"{path} holds no {what}", "See the other files of the bank.")
    return rows or kind()


def _with_entries(row: dict[str, Any]) -> dict[str, Any]:
    """A point without an entry rests on the question's first."""
    first = (row.get("entries") or [""])[0]
    points = [{"entry": first, **point} for point in row.get("points") or ()]
    return {**row, "points": points}
