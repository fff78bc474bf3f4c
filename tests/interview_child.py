"""Interviews in process after process, each killed at some moment; see `store_child.py`.

A process goes on with the interview that it finds, else begins one. It prints `stored ID` when the
grader is asked, for then the answer must be kept, `marked ID` when the engine has given the mark,
and `followed ID` for a follow-up. Some answers are sent twice, as a page does that lost its reply.
"""

from __future__ import annotations

import os
import random
import sys
import time
import uuid
from pathlib import Path

import alembic.command  # noqa: F401  the first migration begins at once
from interview_kit import NOW, Room, WordMarks, bank_of, full, question

from assistant.schema import ChatModel, Grade, KeyPoint, Question

BANK = bank_of(*(question(f"backbone/e{e}", n) for e in range(6) for n in (1, 2, 3)))
MARKING = 0.008  # seconds that a mark takes, so that some kills fall into it


def say(*words: object) -> None:
    os.write(1, f"{' '.join(map(str, words))}\n".encode())  # in one piece, whatever comes


class SlowMarks(WordMarks):
    """Takes its time; the first word of an answer is the answer's id."""

    def question(self, question: Question, answer: str, chat: ChatModel | None) -> Grade:
        if answer:
            say("stored", answer.split()[0])
        time.sleep(MARKING)
        return super().question(question, answer, chat)

    def follow_up(self, asked: str, point: KeyPoint, answer: str, chat: ChatModel | None) -> Grade:
        say("stored", answer.split()[0])
        time.sleep(MARKING)
        return super().follow_up(asked, point, answer, chat)


def room(file: Path) -> Room:
    made = Room(file, BANK)
    made.use(SlowMarks())
    return made


def learn(file: Path) -> None:
    here, rng = room(file), random.Random(os.getpid())
    me, interview = here.me, here.interview
    here.now = max((a.at for a in here.store.attempts(me)), default=NOW)
    while True:
        left = interview.unfinished(me)
        session = left.id if left else here.start(questions=6, seed=rng.randrange(99))
        while (opened := interview.open(me, session, here.wait(seconds=7))) is not None:
            if rng.random() < 0.3 and opened.hints_left:
                interview.hint(me, session, here.now)
            identity, asked = uuid.uuid4().hex, opened.question
            said = f"{identity} {full(asked) if rng.random() < 0.5 else asked.points[1].text}"
            for _ in range(rng.choice((1, 1, 2))):
                marked = interview.answer(
                    me, session, identity, said, "answered", 7, here.now, question_id=asked.id
                )
            say("marked", identity)
            if marked.follow_up:
                on = uuid.uuid4().hex
                interview.follow_up(me, identity, on, f"{on} hm", 5, here.wait(seconds=5))
                say("followed", on)
        interview.finish(me, session, here.wait(hours=rng.choice((1, 24, 200))))


if __name__ == "__main__":
    say("ready")
    for line in sys.stdin:
        process = os.fork()
        if not process:
            learn(Path(line.rstrip("\n")))
        say("began", process)
        say("ended", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
