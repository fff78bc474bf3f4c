"""A text file of the learner's as it is written: encoding and line ends stay what they are."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SourceError
from assistant.files import replace_whole
from assistant.loaders.text import decode, read_bytes

BACKUP = ".zhitu.bak"  # after the file's name
_CODECS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "big5")


@dataclass(frozen=True)
class NoteFile:
    """A file that was read. `text` has `\\n` for every line end, as offsets count."""

    path: Path
    raw: str  # with its own line ends
    text: str
    codec: str
    sha256: str

    def with_text(self, start: int, end: int, added: str) -> str:
        """The raw text with another passage; `start` and `end` are places of `text`."""
        ends = "\r\n" if "\r\n" in self.raw else "\n"
        first, last = _places(self.raw, (start, end))
        return self.raw[:first] + added.replace("\n", ends) + self.raw[last:]


def read_note(path: Path) -> NoteFile:
    """Read a file so that it can be written back unharmed.

    Raises:
        SourceError: It is gone, is no text, or is in an encoding that can't be written back.
    """
    data = read_bytes(path)
    raw = decode(data, path.name)
    codec = next((codec for codec in _CODECS if _encodes(raw, codec, data)), None)
    if codec is None:
        raise SourceError(
            f"{path.name} is in an encoding that can't be written back unharmed",
            "Save it as UTF-8, run `zhitu index`, and open it again.",
        )
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    return NoteFile(path, raw, text, codec, hashlib.sha256(data).hexdigest())


def read_backup(path: Path) -> str:
    """The raw text that a file had before it was written last.

    Raises:
        SourceError: It is gone.
    """
    return decode(read_bytes(_backup(path)), path.name)


def write_note(file: NoteFile, raw: str) -> str:
    """Write a file anew, and what it was beside it; returns its hash.

    Raises:
        SourceError: It can't be written, or its encoding lacks a character; it is as it was.
    """
    if not os.access(file.path, os.W_OK):  # a folder's rights would let it be replaced
        raise SourceError(f"{file.path} can't be written: read only", "Check its rights.")
    try:
        data, before = raw.encode(file.codec), file.raw.encode(file.codec)
        replace_whole(_backup(file.path), before, like=file.path)
        replace_whole(file.path, data, like=file.path)
    except UnicodeEncodeError as error:
        raise SourceError(
            f"{file.path.name} can't hold {error.object[error.start : error.end]!r}",
            "Save the file as UTF-8 first.",
        ) from error
    except OSError as error:
        raise SourceError(
            f"{file.path} can't be written: {error.strerror}", "Check its rights."
        ) from error
    return hashlib.sha256(data).hexdigest()


def _backup(path: Path) -> Path:
    return path.with_name(path.name + BACKUP)


def _encodes(text: str, codec: str, data: bytes) -> bool:
    try:
        return text.encode(codec) == data
    except UnicodeEncodeError:
        return False


def _places(raw: str, wanted: tuple[int, int]) -> list[int]:
    """Where places of the text with `\\n` for every line end are in the text as it is."""
    if "\r" not in raw:
        return list(wanted)
    found: list[int] = []
    place = count = 0
    for target in wanted:
        while count < target:
            place += 2 if raw.startswith("\r\n", place) else 1
            count += 1
        found.append(place)
    return found
