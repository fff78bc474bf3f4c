"""A file that is being fetched: it grows piece by piece, and is whole before anyone sees it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from assistant.errors import DataFolderError

BLOCK = 1 << 20  # bytes

# Windows knows no quota error.
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


class Partial:
    """`NAME.part` beside the file it will become, and `NAME.part.json` with a hash a piece.

    Opening it checks the pieces on disk and cuts off what was not finished or is damaged, so that a
    fetch goes on where the last one was sure of its bytes, from whatever source: the bytes must be
    the same. `tag` says which bytes these are: their hash, or the source where none is known.
    """

    def __init__(self, target: Path, tag: str = "") -> None:
        self._target = target
        self._path = target.with_name(target.name + ".part")
        self._record = target.with_name(target.name + ".part.json")
        self._pieces: list[tuple[int, str]] = []
        self._tag = tag
        target.parent.mkdir(parents=True, exist_ok=True)
        self._recover()

    @property
    def size(self) -> int:
        """Bytes that are there and checked."""
        return sum(size for size, _ in self._pieces)

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._target.parent

    def cut(self, multiple: int) -> None:
        """Drop what lies beyond the last multiple of `multiple` bytes."""
        end = self.size - self.size % multiple
        while self.size > end:
            self._pieces.pop()
        begun = end - self.size
        if begun:
            with self._path.open("rb") as file:
                file.seek(self.size)
                self._pieces.append((begun, _hash_of_next(file, begun)))
        self._truncate()

    def cut_all(self) -> None:
        """Begin again."""
        self._pieces.clear()
        self._truncate()

    def append(self, blocks: Iterable[bytes]) -> int:
        """Append one piece and record it. Returns its size in bytes.

        A piece that breaks off leaves bytes beyond the record; the next one overwrites them.
        """
        piece = hashlib.sha256()
        size = 0
        with self._path.open("r+b") as file:
            file.seek(self.size)
            file.truncate()
            for block in blocks:
                file.write(block)
                piece.update(block)
                size += len(block)
            file.flush()
            os.fsync(file.fileno())
        if size:
            self._pieces.append((size, piece.hexdigest()))
            self._save()
        return size

    def sha256(self) -> str:
        """The hash of what is on disk now, read back."""
        return sha256_of(self._path)

    def git_hash(self) -> str:
        """The name that git would give these bytes."""
        total = hashlib.sha1(b"blob %d\0" % self.size, usedforsecurity=False)
        with self._path.open("rb") as file:
            for block in iter(lambda: file.read(BLOCK), b""):
                total.update(block)
        return total.hexdigest()

    def finish(self) -> None:
        """Put the file in its place, at once."""
        os.replace(self._path, self._target)
        self._record.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete what is there."""
        self._path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)

    def _recover(self) -> None:
        self._path.touch()
        try:
            record = json.loads(self._record.read_text(encoding="utf-8"))
            claimed = [(int(size), str(digest)) for size, digest in record["pieces"]]
            known = record["tag"] == self._tag
        except (OSError, ValueError, KeyError, TypeError):
            claimed, known = [], False
        if known:
            with self._path.open("rb") as file:
                for size, digest in claimed:
                    if _hash_of_next(file, size) != digest:
                        break
                    self._pieces.append((size, digest))
        self._truncate()

    def _truncate(self) -> None:
        os.truncate(self._path, self.size)
        self._save()

    def _save(self) -> None:
        fresh = self._record.with_suffix(".new")
        fresh.write_text(json.dumps({"tag": self._tag, "pieces": self._pieces}), encoding="utf-8")
        os.replace(fresh, self._record)


def bytes_below(folder: Path) -> int:
    """The size of all files in a folder, while others may be at work in it."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # it was moved while we looked
            continue
    return total


def part_size(target: Path) -> int:
    """Bytes of a fetch that is under way or was broken off; 0 if there is none."""
    try:
        return target.with_name(target.name + ".part").stat().st_size
    except OSError:
        return 0


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what a disk can refuse into an error that says what to do.

    Raises:
        DataFolderError: No space, no permission, or a read-only disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise no_space(folder) from error
        if error.errno in _REFUSED:
            raise DataFolderError(
                f"The models folder {folder} can't be written ({error.strerror})",
                "Make it writable, or name another with ZHITU_MODELS_DIR.",
            ) from error
        raise


def no_space(folder: Path, needed: int = 0, free: int = 0) -> DataFolderError:
    """The error for a disk that is full, or will be."""
    figures = f": {needed / 1e6:,.0f} MB needed, {free / 1e6:,.0f} MB free" if needed else ""
    return DataFolderError(
        f"No space left for models in {folder}{figures}",
        "Free some, or name another folder with ZHITU_MODELS_DIR; then: zhitu models pull",
    )


def _hash_of_next(file: BinaryIO, size: int) -> str:
    total = hashlib.sha256()
    left = size
    while left > 0:
        block = file.read(min(BLOCK, left))
        if not block:
            return ""
        total.update(block)
        left -= len(block)
    return total.hexdigest()
