"""The learner's own questions, as the page adds, shows and takes them back."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import UsageError, ZhituError
from assistant.ui.desk import Desk, Failure


class _Wanted(BaseModel):
    """A question, and the entries that should have been found."""

    model_config = ConfigDict(frozen=True)

    q: str = Field(min_length=1, max_length=2000)
    entries: tuple[str, ...] = Field(min_length=1, max_length=20)


class _Kept(BaseModel):
    """A question that is in the set."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1, max_length=80)


def add(desk: Desk, wanted: Any) -> dict[str, Any]:
    """Add a question to the learner's own set; returns its id, or what went wrong."""
    from evals.own import add_own

    try:
        asked = _Wanted.model_validate(wanted)
        known = {node.id for node in desk.outline().nodes}
        if lost := [entry for entry in asked.entries if entry not in known]:
            raise UsageError(f"No entry is called {lost[0]!r}", "Choose one from the list.")
        row = add_own(desk.assistant().settings.data_dir, asked.q, asked.entries)
        return {"id": row.id}
    except (ZhituError, ValidationError) as error:
        return {"failure": Failure.of(error).model_dump()}


def listed(desk: Desk) -> list[dict[str, Any]]:
    """The questions of the set, newest first; an entry that is gone goes by its id.

    Raises:
        ZhituError: The notes are not open, or the set is damaged.
    """
    from evals.own import own_rows

    titles = {node.id: node.title for node in desk.outline().nodes}
    rows = own_rows(desk.assistant().settings.data_dir)
    return [
        {
            "id": row.id,
            "q": row.q,
            "entries": [{"id": entry, "title": titles.get(entry, entry)} for entry in row.entries],
        }
        for row in reversed(rows)
    ]


def remove(desk: Desk, kept: Any) -> dict[str, Any]:
    """Take a question out of the set again."""
    from evals.own import remove_own

    try:
        asked = _Kept.model_validate(kept)
        return {"removed": remove_own(desk.assistant().settings.data_dir, asked.id)}
    except (ZhituError, ValidationError) as error:
        return {"failure": Failure.of(error).model_dump()}
