"""The question bank: one YAML file an entry under `corpus/questions`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from assistant.errors import SourceError
from assistant.schema import Question


def load_questions(folder: Path) -> list[Question]:
    """All questions, by file and then in their order.

    Raises:
        SourceError: A file is no YAML, or a question breaks the contract; the message names both.
    """
    return [question for path in question_files(folder) for question in read_questions(path)]


def question_files(folder: Path) -> list[Path]:
    """The files of the bank in a fixed order."""
    return sorted((folder / "questions").rglob("*.yaml"))


def read_questions(path: Path) -> Iterator[Question]:
    """The questions of one file."""
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except yaml.YAMLError as error:
        raise SourceError(f"{path} is no YAML: {error}", "Mend it.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8: {error}", "Save it as UTF-8.") from error
    if not isinstance(rows, list):
        raise SourceError(f"{path} holds no list of questions", "Begin each with `- id: …`.")
    for row in rows:
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


def _with_entries(row: dict[str, Any]) -> dict[str, Any]:
    """A point without an entry rests on the question's first."""
    first = (row.get("entries") or [""])[0]
    points = [{"entry": first, **point} for point in row.get("points") or ()]
    return {**row, "points": points}
