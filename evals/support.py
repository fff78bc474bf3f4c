"""Does the support checker see what a passage says of a sentence: yes, the opposite, neither?"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from assistant.errors import UsageError
from assistant.grounding import Passage
from assistant.pipeline import Assistant
from evals import gold
from evals.circumstances import Watch, index_card, machine
from evals.classes import likeliest
from evals.judging import judged
from evals.rows import RELATIONS, GoldError, Relation, SupportRow
from evals.runs import JudgedItem, Run, new_id
from evals.sections import inside, section_id, titles

DEFAULT_SET = "support.dev"
OCNLI = "ocnli"
_LABELS: dict[str, Relation] = {
    "entailment": "supported",
    "contradiction": "contradicted",
    "neutral": "unrelated",
}
_AT_ONCE = 16  # pairs between two looks at whether to stop
_TIMED = 20  # sentences
_PASSAGES = 4  # that a sentence is held against live


class SupportJudge(Protocol):
    """What is measured."""

    name: str

    def relations(self, pairs: Sequence[tuple[Passage, str]]) -> Sequence[Mapping[str, float]]:
        """Chances of the three relations, summing to 1, for each (passage, sentence)."""
        ...


@dataclass(frozen=True)
class Options:
    """What is to be run: a gold set, or with `ocnli` the development set in that file."""

    set: str = DEFAULT_SET
    section: str = ""
    sample: int | None = None
    ocnli: str = ""


def run(
    assistant: Assistant, judge: SupportJudge, options: Options, watch: Watch | None = None
) -> Run:
    """Hold every sentence against its passage; then time sentences against four passages.

    Raises:
        UsageError: The set or the section is unknown, or nothing is left of it.
        GoldError: The set is damaged, or not on this machine.
        StoppedError: `watch` stopped it.
    """
    watch = watch or Watch()
    started, began = datetime.now(UTC), time.perf_counter()
    services = assistant.services()
    name = OCNLI if options.ocnli else options.set
    rows = (
        read_ocnli(Path(options.ocnli))
        if options.ocnli
        else gold.load(name, SupportRow, assistant.settings.data_dir)
    )
    if options.section:
        scope = section_id(services, options.section)
        rows = [row for row in rows if inside(row.entry, scope)]
    rows = gold.sample(rows, options.sample)
    if not rows:
        raise UsageError(f"No pair of {name} is left", "Choose another section or set.")
    # as the product has it, a passage comes with the titles that it stands under
    paths = {entry.id: entry.path for entry in services.index.entries}
    pairs = [
        (Passage(row.passage, paths.get(row.entry, ("",)), row.entry), row.sentence) for row in rows
    ]
    chances: list[Mapping[str, float]] = []
    for first in range(0, len(pairs), _AT_ONCE):
        chances += judge.relations(pairs[first : first + _AT_ONCE])
        watch.step(judge.name, len(chances), len(rows))
    section = titles(services)
    items = [
        _item(row, given, section.get(row.entry, ""), gold.held_out(name))
        for row, given in zip(rows, chances, strict=True)
    ]
    took = _times(judge, pairs)
    return Run(
        id=new_id("support", started),
        kind="support",
        set=name,
        started=started,
        seconds=time.perf_counter() - began,
        settings=asdict(options),
        index=index_card(services),
        embedder=services.embedder.name,
        judge=judge.name,
        machine=machine(),
        notes=(f"Latency: one sentence against {_PASSAGES} passages.",),
        configurations=(judged(judge.name, assistant.settings, items, RELATIONS, took),),
    )


def read_ocnli(path: Path) -> list[SupportRow]:
    """OCNLI's development set; pairs without a majority among the annotators are left out.

    Source: Hu et al., 2020, https://arxiv.org/abs/2010.05444 (non-commercial: for measuring only).

    Raises:
        GoldError: The file is not there, or not OCNLI's.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        rows = [json.loads(line) for line in lines if line.strip()]
        return [
            SupportRow(
                id=f"ocnli-{row['id']}",
                passage=row["sentence1"],
                sentence=row["sentence2"],
                kind=row["genre"],
                relation=_LABELS[row["label"]],
            )
            for row in rows
            if row["label"] in _LABELS
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GoldError(
            f"{path} is not OCNLI's development set: {error!r}", "Give its dev.json with --ocnli."
        ) from error


def _item(
    row: SupportRow, chances: Mapping[str, float], section: str, held_out: bool
) -> JudgedItem:
    given = likeliest(chances, RELATIONS)
    return JudgedItem(
        id=row.id,
        q="" if held_out else row.sentence,
        against="" if held_out else row.passage,
        kind=row.kind,
        section=section,
        measures={"right": float(given == row.relation)},
        expected=row.relation,
        given=given,
        chances={label: round(float(chances.get(label, 0.0)), 6) for label in RELATIONS},
    )


def _times(judge: SupportJudge, pairs: Sequence[tuple[Passage, str]]) -> list[float]:
    """Milliseconds for a sentence against its own passage and those of the next rows."""
    took = []
    for start in range(min(_TIMED, len(pairs))):
        sentence = pairs[start][1]
        passages = [pairs[(start + i) % len(pairs)][0] for i in range(_PASSAGES)]
        began = time.perf_counter()
        judge.relations([(passage, sentence) for passage in passages])
        took.append((time.perf_counter() - began) * 1000)
    return took
