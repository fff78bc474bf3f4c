"""Quality on the built-in corpus: is the right entry first, and is refused what it doesn't hold?"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.config import load_settings
from assistant.pipeline import Assistant
from evals.bench_quality import is_refused, refused
from evals.bench_report import Figure
from evals.bench_setup import Bench, Row, gold, searches
from evals.metrics import by_kind, interval, share

FIRST = {"direct": 0.97, "paraphrase": 0.88, "alias": 0.95, "english": 0.93}
TOGETHER = {"comparison": 0.95}  # all entries named, among the first five
REFUSED = {"other_field": 0.95, "other_ml": 0.85}
REFUSED_WRONGLY = 0.04
_FRONT = 5
_ALL_NEEDED = {"comparison", "multi_hop"}


def corpus(bench: Bench) -> Iterator[Figure]:
    """Retrieval by each search and kind, then refusal. Nothing of a question is printed."""
    assistant = Assistant(load_settings(data_dir=bench.work / "corpus", model="none"))
    try:
        assistant.index(corpus=True)
        yield from _retrieval(assistant, gold(bench.split, "retrieval"), bench.split)
        rows = [row for row in gold(bench.split, "answers") if not row.get("history")]
        yield from _refusal(assistant, rows, bench.split)
    finally:
        assistant.close()


def _retrieval(assistant: Assistant, rows: list[Row], split: str) -> Iterator[Figure]:
    kinds = [row["kind"] for row in rows]
    for name, search in searches(assistant):
        outcomes = []
        for row in rows:
            found = [hit.entry for hit in search.search(row["q"])]
            wanted = set(row["entries"])
            outcomes.append(
                wanted <= set(found[:_FRONT])
                if row["kind"] in _ALL_NEEDED
                else bool(found) and found[0] in wanted
            )
        ours = name == assistant.settings.search
        yield _figure(f"corpus, right entries, {name}", outcomes, None, split)
        if ours:
            for kind, some in by_kind(kinds, outcomes).items():
                target = FIRST.get(kind, TOGETHER.get(kind))
                yield _figure(f"corpus, right entries: {kind}", some, target, split)


def _refusal(assistant: Assistant, rows: list[Row], split: str) -> Iterator[Figure]:
    kinds = ["answerable" if row["answerable"] else row["kind"] for row in rows]
    kept = by_kind(kinds, [is_refused(assistant, row["q"]) for row in rows])
    for kind, target in REFUSED.items():
        yield refused(f"corpus, {kind}", kept[kind], target, True, split)
    yield refused("corpus, answerable", kept["answerable"], REFUSED_WRONGLY, False, split)


def _figure(name: str, outcomes: list[bool], target: float | None, split: str) -> Figure:
    return Figure(
        name,
        share(outcomes),
        "share",
        target,
        at_least=True,
        interval=interval(outcomes),
        note=f"{split}, {sum(outcomes)} of {len(outcomes)}",
    )
