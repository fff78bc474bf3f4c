"""Fits a learner's weights in a process of its own.

The optimiser takes torch into memory and a core for many seconds: there, the page stays quick and
the memory comes back. The process reads one line of JSON from standard input, the reviews and the
weights in use, and writes one document, the fit, to standard output; and ends when standard input
is closed, so it can't outlive the program that started it, however that one ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO

from assistant.errors import FitError, UsageError
from assistant.fitting import Fit, check, fit
from assistant.study import Review

_LONGEST = 1800  # seconds
_TICK = 0.5  # seconds between two looks whether this program ends
_CODE = "from assistant.fit_process import main; main()"
_PACKAGE = Path(__file__).resolve().parents[1]
_TURN = threading.Lock()  # one at a time: each takes a core and some 400 MB


def run(reviews: Sequence[Review], used: Sequence[float] | None) -> Fit:
    """Fit in another process, and wait for it; see `fitting.fit`.

    Args:
        reviews: All of one learner, oldest first.
        used: The weights in use; None for the default ones.

    Raises:
        UsageError: The reviews are too few, or another fit is under way.
        FitError: The process failed.
    """
    check(reviews)
    if not _TURN.acquire(blocking=False):
        raise busy()
    try:
        return _run(reviews, used)
    finally:
        _TURN.release()


def busy() -> UsageError:
    """The error for a fit that is asked for while another is under way."""
    return UsageError("Intervals are being fitted already", "Try it again in a minute.")


def _run(reviews: Sequence[Review], used: Sequence[float] | None) -> Fit:
    asked = {"reviews": [one.model_dump(mode="json") for one in reviews], "used": used}
    path = os.pathsep.join(filter(None, [str(_PACKAGE), os.environ.get("PYTHONPATH")]))
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            # one thread: the tensors are tiny, and more would only take cores from the page
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C in the terminal is for us, and we end it
        )
    except OSError as error:
        raise _failed(str(error)) from None
    said, complained = _answer(process, json.dumps(asked) + "\n")
    if process.returncode:
        raise _failed(_reason(process.returncode, complained), killed=process.returncode < 0)
    try:
        found = json.loads(said)
        return Fit(tuple(found["weights"]), found["before"], found["after"])
    except (ValueError, KeyError, TypeError):
        raise _failed("its answer can't be read") from None


def _answer(process: subprocess.Popen[str], asked: str) -> tuple[str, str]:
    """What a process wrote to its two outputs, once it has ended; it is ended with this program."""
    pipe, process.stdin = process.stdin, None  # `communicate` would close it
    assert pipe is not None
    writer = threading.Thread(target=_write, args=(pipe, asked), daemon=True)
    writer.start()  # a process that never reads must not keep us
    end = time.monotonic() + _LONGEST
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=_TICK)
            if time.monotonic() >= end:
                raise _failed(f"it took longer than {_LONGEST // 60} minutes")
            # Python waits for threads such as this one before it would call what `atexit` holds
            if not threading.main_thread().is_alive():
                raise _failed("the program ends")
    finally:
        with process:
            process.kill()
        writer.join()
        with contextlib.suppress(OSError):
            pipe.close()


def _write(pipe: IO[str], text: str) -> None:
    with contextlib.suppress(OSError):  # it has ended: it says itself why
        pipe.write(text)
        pipe.flush()


def _reason(status: int, said: str) -> str:
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"its process was ended by {name}"
    return next(reversed(said.strip().splitlines()), f"its process ended with {status}")


def _failed(reason: str, killed: bool = False) -> FitError:
    step = "Free some memory, about 500 MB, and try it again." if killed else "Try it again."
    return FitError(f"The intervals could not be fitted ({reason})", f"Nothing was changed. {step}")


def main() -> None:
    """Fit what stands in the first line of standard input."""
    if hasattr(os, "nice"):
        os.nice(10)  # whoever waits for the page comes first
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    reviews = [Review.model_validate(one) for one in asked["reviews"]]
    print(json.dumps(asdict(fit(reviews, asked["used"]))))


def _end_with_input() -> None:
    while os.read(0, 4096):  # not `sys.stdin`: its lock would be held when Python ends
        pass
    os._exit(1)
