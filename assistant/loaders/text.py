"""Reads a file of text whatever its encoding, and refuses what is no text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SourceError

MAX_BYTES = 64 * 1024 * 1024
MAX_LINE = 100_000  # characters; no person writes such a line
_SAMPLE = 64 * 1024


@dataclass(frozen=True)
class TextFile:
    """Decoded text with `\\n` line ends, and the SHA-256 of the bytes it came from."""

    path: Path
    text: str
    sha256: str


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Raises:
        SourceError: Missing, a folder, no ordinary file, or too large.
    """
    try:
        if not path.exists():
            raise SourceError(f"{path} does not exist", "Check the path after --source.")
        if path.is_dir():
            raise SourceError(f"{path} is a folder", "Name a file in it.")
        if not path.is_file():  # a pipe or a device may have no end
            raise SourceError(f"{path} is no ordinary file", "Save the notes in a file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(
                f"{path} has {size:,} bytes; at most {MAX_BYTES:,} are read",
                "Split it into several files.",
            )
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} can't be read: {error.strerror}", "Check its rights.") from error


def read_text(path: Path) -> TextFile:
    """Read `path` as UTF-8, else as what its bytes look like (GBK, Big5, UTF-16 …).

    Raises:
        SourceError: Missing, a folder, empty, binary, too large, or with a line no note has.
    """
    data = read_bytes(path)
    text = decode(data, str(path)).replace("\r\n", "\n").replace("\r", "\n")
    refuse_unreadable(text, str(path))
    return TextFile(path, text, hashlib.sha256(data).hexdigest())


def refuse_unreadable(text: str, name: str) -> None:
    """Raise where a text is empty or has a line that no note has; `name` is for the message.

    Raises:
        SourceError: It is so.
    """
    if not text.strip():
        raise SourceError(f"{name} is empty", "Write some notes into it, or leave it out.")
    longest = max(text.split("\n"), key=len)
    if len(longest) > MAX_LINE:
        number = text.split("\n").index(longest) + 1
        raise SourceError(
            f"Line {number} of {name} has {len(longest):,} characters; {MAX_LINE:,} is the most",
            "Break that line up, or leave the file out.",
        )


def decode(data: bytes, name: str) -> str:
    """Decode `data`, UTF-8 first; `name` is for the message.

    Raises:
        SourceError: The bytes are no text in any encoding that is tried.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _utf16(data, name)
    if b"\x00" in data[:_SAMPLE]:
        raise SourceError(f"{name} is binary, not text", "Give a text or Markdown file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    # GB18030 holds GBK and GB2312. A guesser that is asked first takes short Chinese texts for
    # Cyrillic or Korean; it only decides where the strict decoder refuses.
    try:
        text = data.decode("gb18030")
        if _looks_chinese(text):
            return text
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        raise SourceError(f"{name} is in no text encoding we know", "Save it as UTF-8.")
    try:
        return data.decode(best.encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{name} looks like {best.encoding} but byte {error.start} is not",
            "Save it as UTF-8.",
        ) from error


def _utf16(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{name} begins like UTF-16 but byte {error.start} is not", "Save it as UTF-8."
        ) from error
    if "\x00" in text:
        raise SourceError(f"{name} is binary, not text", "Give a text or Markdown file.")
    return text


def _looks_chinese(text: str) -> bool:
    """Whether most of what isn't ASCII are everyday Chinese characters and punctuation."""
    foreign = [c for c in text if ord(c) > 0x7F]
    common = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef"
                 for c in foreign)  # fmt: skip
    return bool(foreign) and common / len(foreign) > 0.9
