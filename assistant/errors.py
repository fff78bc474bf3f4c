"""The errors a user can meet. Each says what was found and what to do next."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

_ROOM = 4 * 1024 * 1024  # bytes; where less is free, SQLite and Chroma fail for want of it


class ZhituError(Exception):
    """What every error of this package derives from.

    Args:
        found: What went wrong, in one sentence without a final stop.
        next_step: The next thing for the reader to do, as a command where there is one.
    """

    def __init__(self, found: str, next_step: str) -> None:
        super().__init__(f"{found}. {next_step}")
        self.found = found
        self.next_step = next_step


class SettingsError(ZhituError):
    """A setting is unknown, or its value is out of range."""


class UsageError(ZhituError):
    """The request itself can't be served: empty question, unknown scope, and the like."""


class SourceError(ZhituError):
    """A source of notes can't be read."""


class DataFolderError(ZhituError):
    """The data folder can't be used: not writable, locked, or out of space."""


class StoreError(ZhituError):
    """The learners' progress can't be read or kept: damaged, of a newer version, not reachable."""


class FitError(ZhituError):
    """The intervals could not be fitted to a learner's reviews; nothing was changed."""


class IndexStateError(ZhituError):
    """There is no index yet, or it was made by other settings than those in force."""


class ModelMissingError(ZhituError):
    """A model is not on this machine, and can't be had now."""


class ModelDamagedError(ZhituError):
    """A model's file doesn't have the hash of the manifest."""


class ChatModelError(ZhituError):
    """The chat model or its endpoint failed."""


def explain_os_error(error: Exception, folder: Path) -> DataFolderError:
    """Say in a person's words why the data folder refused.

    SQLite and Chroma have no error numbers: where they fail, the room left says why.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOSPC or (number is None and _room(folder) < _ROOM):
        return DataFolderError(
            f"The disk that holds {folder} is full", "Free some space, then run it again."
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DataFolderError(
            f"{folder} can't be written to",
            "Choose another folder with --data-dir or ZHITU_DATA_DIR.",
        )
    return DataFolderError(f"{folder} can't be used: {error}", "Choose another with --data-dir.")


def _room(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return _ROOM
