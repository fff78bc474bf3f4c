"""Quality on the raw seed: is the answering line in front, and is refused what isn't there?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from assistant.pipeline import Assistant
from assistant.schema import Done
from evals.bench_report import Figure
from evals.bench_setup import Bench, Row, gold, searches
from evals.metrics import answered, by_kind, interval, share

LIMITS: dict[int, float] = {150: 0.87, 400: 0.95}  # characters read → target
REFUSED = {"other_field": 0.95, "other_ml": 0.85}
REFUSED_WRONGLY = 0.06
_SHOWN = 10  # hits


def quality(bench: Bench) -> Iterator[Figure]:
    """Retrieval by each search and by kind, then refusal through the whole ask path.

    Nothing of a question is printed: the test split is run, never read.
    """
    if bench.seed is None:
        for limit, target in LIMITS.items():
            yield _absent(f"answer within {limit} characters", target, True)
        for kind, target in REFUSED.items():
            yield _absent(f"refused: {kind}", target, True)
        yield _absent("refused: answerable", REFUSED_WRONGLY, False)
        return
    rows = gold(bench.split)
    assistant = bench.open()
    try:
        yield from _retrieval(assistant, [row for row in rows if row["answers"]], bench.split)
        yield from _refusal(assistant, rows, bench.split)
    finally:
        assistant.close()


def _retrieval(assistant: Assistant, rows: list[Row], split: str) -> Iterator[Figure]:
    kinds = [row["kind"] for row in rows]
    for name, search in searches(assistant):
        texts = [[hit.text for hit in search.search(row["q"], _SHOWN)] for row in rows]
        for limit, target in LIMITS.items():
            outcomes = [
                answered(row["answers"], found, limit)
                for row, found in zip(rows, texts, strict=True)
            ]
            kept = by_kind(kinds, outcomes)
            yield Figure(
                f"answer within {limit} characters, {name}",
                share(outcomes),
                "share",
                target if name == assistant.settings.search else None,
                at_least=True,
                interval=interval(outcomes),
                note=f"{split}, {len(rows)} questions; "
                + ", ".join(f"{kind} {share(some):.2f}" for kind, some in kept.items()),
            )


def _refusal(assistant: Assistant, rows: list[Row], split: str) -> Iterator[Figure]:
    outcomes = [is_refused(assistant, row["q"]) for row in rows]
    kinds = [row["kind"] if not row["answers"] else "answerable" for row in rows]
    kept = by_kind(kinds, outcomes)
    for kind, target in REFUSED.items():
        yield refused(kind, kept[kind], target, True, split)
    yield refused("answerable", kept["answerable"], REFUSED_WRONGLY, False, split)
    answerable = by_kind([row["kind"] for row in rows if row["answers"]], kept["answerable"])
    for kind, some in answerable.items():
        yield refused(kind, some, None, False, split)


def is_refused(assistant: Assistant, question: str) -> bool:
    """Whether the whole ask path, without a chat model, refuses the question."""
    for event in assistant.ask(question, model="none"):
        if isinstance(event, Done):
            return event.answer.refused
    raise AssertionError("an answer ends with Done")


def refused(
    kind: str, outcomes: list[bool], target: float | None, at_least: bool, split: str
) -> Figure:
    """The share of refusals among some questions."""
    return Figure(
        f"refused: {kind}",
        share(outcomes),
        "share",
        target,
        at_least=at_least,
        interval=interval(outcomes),
        note=f"{split}, {sum(outcomes)} of {len(outcomes)}",
    )


def _absent(name: str, target: float, at_least: bool) -> Figure:
    unit: Literal["share"] = "share"
    return Figure(
        name, None, unit, target, at_least, note="the seed isn't here; give it with --seed"
    )
