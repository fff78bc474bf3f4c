"""`zhitu review`: the cards that are due, one at a time."""

from __future__ import annotations

import argparse
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from assistant.bullets import bullet_of, numbered
from assistant.cli_output import Row, emit
from assistant.mastery import entry_of
from assistant.schema import Language, Question
from assistant.study import Card, Rating
from assistant.terminal import Terminal, passages
from assistant.words import word

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

_RATINGS: tuple[Rating, ...] = (1, 2, 3, 4)
_WEEK = 7  # days of the forecast at the end


def document(assistant: Assistant, who: str, minutes: int, now: datetime) -> Row:
    """What is due and the figures, for a script."""
    learner = assistant.learner
    (cards, scheduler), stats = learner.memory(who), learner.stats(who, now)

    def row(question_id: str) -> Row:
        card = cards.get(question_id, Card(question_id=question_id))
        entry = assistant.corpus.get(entry_of(question_id))
        return {
            "question_id": question_id,
            "question": assistant.bank[question_id].question,
            "entry": entry_of(question_id),
            "path": list(entry.path) if entry else [],
            "due": card.due.isoformat() if card.due else None,
            "retrievability": scheduler.retrievability(card, now),
        }

    return {
        "due": [row(identity) for identity in learner.due(who, now)],
        "today": learner.today(who, now, minutes),
        **stats.model_dump(mode="json", exclude={"due", "days", "minutes"}),
        "days": {day.isoformat(): count for day, count in stats.days.items()},
        "minutes": stats.minutes,
    }


def run(
    assistant: Assistant,
    who: str,
    arguments: argparse.Namespace,
    say: Language,
    terminal: Terminal,
    clock: Callable[[], datetime],
) -> int:
    """Ask card after card; each rating is kept at once."""
    learner = assistant.learner
    chosen = learner.today(who, clock(), arguments.minutes)
    if not chosen:
        terminal.say(word(say, "rv_none"))
        return 0
    due = len(learner.due(who, clock()))
    terminal.say(word(say, "rv_due", due=due, n=len(chosen)))
    done = 0
    try:
        for number, identity in enumerate(chosen, 1):
            terminal.say(f"\n{word(say, 'rv_card', n=number, of=len(chosen))}")
            if not _card(assistant, who, identity, say, terminal, clock):
                break
            done += 1
    except KeyboardInterrupt:  # what was rated is kept
        terminal.say()
    stats = learner.stats(who, clock())
    coming = stats.forecast
    terminal.say(
        "\n"
        + word(
            say, "rv_done", n=done, streak=stats.streak, tomorrow=coming[1],
            week=sum(coming[1 : _WEEK + 1]),
        )
    )  # fmt: skip
    return 0


def refit(
    assistant: Assistant,
    who: str,
    arguments: argparse.Namespace,
    say: Language,
    clock: Callable[[], datetime],
) -> int:
    """Fit the intervals to the learner, or go back to the default ones."""
    learner, terminal = assistant.learner, Terminal(arguments.json)
    if arguments.default_weights:
        done = learner.forget_weights(who, clock())
        said = "rv_usual" if done.changed else "rv_usual_already"
    else:
        learner.check(who)
        terminal.say(word(say, "rv_fitting"))
        done = learner.optimise(who, clock())
        said = "rv_fitted" if done.changed else "rv_not_fitted"
    figures = {
        name: f"{loss:.3f}"
        for name, loss in (("before", done.before), ("after", done.after))
        if loss is not None
    }
    terminal.say(word(say, said, earlier=done.earlier, later=done.later, **figures))
    if arguments.json:
        kept = learner.fitted(who).weights
        emit({**done.model_dump(), "weights": kept and kept.model_dump(mode="json")})
    return 0


def _card(
    assistant: Assistant,
    who: str,
    identity: str,
    say: Language,
    terminal: Terminal,
    clock: Callable[[], datetime],
) -> bool:
    """Ask one card; False where the learner ends the review."""
    question, began = assistant.bank[identity], time.monotonic()
    entry = assistant.corpus.get(entry_of(identity))
    if entry is not None:
        terminal.say(" › ".join(entry.path[:-1]))
    terminal.say(question.question)
    if _ends(terminal.line(f"{word(say, 'rv_show')} ")):
        return False
    seconds = time.monotonic() - began
    _show(assistant, question, terminal)
    cards, scheduler = assistant.learner.memory(who)
    before, at = cards.get(identity, Card(question_id=identity)), clock()
    back = [scheduler.review(before, rating, at).due for rating in _RATINGS]
    days = [word(say, "days", n=(due - at).days) if due else "" for due in back]
    asked = word(say, "rv_rate", **dict(zip("abcd", days, strict=True)))
    while (typed := terminal.line(asked)) not in ("1", "2", "3", "4"):
        if _ends(typed):
            return False
    rating = cast(Rating, int(typed))
    after = assistant.learner.rate(who, uuid.uuid4().hex, identity, rating, seconds, clock())
    if after.due is not None:
        terminal.say(word(say, "rv_back", day=after.due.astimezone(at.tzinfo).date()))
    return True


def _show(assistant: Assistant, question: Question, terminal: Terminal) -> None:
    found = [bullet_of(assistant.corpus, point) for point in question.points]
    numbers, bullets = numbered(found)
    for point, number in zip(question.points, numbers, strict=True):
        terminal.say(f"· {point.text}{f' [{number}]' if number else ''}")
    for line in passages(bullets):
        terminal.say(line)


def _ends(typed: str | None) -> bool:
    return typed is None or typed.strip().casefold() in ("q", ":q", ":end", ":结束", "：结束")
