"""Fits a learner's weights in a process of its own.

The optimiser takes torch into memory and a core for many seconds: there, the page stays quick and
the memory comes back. The process reads one document of JSON from standard input, the reviews and
the weights in use, and writes one, the fit, to standard output.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from assistant.errors import FitError, UsageError
from assistant.fitting import Fit, check, fit
from assistant.study import Review

_LONGEST = 1800  # seconds
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
        done = subprocess.run(
            [sys.executable, "-P", "-c", _CODE],
            input=json.dumps(asked),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LONGEST,
            # one thread: the tensors are tiny, and more would only take cores from the page
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"it took longer than {_LONGEST // 60} minutes") from None
    except OSError as error:
        raise _failed(str(error)) from None
    if done.returncode:
        raise _failed(_reason(done.returncode, done.stderr))
    try:
        found = json.loads(done.stdout)
        return Fit(tuple(found["weights"]), found["before"], found["after"])
    except (ValueError, KeyError, TypeError):
        raise _failed("its answer can't be read") from None


def _reason(status: int, said: str) -> str:
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"its process was ended by {name}"
    return next(reversed(said.strip().splitlines()), f"its process ended with {status}")


def _failed(reason: str) -> FitError:
    return FitError(
        f"The intervals could not be fitted ({reason})",
        "Nothing was changed. Free some memory, about 500 MB, and try it again.",
    )


def main() -> None:
    """Fit what stands on standard input."""
    if hasattr(os, "nice"):
        os.nice(10)  # whoever waits for the page comes first
    asked = json.load(sys.stdin)
    reviews = [Review.model_validate(one) for one in asked["reviews"]]
    print(json.dumps(asdict(fit(reviews, asked["used"]))))
