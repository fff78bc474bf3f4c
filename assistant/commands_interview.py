"""`zhitu interview`: the mock interview in the terminal, by the same engine as the page's."""

from __future__ import annotations

import argparse
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli_output import emit
from assistant.errors import UsageError
from assistant.interview import Open
from assistant.marks import HINT
from assistant.report import Report, report
from assistant.schema import ChatModel, Language
from assistant.study import Outcome, Plan, Session
from assistant.terminal import Terminal, marking, summary
from assistant.words import when, word

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

RESUME = "zhitu interview --resume"
_COMMANDS = {
    "hint": "hint", "提示": "hint", "skip": "skip", "跳过": "skip", "idk": "idk", "不知道": "idk",
    "pause": "pause", "暂停": "pause", "end": "end", "结束": "end", "help": "help", "帮助": "help",
}  # fmt: skip
_FILES = (".md", ".pdf")


class Sitting:
    """One learner's interview at the terminal.

    Args:
        assistant: Asks and marks.
        who: The learner's profile.
        say: The language of what is shown.
        terminal: Where it is shown and answered.
        clock: Tells the time.
        chat: Asked where the grader is in doubt.
    """

    def __init__(
        self,
        assistant: Assistant,
        who: str,
        say: Language,
        terminal: Terminal,
        clock: Callable[[], datetime],
        chat: ChatModel | None,
    ) -> None:
        self._assistant = assistant
        self._engine = assistant.interview
        self._who = who
        self._say = say
        self._terminal = terminal
        self._clock = clock
        self._chat = chat

    def begin(self, arguments: argparse.Namespace) -> Session:
        """The interview that was left in the middle, or a new one.

        Raises:
            UsageError: There is none to go on with, or no question fits what was asked for.
        """
        left = self._engine.unfinished(self._who)
        if arguments.resume and left is None:
            raise UsageError("No interview was left in the middle", "Begin one: zhitu interview")
        if left is not None and not arguments.resume and not self._terminal.script:
            answered = len(self._assistant.store.attempts(self._who, left.id))
            asked = word(self._say, "iv_left", at=when(left.started), n=answered)
            reply = self._terminal.line(f"{asked} {word(self._say, 'yes_no')}")
            if reply is not None and reply.strip().casefold() in ("n", "no", "不", "否"):
                self._engine.finish(self._who, left.id, self._clock())
                left = None
        if left is None or (self._terminal.script and not arguments.resume):
            return self._engine.start(self._who, self._plan(arguments), self._clock())
        for attempt in self._assistant.store.attempts(self._who, left.id):
            self._engine.marked(self._who, attempt.id)  # a kill may have come before its mark
        return self._engine.resume(self._who, left.id, self._clock())

    def run(self, session: Session) -> Report | None:
        """Ask until it is over; None where it was left to be gone on with."""
        engine, who = self._engine, self._who
        self._terminal.say(word(self._say, "iv_how"))
        while (opened := engine.open(who, session.id, self._clock())) is not None:
            self._show(opened)
            done = self._answer(opened)
            if done == "leave":
                engine.pause(who, session.id, self._clock())
                return None
            if done == "end":
                break
        return self._report(engine.finish(who, session.id, self._clock()))

    def leave(self, session: Session) -> None:
        """Stop the clock of an interview that is broken off."""
        self._engine.pause(self._who, session.id, self._clock())

    def _show(self, opened: Open) -> None:
        plan, choice, question = opened.session.plan, opened.choice, opened.question
        entry = self._assistant.corpus.get(question.id.rpartition("#")[0])
        about = [
            word(self._say, "number_of", n=opened.number, of=plan.questions),
            *([" › ".join(entry.path[:-1])] if entry and entry.path[:-1] else []),
            word(self._say, f"kind_{question.kind}"),
            word(self._say, f"why_{choice.why}"),
        ]
        if choice.retrievability is not None:
            about.append(word(self._say, "chance", p=round(100 * choice.retrievability)))
        if opened.seconds_left is not None:
            left = opened.seconds_left / 60
            about.append(
                word(self._say, "iv_time", minutes=round(left)) if left > 0
                else word(self._say, "iv_time_up")
            )  # fmt: skip
        self._terminal.say(f"\n{' · '.join(about)}\n{question.question}")

    def _answer(self, opened: Open) -> str:
        """Take an answer to what is open; returns `next`, `end` or `leave`."""
        began, away = time.monotonic(), 0.0
        while True:
            typed = self._terminal.answer()
            if typed is None:
                return "end" if self._terminal.script else "leave"
            seconds = time.monotonic() - began - away
            if not typed and not self._terminal.script:
                self._terminal.say(word(self._say, "iv_how"))
                continue
            if not typed.startswith((":", "：")):
                self._mark(opened, typed, "answered" if typed else "unknown", seconds)
                return "next"
            command = _COMMANDS.get(typed[1:].strip().casefold())
            if command == "hint":
                self._hint(opened.session.id)
            elif command in ("skip", "idk"):
                self._mark(opened, "", "skipped" if command == "skip" else "unknown", seconds)
                return "next"
            elif command == "end":
                return "end"
            elif command == "pause":
                if self._terminal.script:
                    return "leave"
                paused = time.monotonic()
                if not self._pause(opened):
                    return "leave"
                away += time.monotonic() - paused
            else:
                if command is None:
                    self._terminal.say(word(self._say, "iv_no_such", command=typed.split("\n")[0]))
                self._terminal.say(word(self._say, "iv_how"))

    def _hint(self, session: str) -> None:
        try:
            hint = self._engine.hint(self._who, session, self._clock())
        except UsageError as error:
            self._terminal.say(str(error))
        else:
            self._terminal.say(word(self._say, "iv_hint", cost=HINT, hint=hint))

    def _pause(self, opened: Open) -> bool:
        """Stop the clock until a key; False where nothing more comes."""
        self._engine.pause(self._who, opened.session.id, self._clock())
        if self._terminal.line(word(self._say, "iv_paused")) is None:
            return False
        self._engine.resume(self._who, opened.session.id, self._clock())
        self._terminal.say(opened.question.question)
        return True

    def _mark(self, opened: Open, text: str, outcome: Outcome, seconds: float) -> None:
        if outcome == "answered":
            self._terminal.say(word(self._say, "iv_marking"))
        marked = self._engine.answer(
            self._who, opened.session.id, uuid.uuid4().hex, text, outcome, seconds, self._clock(),
            self._chat, opened.question.id,
        )  # fmt: skip
        for line in marking(marked, self._say):
            self._terminal.say(line)
        # a script can't know whether one comes, and its next line is for the next question
        if not marked.follow_up or self._terminal.script:
            return
        heading = f"{word(self._say, 'follow_up')}{word(self._say, 'colon')}{marked.follow_up}"
        self._terminal.say(f"\n{heading} {word(self._say, 'iv_pass')}")
        began = time.monotonic()
        typed = self._terminal.answer()
        if typed and not typed.startswith((":", "：")):
            followed = self._engine.follow_up(
                self._who, marked.attempt.id, uuid.uuid4().hex, typed, time.monotonic() - began,
                self._clock(), self._chat,
            )  # fmt: skip
            for line in marking(followed, self._say):
                self._terminal.say(line)

    def _report(self, session: Session) -> Report:
        assistant, who = self._assistant, self._who
        others = [one for one in assistant.store.sessions(who) if one.id != session.id]
        return report(
            assistant.bank,
            assistant.corpus,
            session,
            assistant.store.attempts(who, session.id),
            [(one, assistant.store.attempts(who, one.id)) for one in others if one.ended],
        )

    def _plan(self, arguments: argparse.Namespace) -> Plan:
        from assistant.taxonomy import Taxonomy

        taxonomy = Taxonomy(list(self._assistant.corpus.values()))
        scope = tuple(taxonomy.scope(entry) for entry in arguments.scope)
        seed = int(self._clock().timestamp()) if arguments.seed is None else arguments.seed
        return Plan(
            aim=arguments.aim, scope=scope, questions=arguments.questions,
            minutes=arguments.minutes, difficulty=arguments.difficulty, language=self._say,
            style=arguments.style, seed=seed,
        )  # fmt: skip


def show(made: Report, arguments: argparse.Namespace, say: Language, terminal: Terminal) -> None:
    """Print a report, and write it where a file was asked for."""
    if arguments.report:
        from assistant.report_files import markdown, pdf

        file = Path(arguments.report)
        try:
            file.write_bytes(pdf(made) if file.suffix == ".pdf" else markdown(made).encode())
        except OSError as error:
            raise UsageError(
                f"{file} can't be written: {error.strerror}", "Export it on the page."
            ) from error
        terminal.say(word(say, "wrote", file=file.absolute()))
    if arguments.json:
        emit(made.model_dump(mode="json"))
        return
    terminal.say()
    for line in summary(made, say):
        terminal.say(line)


def check_report(wanted: str | None) -> None:
    """Find out before the interview whether its report can be written.

    Raises:
        UsageError: It is no Markdown or PDF, or its folder isn't there.
    """
    if wanted is None:
        return
    file = Path(wanted)
    if file.suffix not in _FILES:
        raise UsageError(f"A report is {' or '.join(_FILES)}, not {wanted}", "Name another file.")
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise UsageError(f"{file} can't be written", "Name a file in a folder that is there.")
