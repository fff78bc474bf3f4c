"""Editing the learner's own notes: a passage of a file that the index was made from, and no other.

A file is written whole or not at all, never over what somebody else has written meanwhile, and
what stood there before is kept beside it.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from rapidfuzz import fuzz

from assistant.errors import SourceError, UsageError
from assistant.loaders import is_web, load_source
from assistant.loaders.text import refuse_unreadable
from assistant.note_file import BACKUP, NoteFile, read_backup, read_note, write_note
from assistant.schema import Entry
from assistant.tokenization import fold

_EXTRACTED = {".pdf", ".html", ".htm", ".xhtml"}  # their words are taken out, not read as they are
_LONG = 20_000  # characters of an entry; of a longer one a part is shown
_AROUND = 6_000  # characters shown before and after a claim in it
_ALIKE = 62.0  # of 100: from which on a line is the one that an erratum speaks of


@dataclass(frozen=True)
class Passage:
    """An entry's text in its file. `start` and `end` are characters of the whole text."""

    entry: str
    file: str
    text: str
    start: int
    end: int
    line: int  # where it begins, counted from 1
    sha256: str  # of the file as it was read: saving asks for it
    undo: bool  # whether the last save can be undone


@dataclass(frozen=True)
class Line:
    """A line of a file; `start` and `end` are characters of the whole text."""

    number: int  # counted from 1
    start: int
    end: int
    text: str


class NoteEdits:
    """Opens, saves, and takes back.

    Args:
        sources: The files that the index was made from.
        entries: The entries of the index.
    """

    def __init__(
        self, sources: Callable[[], Sequence[str]], entries: Callable[[], Sequence[Entry]]
    ) -> None:
        self._sources = sources
        self._entries = entries
        self._lock = threading.Lock()
        self._saved: dict[Path, str] = {}  # hash of a file as it was saved here last

    def editable(self, entry: Entry) -> bool:
        """Whether an entry stands in a text file of the learner's."""
        return (
            not is_web(entry.file)
            and Path(entry.file).is_absolute()
            and Path(entry.file).suffix.lower() not in _EXTRACTED
            and entry.file in self._sources()
        )

    def open(self, identity: str, at: int | None = None) -> Passage:
        """The text of an entry as it stands in its file now.

        Args:
            identity: Id of the entry.
            at: A character of the file that has to be in it, where the entry is long.

        Raises:
            UsageError: No such entry, or it may not be edited.
            SourceError: The file is gone, or can't be read.
        """
        entry = self._entry(identity)
        file = self._read(entry)
        start, end = self._span(entry, file)
        if end - start > _LONG:
            middle = min(max(at if at is not None else start, start), end)
            begin, stop = max(start, middle - _AROUND), min(end, middle + _AROUND)
            start = file.text.rfind("\n", start, begin) + 1 or start
            following = file.text.find("\n", stop, end)
            end = end if following < 0 else following + 1
        return self._passage(entry, file, start, end)

    def save(self, identity: str, start: int, end: int, text: str, sha256: str) -> Passage:
        """Write a passage back, and keep the file as it was beside it.

        Raises:
            UsageError: The file is not as it was opened, or the places are not in it.
            SourceError: It can't be written, or nothing would be left of it.
        """
        entry = self._entry(identity)
        with self._lock:
            file = self._read(entry)
            if file.sha256 != sha256:
                raise UsageError(
                    f"{file.path.name} has changed on the disk since it was opened",
                    "Copy your text, open the entry again, and put it in there.",
                )
            if not 0 <= start <= end <= len(file.text):
                raise UsageError("The passage is not in the file", "Open the entry again.")
            added = text.replace("\r\n", "\n").replace("\r", "\n")
            if end < len(file.text) and file.text[start:end].endswith("\n"):
                added = added.rstrip("\n") + _tail(file.text[start:end])
            refuse_unreadable(file.text[:start] + added + file.text[end:], file.path.name)
            self._saved[file.path] = write_note(file, file.with_text(start, end, added))
            return self._passage(entry, self._read(entry), start, start + len(added))

    def undo(self, identity: str) -> Passage:
        """Take the last save of an entry's file back; once more brings it again.

        Raises:
            UsageError: There is nothing to take back, or the file was changed since.
        """
        entry = self._entry(identity)
        with self._lock:
            file = self._read(entry)
            if self._saved.get(file.path) != file.sha256:
                raise UsageError(
                    f"{file.path.name} was not saved from here, or has changed since",
                    f"The version before is in {file.path.name}{BACKUP}, where there is one.",
                )
            self._saved[file.path] = write_note(file, read_backup(file.path))
        return self.open(identity)

    def line_of(self, identity: str, claim: str) -> Line | None:
        """The line of an entry's file that says what `claim` quotes; None where none is like it.

        Raises:
            UsageError: No such entry, or it may not be edited.
            SourceError: The file is gone, or can't be read.
        """
        passage = self.open(identity)
        wanted = fold(claim)
        best: tuple[float, Line] | None = None
        place = passage.start
        for number, text in enumerate(passage.text.split("\n"), passage.line):
            likeness = _likeness(wanted, fold(text.strip()))
            if likeness >= _ALIKE and (best is None or likeness > best[0]):
                best = (likeness, Line(number, place, place + len(text), text.strip()))
            place += len(text) + 1
        return best[1] if best else None

    def _entry(self, identity: str) -> Entry:
        entry = next((one for one in self._entries() if one.id == identity), None)
        if entry is None:
            raise UsageError(f"No entry is called {identity!r}", "Open it from the map again.")
        if not self.editable(entry):
            raise UsageError(
                f"{entry.title} stands in no text file of yours",
                "Only own notes in text or Markdown can be edited here.",
            )
        return entry

    def _read(self, entry: Entry) -> NoteFile:
        return read_note(Path(entry.file).resolve())

    def _span(self, entry: Entry, file: NoteFile) -> tuple[int, int]:
        """Where the entry begins and ends in the file as it is now, its own text only."""
        now = load_source(entry.file).entries
        there = [one for one in now if one.path == entry.path]
        if not there:
            raise SourceError(
                f"{entry.title} is no longer in {file.path.name}", "Update the index."
            )
        place = (entry.file, entry.path)
        alike = [one.id for one in self._entries() if (one.file, one.path) == place]
        here = there[min(alike.index(entry.id), len(there) - 1)]
        start = 0 if here is now[0] else file.text.rfind("\n", 0, here.start + 1) + 1
        later = [one.start for one in now if one.start > here.start]
        end = file.text.rfind("\n", 0, min(later) + 1) + 1 if later else len(file.text)
        return start, end

    def _passage(self, entry: Entry, file: NoteFile, start: int, end: int) -> Passage:
        lines = list(accumulate(len(line) + 1 for line in file.text.split("\n")))
        return Passage(
            entry=entry.id,
            file=file.path.name,
            text=file.text[start:end],
            start=start,
            end=end,
            line=bisect_right(lines, start) + 1,
            sha256=file.sha256,
            undo=self._saved.get(file.path) == file.sha256,
        )


def _tail(text: str) -> str:
    """The line ends that a text ends in: what follows it stands as far below it as before."""
    return text[len(text.rstrip("\n")) :]


def _likeness(claim: str, line: str) -> float:
    """0–100: how much of the shorter stands in the longer; a word or two prove nothing."""
    if len(line) < 4 or min(len(line), len(claim)) * 4 < min(12, len(claim)):
        return 0.0
    whole = fuzz.partial_ratio(claim, line)
    return float(whole * min(1.0, len(line) / (0.5 * len(claim))))
