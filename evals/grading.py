"""Does the grader agree with a person on each key point of an answer?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol

from assistant.errors import UsageError
from assistant.pipeline import Assistant
from evals import gold
from evals.circumstances import Watch, index_card, machine
from evals.disputed import disputed_rows
from evals.judging import judged
from evals.own import OWN
from evals.rows import VERDICTS, GradingRow, Verdict
from evals.runs import JudgedItem, Run, new_id
from evals.sections import inside, section_id, titles

DEFAULT_SET = "grading.dev"


class Grader(Protocol):
    """What is measured."""

    name: str

    def grade(self, question: str, points: Sequence[str], answer: str) -> Sequence[Verdict]:
        """A verdict for each point, in order."""
        ...


@dataclass(frozen=True)
class Options:
    """What is to be run."""

    set: str = DEFAULT_SET
    section: str = ""
    sample: int | None = None


def run(assistant: Assistant, grader: Grader, options: Options, watch: Watch | None = None) -> Run:
    """Grade every answer; an item of the run is one point, its group the style of the answer.

    The points of an answer are not independent: intervals come from drawing answers again.

    Raises:
        UsageError: The set or the section is unknown, or nothing is left of it.
        GoldError: The set is damaged, or not on this machine.
        StoppedError: `watch` stopped it.
    """
    watch = watch or Watch()
    started, began = datetime.now(UTC), time.perf_counter()
    services = assistant.services()
    if options.set == OWN:
        rows = disputed_rows(assistant.store)
    else:
        rows = gold.load(options.set, GradingRow, assistant.settings.data_dir)
    if options.section:
        scope = section_id(services, options.section)
        rows = [row for row in rows if row.entries and inside(row.entries[0], scope)]
    rows = gold.sample(rows, options.sample)
    if not rows:
        raise UsageError(f"No answer of {options.set} is left", "Choose another section or set.")
    section = titles(services)
    items: list[JudgedItem] = []
    took: list[float] = []
    for done, row in enumerate(rows, 1):
        at = time.perf_counter()
        verdicts = grader.grade(row.question, row.points, row.answer)
        took.append((time.perf_counter() - at) * 1000)
        where = section.get(row.entries[0], "") if row.entries else ""
        items += _items(row, verdicts, where, gold.held_out(options.set))
        watch.step(grader.name, done, len(rows))
    return Run(
        id=new_id("grading", started),
        kind="grading",
        set=options.set,
        started=started,
        seconds=time.perf_counter() - began,
        settings=asdict(options),
        index=index_card(services),
        embedder=services.embedder.name,
        judge=grader.name,
        machine=machine(),
        notes=(f"{len(items)} points of {len(rows)} answers. Latency: one answer.",),
        configurations=(judged(grader.name, assistant.settings, items, VERDICTS, took, "style"),),
    )


def _items(
    row: GradingRow, verdicts: Sequence[Verdict], section: str, held_out: bool
) -> list[JudgedItem]:
    return [
        JudgedItem(
            id=f"{row.id}#{number}",
            q="" if held_out else row.answer,
            against="" if held_out else point,
            kind=row.style,
            section=section,
            cluster=row.id,
            measures={"right": float(given == expected)},
            expected=expected,
            given=given,
        )
        for number, (point, expected, given) in enumerate(
            zip(row.points, row.verdicts, verdicts, strict=True), 1
        )
    ]
