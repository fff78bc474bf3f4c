"""Killed at any moment, no answer that was said to be stored is lost, and none counts twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import TESTS
from store_kit import NOW

from assistant.store import Store

KILLS = 25


class Child:
    """The process that starts the learners, and all that they said."""

    def __init__(self, script: str = "store_child.py") -> None:
        self._process = subprocess.Popen(
            [sys.executable, TESTS / script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,  # standard error is pytest's own, shown when a test fails
            text=True,
        )
        assert self._line() == ["ready"]

    def run(self, file: Path, seconds: float) -> list[list[str]]:
        """Let a learner answer for so long, kill it; returns what it said."""
        self._process.stdin.write(f"{file}\n")
        self._process.stdin.flush()
        said = []
        while (line := self._line())[0] != "began":
            said.append(line)
        time.sleep(seconds)  # the moment is what is tested
        os.kill(int(line[1]), signal.SIGKILL)
        while (line := self._line())[0] != "ended":
            said.append(line)
        assert line[1] == str(-signal.SIGKILL), "it ended of itself"
        return said

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _line(self) -> list[str]:
        line = self._process.stdout.readline()
        assert line, "the child is gone"
        return line.split()


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    made = Child()
    yield made
    made.close()


def check(file: Path, said: list[list[str]]) -> None:
    """Open what is there as a restart would, and hold it against all that was said."""
    store = Store(file)
    me = store.default_profile(NOW).id
    attempts = {kept.id: kept for kept in store.attempts(me)}
    reviews = store.reviews(me)
    for word, identity in said:
        assert identity in attempts, "an answer that was stored is lost"
        if word == "marked":
            assert attempts[identity].rating == 3, "a mark that was stored is lost"
    rated = [kept.id for kept in attempts.values() if kept.rating is not None]
    assert sorted(rated) == sorted(review.id for review in reviews)
    counts = Counter(review.question_id for review in reviews)
    assert {q: kept.reps for q, kept in store.cards(me).items()} == counts, "counted twice"
    store.close()
    raw = sqlite3.connect(file)
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    raw.close()


def test_killed_25_times_while_it_stores_nothing_is_lost_or_counted_twice(
    child: Child, tmp_path: Path
) -> None:
    rng = random.Random(5)
    said: list[list[str]] = []
    kill, longest = 0, 0.25  # seconds
    while kill < KILLS or len(said) <= 4 * KILLS:  # on a slow machine until enough was stored
        said += child.run(tmp_path / "progress.sqlite3", rng.uniform(0, longest))
        kill += 1
        if kill > KILLS:
            longest *= 1.1
        if kill % 2 == 0:  # in between the next one finds the log as the dead one left it
            check(tmp_path / "progress.sqlite3", said)
    check(tmp_path / "progress.sqlite3", said)


def test_killed_while_the_database_is_made_the_next_start_makes_it(
    child: Child, tmp_path: Path
) -> None:
    rng = random.Random(6)
    for kill in range(10):
        file = tmp_path / f"{kill}.sqlite3"
        said = child.run(file, rng.uniform(0, 0.12))
        check(file, said)
