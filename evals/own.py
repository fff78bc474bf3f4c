"""The learner's own questions: `evals/own.jsonl` of the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from filelock import FileLock

from assistant.errors import UsageError
from assistant.files import write_whole
from evals.rows import RetrievalRow, read_rows

OWN = "own"  # the name of the set, and the kind of its questions


def own_path(data_dir: Path) -> Path:
    """Where the learner's own questions lie."""
    return data_dir / "evals" / "own.jsonl"


def own_rows(data_dir: Path) -> list[RetrievalRow]:
    """The learner's own questions, oldest first; none is no error."""
    return read_rows(own_path(data_dir), RetrievalRow)


def add_own(data_dir: Path, question: str, entries: Sequence[str]) -> RetrievalRow:
    """Add a question that should have found one of `entries`; the same one twice is one.

    Raises:
        UsageError: The question or the list of entries is empty.
    """
    text = " ".join(question.split())
    if not text or not entries:
        raise UsageError(
            "A question of your own needs words and an entry", "Say what should have been found."
        )
    identity = "own-" + hashlib.sha256("\n".join([text, *entries]).encode()).hexdigest()[:10]
    row = RetrievalRow(id=identity, q=text, kind=OWN, entries=tuple(entries))
    with _own_lock(data_dir):
        rows = own_rows(data_dir)
        if all(other.id != identity for other in rows):
            _write_own(data_dir, [*rows, row])
    return row


def remove_own(data_dir: Path, identity: str) -> bool:
    """Take a question away again; whether it was there."""
    with _own_lock(data_dir):
        rows = own_rows(data_dir)
        kept = [row for row in rows if row.id != identity]
        if len(kept) < len(rows):
            _write_own(data_dir, kept)
    return len(kept) < len(rows)


def _own_lock(data_dir: Path) -> FileLock:
    path = own_path(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path.with_suffix(".lock"))


def _write_own(data_dir: Path, rows: Iterable[RetrievalRow]) -> None:
    write_whole(own_path(data_dir), "".join(f"{row.model_dump_json()}\n" for row in rows))
