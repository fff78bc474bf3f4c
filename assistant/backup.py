"""A data folder as one file, and back. A backup is whole or not there; so is what it restores."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zlib
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import DataFolderError, SourceError, explain_os_error
from assistant.index import POINTER

_LEFT_OUT = {".lock"}


def back_up(data_dir: Path, target: Path) -> int:
    """Write `data_dir` into the gzipped tar `target`, which is replaced only when it is whole.

    Returns:
        Size in bytes.

    Raises:
        DataFolderError: There is nothing to back up, an index run is at work, or no space.
    """
    if not (data_dir / "index" / POINTER).exists():
        raise DataFolderError(f"{data_dir} holds no index", "Run `zhitu index` first.")
    part = target.with_name(target.name + ".part")
    try:
        with FileLock(data_dir / ".lock", timeout=0), tarfile.open(part, "w:gz") as tar:
            for path in sorted(data_dir.iterdir()):
                if path.name not in _LEFT_OUT and path.absolute() != part.absolute():
                    tar.add(path, arcname=path.name)
        part.replace(target)
    except Timeout as error:
        raise _busy(data_dir) from error
    except OSError as error:
        with suppress(OSError):
            part.unlink()
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
            if not (fresh / "index" / POINTER).exists():
                raise SourceError(f"{source} holds no index", "It isn't a backup of Zhitu.")
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


def _check(source: Path) -> None:
    """Read it to its end, which tarfile doesn't do: only there gzip compares its checksum."""
    with gzip.open(source) as stream:
        while stream.read(1 << 20):
            pass


def _busy(data_dir: Path) -> DataFolderError:
    return DataFolderError(f"An index run is at work in {data_dir}", "Wait until it is done.")
