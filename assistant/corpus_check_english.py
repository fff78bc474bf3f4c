"""Checks the English of the question bank: every question has it, and it fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from assistant.errors import SourceError
from assistant.loaders.questions import english_files, read_yaml, translated
from assistant.schema import Question


def english_troubles(folder: Path, bank: Mapping[str, Question]) -> Iterator[tuple[Path, int, str]]:
    """File, line and message of whatever is missing, left over, or doesn't fit.

    A corpus without any English has none to check.
    """
    files = english_files(folder)
    found: set[str] = set()
    for path in files:
        try:
            words = read_yaml(path, dict)
        except SourceError as error:
            yield path, 1, error.found.removeprefix(f"{path} ").split("\n")[0]
            continue
        lines = path.read_text(encoding="utf-8").split("\n")
        for identity, said in words.items():
            heads = [i for i, text in enumerate(lines, 1) if text.startswith(f"{identity}:")]
            line = heads[-1] if heads else 1
            if identity in found:
                yield path, line, f"the English of {identity} stands twice"
            found.add(identity)
            if identity not in bank:
                yield path, line, f"there is no question {identity}"
                continue
            try:
                made = translated(bank[identity], said)
            except SourceError as error:
                yield path, line, error.found
                continue
            for point, other in zip(bank[identity].points, made.points, strict=True):
                if bool(point.follow_up) != bool(other.follow_up):
                    yield path, line, f"{identity}: a follow-up stands in one language only"
    if files:
        for identity in bank:
            if identity not in found:
                yield folder / "questions_en", 1, f"{identity} has no English"
