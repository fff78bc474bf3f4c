"""One gold question through the whole ask path, with the questions before it, and its times."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.pipeline import Assistant
from assistant.schema import Answer, Done, Evidence, Sentence, SentenceDone, TextDelta, Turn
from evals.rows import AnswersRow


@dataclass(frozen=True)
class Asked:
    """An answer, all that the model wrote on the way to it, and the times of its events."""

    answer: Answer
    written: tuple[Sentence, ...]
    ms: Mapping[str, float]  # passages, first text, total


def ask(assistant: Assistant, row: AnswersRow, model: str | None) -> Asked:
    """Ask one question; those before it are asked first, answered by quotation."""
    turns: list[Turn] = []
    for earlier in row.history:
        with_passages = next(
            event
            for event in assistant.ask(earlier, history=tuple(turns), model="none")
            if isinstance(event, Evidence)
        )
        # as the page remembers a turn
        cited = [c.entry for c in with_passages.citations if c.kind != "reference"]
        entries = tuple(dict.fromkeys(cited))
        turns.append(Turn(question=earlier, understood=with_passages.understood, entries=entries))
    began = time.perf_counter()
    ms: dict[str, float] = {}
    written: list[Sentence] = []
    for event in assistant.ask(row.q, history=turns, model=model):
        now = round((time.perf_counter() - began) * 1000, 3)
        if isinstance(event, Evidence):
            ms["passages"] = now
        elif isinstance(event, TextDelta):
            ms.setdefault("first text", now)
        elif isinstance(event, SentenceDone):
            written.append(event.sentence)
        elif isinstance(event, Done):
            return Asked(event.answer, tuple(written), {"first text": now, **ms, "total": now})
    raise AssertionError("an answer ends with Done")
