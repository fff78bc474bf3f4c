"""A data folder as one file, and back. A backup is whole or not there; so is what it restores."""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import tarfile
import zlib
from contextlib import closing, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.config import PROGRESS
from assistant.errors import DataFolderError, SourceError, explain_os_error
from assistant.index import POINTER

_LEFT_OUT = {
    ".lock",
    *(PROGRESS + ending for ending in ("", "-wal", "-shm", "-journal", ".lock")),  # see _snapshot
}


def back_up(data_dir: Path, target: Path) -> int:
    """Write `data_dir` into the gzipped tar `target`, which is replaced only when it is whole.

    Returns:
        Size in bytes.

    Raises:
        DataFolderError: There is nothing to back up, an index run is at work, or no space.
    """
    if not _is_ours(data_dir):
        raise DataFolderError(
            f"{data_dir} holds no index and no progress", "Run `zhitu index` first."
        )
    part = target.with_name(target.name + ".part")
    progress = target.with_name(target.name + ".progress")
    ours = {part.absolute(), progress.absolute()}
    try:
        with FileLock(data_dir / ".lock", timeout=0):
            try:
                with tarfile.open(part, "w:gz") as tar:
                    for path in sorted(data_dir.iterdir()):
                        if path.name not in _LEFT_OUT and path.absolute() not in ours:
                            tar.add(path, arcname=path.name)
                    if (data_dir / PROGRESS).exists():
                        _snapshot(data_dir / PROGRESS, progress)
                        tar.add(progress, arcname=PROGRESS)
                part.replace(target)
            finally:
                for path in (part, progress):
                    with suppress(OSError):
                        path.unlink()
    except Timeout as error:
        raise _busy(data_dir) from error
    except (OSError, sqlite3.Error) as error:
        raise explain_os_error(error, target.parent) from error
    return target.stat().st_size


def restore(source: Path, data_dir: Path) -> int:
    """Put the backup `source` in the place of `data_dir`; what was there goes only at the end.

    Returns:
        Number of files.

    Raises:
        SourceError: `source` is no backup, or is damaged. The data folder stays as it was.
        DataFolderError: An index run is at work, or no space.
    """
    fresh = data_dir.with_name(data_dir.name + ".restoring")
    old = data_dir.with_name(data_dir.name + ".before")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(data_dir / ".lock", timeout=0):
            fresh.mkdir(parents=True)
            try:
                _check(source)
                with tarfile.open(source, "r:gz") as tar:
                    tar.extractall(fresh, filter="data")  # no links, no paths outside
            except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
                if isinstance(error, OSError) and error.errno:
                    raise
                raise SourceError(
                    f"{source} is no whole backup: {error}", "Use another."
                ) from error
            if not _is_ours(fresh):
                raise SourceError(f"{source} holds no index", "It isn't a backup of Zhitu.")
            _nobody_writes(data_dir / PROGRESS)
            count = sum(path.is_file() for path in fresh.rglob("*"))
            shutil.rmtree(old, ignore_errors=True)
            os.replace(data_dir, old)
            os.replace(fresh, data_dir)
        shutil.rmtree(old, ignore_errors=True)
    except Timeout as error:
        raise _busy(data_dir) from error
    except FileNotFoundError as error:
        raise SourceError(f"{source} does not exist", "Check the path.") from error
    except OSError as error:
        raise explain_os_error(error, data_dir) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return count


def _is_ours(folder: Path) -> bool:
    return (folder / "index" / POINTER).exists() or (folder / PROGRESS).exists()


def _snapshot(progress: Path, copy: Path) -> None:
    """Copy the progress as of one moment, its log included, while others may write to it.

    Raises:
        DataFolderError: It is damaged: a backup of that would only look like one.
    """
    copy.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(progress)) as live, closing(sqlite3.connect(copy)) as made:
            live.backup(made)
            # the header says that there is a log, which would lie beside the copy
            made.execute("PRAGMA journal_mode = DELETE")
            found = made.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "") not in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
            raise
        found = str(error)
    if found != "ok":
        raise DataFolderError(
            f"{progress} is damaged ({found.splitlines()[-1]})",
            "Restore an older backup (`zhitu restore FILE`), or move that file elsewhere.",
        )


def _nobody_writes(progress: Path) -> None:
    """Refuse to take the progress away under a program that would go on writing to it.

    Only the last one that has the file open may end the write-ahead log.

    Raises:
        DataFolderError: Another has it open.
    """
    if not progress.exists():
        return
    try:
        with closing(sqlite3.connect(progress, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:  # one that is damaged may go
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            raise DataFolderError(
                f"{progress} is open in another program", "Stop `zhitu ui`, then restore."
            ) from error


def _check(source: Path) -> None:
    """Read it to its end, which tarfile doesn't do: only there gzip compares its checksum."""
    with gzip.open(source) as stream:
        while stream.read(1 << 20):
            pass


def _busy(data_dir: Path) -> DataFolderError:
    return DataFolderError(f"An index run is at work in {data_dir}", "Wait until it is done.")
