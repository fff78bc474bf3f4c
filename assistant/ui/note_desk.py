"""What the reading view asks to mend the learner's own notes; the index follows what is saved."""

from __future__ import annotations

import html
import re
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import SourceError
from assistant.lexicon import compact
from assistant.loaders.names import split_title
from assistant.note_edits import NoteEdits, Passage
from assistant.note_file import BACKUP
from assistant.schema import Entry
from assistant.ui.desk import Desk

_TAG = re.compile(r"<[^>]*>")


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True)


class Of(_Asked):
    """An entry; `at` is a character of its file."""

    id: str = Field(min_length=1, max_length=400)
    at: int | None = Field(default=None, ge=0)


class Written(Of):
    """A passage as the learner has it now."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str = Field(max_length=1_000_000)
    sha256: str = Field(max_length=64)


class NoteDesk:
    """Notes that are being edited; nothing of them is kept here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def _edits(self) -> NoteEdits:
        return self._desk.assistant().note_edits

    def note_lines(self, given: Any) -> dict[str, Any]:
        """Whether an entry can be edited, and the lines of own notes that its errata speak of."""
        asked = Of.model_validate(given)
        assistant = self._desk.assistant()
        reading = assistant.read(asked.id)
        entries = assistant.entries()
        entry = next((one for one in entries if one.id == reading.id), None)
        editable = entry is not None and self._edits.editable(entry)
        lines = []
        if reading.errata and entry is not None:
            mine = [entry] if editable else [one for one in entries if self._same(one, entry)]
            for place, erratum in enumerate(reading.errata):
                claim = html.unescape(_TAG.sub("", erratum.claim))
                lines += [
                    {"erratum": place, **found} for one in mine if (found := self._line(one, claim))
                ]
        return {"editable": editable, "lines": lines}

    def note_open(self, given: Any) -> dict[str, Any]:
        """An entry's text as it stands in its file."""
        asked = Of.model_validate(given)
        return _sent(self._edits.open(asked.id, asked.at))

    def note_save(self, given: Any) -> dict[str, Any]:
        """Write a passage into its file, and bring the index up to date."""
        asked = Written.model_validate(given)
        saved = self._edits.save(asked.id, asked.start, asked.end, asked.text, asked.sha256)
        self._desk.start_indexing()
        return _sent(saved)

    def note_undo(self, given: Any) -> dict[str, Any]:
        """Take the last save back, and bring the index up to date."""
        undone = self._edits.undo(Of.model_validate(given).id)
        self._desk.start_indexing()
        return _sent(undone)

    def _same(self, one: Entry, other: Entry) -> bool:
        """Whether a note of the learner's is about what another entry is about."""
        names = {compact(name)[0] for name in (other.title, *other.aliases)}
        return self._edits.editable(one) and compact(split_title(one.title)[0])[0] in names

    def _line(self, entry: Entry, claim: str) -> dict[str, Any] | None:
        try:
            found = self._edits.line_of(entry.id, claim)
        except SourceError:
            return None  # its file is gone: the entry is still to be read
        if found is None:
            return None
        line = {"line": found.number, "start": found.start, "end": found.end, "text": found.text}
        return {"entry": entry.id, "file": entry.file.rpartition("/")[2], **line}


def _sent(passage: Passage) -> dict[str, Any]:
    return {"passage": {**asdict(passage), "backup": passage.file + BACKUP}}
