"""Does the search find the right entry, and how fast? Several searches and embedders in one run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from assistant.config import SearchName
from assistant.errors import UsageError
from assistant.parts import SEARCHES, Services
from assistant.pipeline import Assistant
from assistant.retrieval import Search
from assistant.schema import Hit
from evals import gold
from evals.circumstances import Watch, index_card, machine
from evals.embedders import opened
from evals.groups import grouped, means
from evals.metrics import percentile
from evals.own import OWN
from evals.ranking import Asked, measure
from evals.rows import RetrievalRow
from evals.runs import Configuration, Found, RetrievalItem, Run, Wanted, new_id
from evals.sections import inside, section_id

DEFAULT_SET = "retrieval.dev"
_WARM_UP = 3  # questions asked before the clock counts
_KEPT = 5  # hits of a question that a run keeps
_DEEP = 100  # hits looked at for where a missed entry stands


@dataclass(frozen=True)
class Options:
    """What is to be run."""

    set: str = DEFAULT_SET
    searches: tuple[SearchName, ...] = tuple(SEARCHES)
    embedders: tuple[str, ...] = ()  # empty: the configured one
    section: str = ""  # id, title, alias or number; only questions on it and on what lies below
    sample: int | None = None
    k: int = 10


def run(assistant: Assistant, options: Options, watch: Watch | None = None) -> Run:
    """Ask every question of the set in every configuration.

    Raises:
        UsageError: The set, the section or the sample is empty or unknown.
        GoldError: The set is damaged, or not on this machine.
        IndexStateError: There is no index, or it doesn't hold what the set asks about.
        StoppedError: `watch` stopped it.
    """
    watch = watch or Watch()
    started, began = datetime.now(UTC), time.perf_counter()
    services = assistant.services()
    rows, notes = _rows(services, options, assistant)
    configurations: list[Configuration] = []
    with opened(assistant, options.embedders, watch) as assistants:
        total = len(assistants) * len(options.searches) * len(rows)
        for one in assistants:
            if index_card(one.services())["holds"] != index_card(services)["holds"]:
                notes.append(f"The index of {one.settings.embedder} holds other sources.")
            for name in options.searches:
                done = len(configurations) * len(rows)
                configurations.append(_configuration(one, name, rows, options, watch, done, total))
    return Run(
        id=new_id("retrieval", started),
        kind="retrieval",
        set=options.set,
        started=started,
        seconds=time.perf_counter() - began,
        settings=asdict(options),
        index=index_card(services),
        embedder=services.embedder.name,
        machine=machine(),
        notes=tuple(notes),
        configurations=tuple(configurations),
    )


def _rows(
    services: Services, options: Options, assistant: Assistant
) -> tuple[list[RetrievalRow], list[str]]:
    rows = gold.load(options.set, RetrievalRow, assistant.settings.data_dir)
    notes: list[str] = []
    sources = services.index.manifest.sources
    if options.set != OWN and len(sources) > 1:
        notes.append(f"The index holds {len(sources) - 1} sources beside the built-in corpus.")
    known = {entry.id for entry in services.index.entries}
    lost = [row for row in rows if not known.issuperset(row.entries)]
    if lost and options.set != OWN:
        raise UsageError(
            f"The index lacks entries that {len(lost)} of the {len(rows)} questions ask for",
            "Index the built-in corpus first: `zhitu index --corpus`.",
        )
    if lost:
        notes.append(
            f"{len(lost)} questions left out: their entries are no longer in the index "
            f"({', '.join(row.id for row in lost[:5])})"
        )
        rows = [row for row in rows if row not in lost]
    if options.section:
        scope = section_id(services, options.section)
        rows = [row for row in rows if inside(row.entries[0], scope)]
    rows = gold.sample(rows, options.sample)
    if not rows:
        raise UsageError(
            f"No question of {options.set} is left to ask", "Choose another section or set."
        )
    return rows, notes


def _configuration(
    assistant: Assistant,
    name: SearchName,
    rows: Sequence[RetrievalRow],
    options: Options,
    watch: Watch,
    done: int,
    total: int,
) -> Configuration:
    services = assistant.services()
    embedder = services.embedder.name
    label = name if len(options.embedders) < 2 else f"{name} · {embedder}"
    search = SEARCHES[name](services.index, services.taxonomy, services.embedder)
    for row in rows[:_WARM_UP]:
        search.search(row.q, options.k)
    hits: dict[str, list[Hit]] = {}
    took: dict[str, float] = {}
    for number, row in enumerate(rows, 1):
        began = time.perf_counter()
        hits[row.id] = search.search(row.q, options.k)
        took[row.id] = (time.perf_counter() - began) * 1000
        watch.step(label, done + number, total)
    measured = measure(
        {row.id: Asked(row.kind, row.entries, [hit.entry for hit in hits[row.id]]) for row in rows},
        options.k,
    )
    paths = {entry.id: entry.path for entry in services.index.entries}
    items = []
    for row in rows:
        item = RetrievalItem(
            id=row.id,
            kind=row.kind,
            section=paths[row.entries[0]][0],
            measures=measured[row.id],
            latency_ms=round(took[row.id], 3),
        )
        if not gold.held_out(options.set):
            seen = hits[row.id]
            missed = not measured[row.id]["right"]
            found = [_found(hit) for hit in seen[:_KEPT]]
            wanted = _wanted(search, row, seen, missed, paths)
            item = item.model_copy(update={"q": row.q, "hits": tuple(found), "wanted": wanted})
        items.append(item)
    metrics, groups = grouped(items, means)
    settings = assistant.settings.model_copy(update={"search": name, "top_k": options.k})
    return Configuration(
        name=label,
        settings={**settings.relevant(), "revision": services.embedder.revision},
        fingerprint=settings.fingerprint(),
        metrics=metrics,
        groups=groups,
        latency_ms={f"p{p}": round(percentile([*took.values()], p), 3) for p in (50, 95)},
        items=tuple(items),
    )


def _wanted(
    search: Search,
    row: RetrievalRow,
    seen: list[Hit],
    missed: bool,
    paths: dict[str, tuple[str, ...]],
) -> tuple[Wanted, ...]:
    """Where the right entries stand; of a missed question, among many more hits than asked for."""
    deep = search.search(row.q, _DEEP) if missed else seen
    places = {hit.entry: hit for hit in [*reversed(deep), *reversed(seen)]}
    return tuple(
        Wanted(
            entry=entry,
            path=paths[entry],
            rank=places[entry].rank if entry in places else None,
            legs=places[entry].legs if entry in places else {},
        )
        for entry in row.entries
    )


def _found(hit: Hit) -> Found:
    return Found(
        entry=hit.entry,
        path=hit.path,
        score=hit.score,
        chunk=hit.chunk,
        linked=hit.linked,
        legs=hit.legs,
    )
