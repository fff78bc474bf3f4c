"""Learners in process after process, each killed at some moment; none need import anything first.

A line on standard input names a database. The process that is started for it sends the last answer
again, as a page does after a lost connection, marks what is unmarked, and then answers and is
marked until it is killed. It prints `stored ID` and `marked ID` once the store has said so; between
two of them stand its process id and, when it is gone, its exit status.
"""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path

import alembic.command  # noqa: F401  the first migration begins at once
from store_kit import NOW, attempt, card, grade, review

from assistant.store import Store


def say(*words: object) -> None:
    os.write(1, f"{' '.join(map(str, words))}\n".encode())  # in one piece, whatever comes


def learn(file: Path) -> None:
    store = Store(file)
    me = store.default_profile(NOW).id

    def mark(identity: str, question: str) -> None:
        before = store.cards(me).get(question)
        after = card(question, reps=1 + (before.reps if before else 0))
        store.mark(identity, grade(), 3, after, review(identity, question))
        say("marked", identity)

    def answer(n: int, identity: str) -> None:
        question = f"q{n % 7}"
        given = attempt(me, identity, n, question_id=question)
        if n % 2:
            store.record(given)
            say("stored", identity)
            mark(identity, question)
            return
        before = store.cards(me).get(question)
        after = card(question, reps=1 + (before.reps if before else 0))
        store.record(given.model_copy(update={"rating": 3}), after, review(identity, question))
        say("stored", identity)
        say("marked", identity)

    done = store.attempts(me)
    if done:
        answer(len(done) - 1, done[-1].id)
    for kept in done:
        if kept.rating is None and store.attempt(kept.id).rating is None:
            mark(kept.id, kept.question_id)
    n = len(done)
    while True:
        answer(n, uuid.uuid4().hex)
        n += 1


if __name__ == "__main__":
    say("ready")
    for line in sys.stdin:
        process = os.fork()
        if not process:
            learn(Path(line.rstrip("\n")))
        say("began", process)
        say("ended", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
