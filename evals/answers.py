"""Is the answer complete, cited, free of known errors, and refused where the notes can't answer?

Each question goes through the whole ask path, with the questions before it. The judges are the
grader and the support checker of the product, whoever wrote the answer; see `citations.py` for what
that means for the citation figures.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from assistant.errors import UsageError
from assistant.parts import Services
from assistant.pipeline import Assistant
from evals import gold
from evals.answer_items import estimate, judged, sentence_shares
from evals.asking import ask
from evals.circumstances import Watch, index_card, machine
from evals.citations import NOTE, SupportsJudge, pinned
from evals.grading import Grader
from evals.groups import grouped
from evals.metrics import percentile
from evals.rows import AnswersRow
from evals.runs import AnswerItem, Configuration, Run, new_id
from evals.sections import inside, section_id, titles

DEFAULT_SET = "answers.dev"


@dataclass(frozen=True)
class Options:
    """What is to be run."""

    set: str = DEFAULT_SET
    section: str = ""  # only answerable questions lie in one
    sample: int | None = None
    model: str | None = None  # `none`, `local`, a name at the endpoint; None: as set


def run(
    assistant: Assistant,
    grader: Grader,
    judge: SupportsJudge,
    options: Options,
    watch: Watch | None = None,
) -> Run:
    """Ask every question of the set, and judge each answer.

    Raises:
        UsageError: The set, section or model is unknown, nothing is left, or the index lacks
            entries that the set asks about.
        GoldError: The set is damaged, or not on this machine.
        ChatModelError: The local model can't be started.
        StoppedError: `watch` stopped it.
    """
    watch = watch or Watch()
    started, began = datetime.now(UTC), time.perf_counter()
    services = assistant.services()
    rows = _rows(assistant, services, options)
    chat = assistant.chat_model(options.model, wait=True)
    model = chat.name if chat else "none"
    judges = f"{grader.name}, {judge.name}: {pinned()}"
    section = titles(services)
    items: list[AnswerItem] = []
    times: list[Mapping[str, float]] = []  # of what was answered
    failures: list[str] = []
    for done, row in enumerate(rows, 1):
        asked = ask(assistant, row, options.model)
        where = section[row.entries[0]] if row.entries else ""
        items.append(judged(row, asked, grader, judge, where, gold.held_out(options.set)))
        if not asked.answer.refused:
            times.append(asked.ms)
        if asked.answer.model_error:
            failures.append(asked.answer.model_error)
        elif not asked.answer.refused and asked.answer.model != model:
            failures.append("it was not ready")  # it died, and is being started again
        watch.step(model, done, len(rows))
    metrics, groups = grouped(items, estimate)
    metrics |= sentence_shares(items)  # not of groups: their n is of questions
    settings = assistant.settings.model_copy(update={"model": model})
    notes = [NOTE, f"Latency: the {len(times)} questions that were answered."]
    if failures:
        notes.append(f"The model failed on {len(failures)} questions, first: {failures[0]}")
    if chat is None:
        notes.append(
            "Quotations stand in their passages word for word: where their citation recall is "
            "below 1 the checker errs, and most of must not say is the grader's error."
        )
    return Run(
        id=new_id("answers", started),
        kind="answers",
        set=options.set,
        started=started,
        seconds=time.perf_counter() - began,
        settings=asdict(options),
        index=index_card(services),
        embedder=services.embedder.name,
        model=model,
        judge=judges,
        machine=machine(),
        notes=tuple(notes),
        configurations=(
            Configuration(
                name=model,
                settings=settings.relevant(),
                fingerprint=settings.fingerprint(),
                metrics=metrics,
                groups=groups,
                latency_ms=_latency(times),
                items=tuple(items),
            ),
        ),
    )


def _rows(assistant: Assistant, services: Services, options: Options) -> list[AnswersRow]:
    rows = gold.load(options.set, AnswersRow, assistant.settings.data_dir)
    known = {entry.id for entry in services.index.entries}
    lost = [row for row in rows if not known.issuperset(row.entries)]
    if lost:
        raise UsageError(
            f"The index lacks entries that {len(lost)} of the {len(rows)} questions ask for",
            "Index the built-in corpus first: `zhitu index --corpus`.",
        )
    if options.section:
        scope = section_id(services, options.section)
        rows = [row for row in rows if row.entries and inside(row.entries[0], scope)]
    rows = gold.sample(rows, options.sample)
    if not rows:
        raise UsageError(f"No question of {options.set} is left", "Choose another section or set.")
    return rows


def _latency(times: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds: of whole answers, and of what comes before."""
    if not times:
        return {}
    found = {}
    for name, label in (("total", ""), ("first text", "first text "), ("passages", "passages ")):
        for p in (50, 95):
            found[f"{label}p{p}"] = round(percentile([ms[name] for ms in times], p), 3)
    return found
