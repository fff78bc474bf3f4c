"""What was measured of the files in a folder, so that they need not be read at every start."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Literal

from assistant.model_partial import sha256_of

_FILE = "record.json"


class Record:
    """Size, time and hash of files, in `record.json` beside them.

    A file whose size and time are those of the record is taken to be what was measured; any other
    is read again. Where the folder can't be written, it is read again every time.

    Args:
        folder: Where the files lie.
        names: Which files; by default all that the record names.
    """

    def __init__(self, folder: Path, names: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._entries: dict[str, dict[str, Any]] = _read(folder / _FILE)
        self._names = names or tuple(self._entries)

    def state(
        self, name: str, size: int, sha256: str, thorough: bool
    ) -> Literal["ready", "missing", "damaged"]:
        """Compare a file with what it should be.

        Args:
            name: The file, relative to the folder.
            size: Its size in bytes; 0 where that is not known.
            sha256: Its hash; empty where that is not known, and then the first measurement holds.
            thorough: Read the file even if nothing seems to have changed.
        """
        try:
            found = (self._folder / name).stat()
        except OSError:
            return "missing"
        if size and found.st_size != size:
            return "damaged"
        before = self._entries.get(name, {})
        same = (before.get("size"), before.get("mtime_ns")) == (found.st_size, found.st_mtime_ns)
        expected = sha256 or before.get("first", "")
        measured = before["sha256"] if same and not thorough else self.measure(name)
        return "ready" if not expected or measured == expected else "damaged"

    def measure(self, name: str) -> str:
        """Read a file, and remember its hash."""
        path = self._folder / name
        found = path.stat()
        digest = sha256_of(path)
        first = self._entries.get(name, {}).get("first", digest)
        self._entries[name] = {
            "size": found.st_size,
            "mtime_ns": found.st_mtime_ns,
            "sha256": digest,
            "first": first,
        }
        self._save()
        return digest

    def drop(self, name: str) -> None:
        """Delete a file and what is known of it."""
        (self._folder / name).unlink(missing_ok=True)
        if self._entries.pop(name, None):
            self._save()

    def seal(self) -> None:
        """Measure every file below the folder: from now on they must stay as they are."""
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and path.name != _FILE:
                self.measure(path.relative_to(self._folder).as_posix())

    def intact(self, thorough: bool) -> bool:
        """Whether a sealed folder is as it was sealed."""
        states = [self.state(name, 0, "", thorough) for name in self._names]
        return bool(states) and set(states) == {"ready"}

    def total(self) -> str:
        """One hash for all the files."""
        text = "".join(f"{name}\0{self._entries[name]['sha256']}\n" for name in sorted(self._names))
        return hashlib.sha256(text.encode()).hexdigest()

    def _save(self) -> None:
        path = self._folder / _FILE
        fresh = path.with_name(f"{_FILE}.{os.getpid()}")
        try:
            fresh.write_text(json.dumps(self._entries, indent=1), encoding="utf-8")
            os.replace(fresh, path)
        except OSError:  # a shared, read-only store works too, only slower
            fresh.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}
