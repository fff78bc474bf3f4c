"""Killed at any moment, a run of the index leaves the old index or the new one, whole."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import TESTS, MakeAssistant
from fakes import NOTES, write_corpus

KILLS = 25
QUESTION = "捷径怎样缓解梯度消失"


def notes_of(version: int) -> str:
    """The small notes, with the version in every claim: a mixture of two would show."""
    return re.sub(r"(?m)^( {8}.*)$", rf"\1 版本{version}", NOTES)


@pytest.fixture(scope="module")
def forker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """The process that starts the runs; it imports what they need, once."""
    corpus = write_corpus(tmp_path_factory.mktemp("forker") / "corpus")
    process = subprocess.Popen(
        [sys.executable, TESTS / "forker.py"],
        env={**os.environ, "FAKE_CORPUS": str(corpus), "FAKE_PAUSE": "0.002"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,  # standard error is pytest's own, shown when a test fails
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    yield process
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


class Runs:
    """`zhitu index` in one process after the other."""

    def __init__(self, forker: subprocess.Popen[str], notes: Path, data: Path) -> None:
        self.notes, self.data = notes, data
        self.version = 0
        self._counts = data.parent / "counts"
        self._forker = forker

    def start(self, kill_at: int | None = None) -> int:
        """Write the notes' next version and begin to index it; returns the process id."""
        self.version += 1
        self.notes.write_text(notes_of(self.version), encoding="utf-8")
        arguments = ["--data-dir", str(self.data), "index", "--no-corpus"]
        arguments += ["--source", str(self.notes), "--json"]
        row = {"arguments": arguments, "counts": str(self._counts), "kill_at": kill_at}
        self._forker.stdin.write(json.dumps(row) + "\n")
        self._forker.stdin.flush()
        return int(self._answer())

    def end(self) -> int:
        """Wait until the process is gone; returns its exit status."""
        lines = [self._answer()]
        while not re.fullmatch(r"-?\d+", lines[-1]):  # before it stands what the command printed
            lines.append(self._answer())
        return int(lines[-1])

    def events(self) -> int:
        return int(self._counts.read_text())

    def _answer(self) -> str:
        line = self._forker.stdout.readline()
        assert line, "the forker is gone"
        return line.rstrip("\n")


@pytest.fixture
def runs(forker: subprocess.Popen[str], notes: Path, data: Path) -> Runs:
    return Runs(forker, notes, data)


def version_that_serves(make: MakeAssistant, data: Path) -> int:
    """Open what is there as a restart would, see that it is whole, ask it; returns its version."""
    assistant = make(data)
    index = assistant.services().index
    index.verify()
    chunks = index.chunks(range(index.manifest.chunks))
    versions = {int(v) for chunk in chunks for v in re.findall(r"版本(\d+)", chunk.text)}
    assert len(versions) == 1, "two versions are mixed"
    (version,) = versions
    hit = assistant.search(QUESTION)[0]
    assert hit.path[-1] == "ResNet"
    assert f"版本{version}" in hit.text
    for method in (index.dense(index.vectors[0], 5)[0], index.lexical(["梯度"]).nonzero()[0]):
        assert len(method)
    assistant.close()
    return version


def check(make: MakeAssistant, data: Path, good: int, killed: int) -> int:
    serving = version_that_serves(make, data)
    assert serving in (good, killed)
    return serving


def finish(make: MakeAssistant, runs: Runs, data: Path) -> None:
    runs.start()
    assert runs.end() == 0
    assert version_that_serves(make, data) == runs.version
    assert len(list((data / "index").glob("g[0-9]*"))) <= 2  # no half is left


def test_killed_25_times_at_random_moments_no_index_is_lost_or_mixed(
    make: MakeAssistant, runs: Runs, data: Path
) -> None:
    runs.start()
    assert runs.end() == 0
    began = time.perf_counter()
    runs.start()
    assert runs.end() == 0
    whole = time.perf_counter() - began  # seconds of a run
    good = version_that_serves(make, data)
    rng = random.Random(20)
    outcomes = []
    for _ in range(KILLS):
        process = runs.start()
        time.sleep(rng.uniform(0, 1.05 * whole))  # the moment is what is tested
        with suppress(ProcessLookupError):  # it was quicker
            os.kill(process, signal.SIGKILL)
        outcomes.append(runs.end())
        good = check(make, data, good, runs.version)
    assert outcomes.count(-signal.SIGKILL) > KILLS // 2
    finish(make, runs, data)


def test_killed_before_each_file_that_it_touches_no_index_is_lost_or_mixed(
    make: MakeAssistant, runs: Runs, data: Path
) -> None:
    runs.start()
    assert runs.end() == 0
    runs.start()
    assert runs.end() == 0
    good, last = runs.version, runs.events()
    assert last > 20
    # all of the end, where the new index takes the place of the old, and samples of the rest; a run
    # that first sweeps up the half before it touches some files more
    moments = sorted({*range(last - 11, last + 25), *range(1, last, max(1, last // 12))})
    served = set()
    for moment in moments:
        runs.start(kill_at=moment)
        assert runs.end() in (-signal.SIGKILL, 0)
        good = check(make, data, good, runs.version)
        served.add(good == runs.version)
    assert served == {True, False}  # some left the old one, some the new one
    finish(make, runs, data)


def test_killed_at_the_very_first_run_there_is_no_index_and_the_next_run_makes_one(
    make: MakeAssistant, runs: Runs, data: Path
) -> None:
    for moment in (1, 5, 15):
        runs.start(kill_at=moment)
        assert runs.end() == -signal.SIGKILL
        state = make().state()
        assert state.index == "missing"
        assert "zhitu index" in state.index_message
    finish(make, runs, data)
