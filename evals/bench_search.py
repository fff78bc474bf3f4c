"""A warm search against the embedder alone, large indexes against small ones, and indexing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from assistant.chunking import chunk_entries, embedded_text
from assistant.config import load_settings
from assistant.index import IndexFolder
from assistant.ingestion import Ingestion, Progress
from assistant.loaders import load_source
from assistant.pipeline import Assistant
from evals.bench_report import Figure
from evals.bench_setup import REPO, Bench, gold
from evals.bench_synthetic import LARGE, MARKER, MIDDLE, SHAPES, SMALL, fingerprint, generate
from evals.metrics import percentile

_WARM_UP = 20  # questions asked before the clock counts
_ROUNDS = 3  # times the gold questions are asked


def warm(bench: Bench) -> Iterator[Figure]:
    """A whole search against embedding its query, the two in turn."""
    assistant = bench.open()
    embedder = assistant.services().embedder
    questions = [row["q"] for row in gold("dev")]
    for question in questions[:_WARM_UP]:
        assistant.search(question)
    alone: list[float] = []
    whole: list[float] = []
    work = {"alone": 0.0, "whole": 0.0}  # seconds of processor time, all threads
    for _ in range(_ROUNDS):
        for question in questions:
            began = time.process_time()
            alone.append(_ms(partial(embedder.embed_queries, [question])))
            between = time.process_time()
            whole.append(_ms(partial(assistant.search, question)))
            work["alone"] += between - began
            work["whole"] += time.process_time() - between
    assistant.close()
    one, all_of_it = percentile(alone, 50), percentile(whole, 50)
    note = (
        f"embedding alone p50 {one:.2f}, p95 {percentile(alone, 95):.2f} ms; "
        f"in processor time {work['whole'] / work['alone']:.2f} ×"
    )
    yield Figure(
        "warm search, p50 against embedding alone", all_of_it / one, "ratio", 1.6, note=note
    )
    yield Figure("warm search, p50", all_of_it, "ms", 10.0, note=f"{len(whole)} searches")
    yield Figure("warm search, p95", percentile(whole, 95), "ms")


def scale(bench: Bench) -> Iterator[Figure]:
    """The same search in 100 and in 100,000 chunks, and within a scope, the three in turn."""
    names = (
        ("search, p95 at 100,000 chunks against 100", 3.0),
        ("search at 100,000 chunks, p95 scoped against unscoped", 6.0),
    )
    if bench.quick:
        for name, target in names:
            yield Figure(name, None, "ratio", target, note="skipped by --quick")
        return
    one = bench.open()
    small, _ = _built("small", one, bench.say)
    large, seconds = _built("large", one, bench.say)
    one.close()
    yield Figure("indexing 100,000 chunks, vectors given", seconds, "s", note=f"in {large}")
    few, many = _open(small), _open(large)
    asked_few, asked_many = generate(SMALL), generate(LARGE)
    taxonomy = many.services().taxonomy
    scopes = [taxonomy.scope(title) for title in asked_many.scopes]
    times: dict[str, list[float]] = {"small": [], "large": [], "scoped": []}
    for turn in range(-_WARM_UP, len(scopes)):
        runs: dict[str, Callable[[], object]] = {
            "small": partial(few.search, asked_few.questions[turn]),
            "large": partial(many.search, asked_many.questions[turn]),
            "scoped": partial(many.search, asked_many.questions[turn], None, scopes[turn]),
        }
        for kind, run in runs.items():
            took = _ms(run)
            if turn >= 0:
                times[kind].append(took)
    few.close()
    many.close()
    p50 = {kind: percentile(values, 50) for kind, values in times.items()}
    p95 = {kind: percentile(values, 95) for kind, values in times.items()}
    note = "p50 / p95 ms: " + ", ".join(
        f"{kind} {p50[kind]:.1f} / {p95[kind]:.1f}" for kind in times
    )
    yield Figure(names[0][0], p95["large"] / p95["small"], "ratio", names[0][1], note=note)
    yield Figure(names[1][0], p95["scoped"] / p95["large"], "ratio", names[1][1])


def indexing(bench: Bench) -> Iterator[Figure]:
    """Passages a second of a whole run against the bare embedder on the same texts.

    The two take turns: after each batch of the run, the bare embedder does as many passages.
    """
    notes = generate(MIDDLE, seed=23)
    assistant = bench.open()
    embedder = assistant.embedder
    # what is imported once a process is not part of what a passage costs
    _index(assistant, bench.work / "imports", generate(SMALL).text, None)
    source = bench.work / "indexed.txt"
    source.write_text(notes.text, encoding="utf-8")
    chunks = chunk_entries(
        load_source(str(source)).entries, embedder.count_tokens, assistant.settings.chunk_tokens
    )
    texts = [embedded_text(chunk) for chunk in chunks]
    bare: list[float] = []
    told = [0]

    def take_turns(what: str, done: int, total: int) -> None:
        if what == "index":
            bare.append(_ms(partial(embedder.embed_documents, texts[told[-1] : done])))
            told.append(done)

    whole = _ms(partial(_index, assistant, bench.work / "indexed", notes.text, take_turns))
    assistant.close()
    alone = sum(bare)
    yield Figure(
        "indexing, passages a second against the bare embedder",
        alone / (whole - alone),
        "ratio",
        0.8,
        at_least=True,
        note=f"{len(texts)} passages: {len(texts) / (whole - alone) * 1000:.0f} against "
        f"{len(texts) / alone * 1000:.0f} a second",
    )


def _index(assistant: Assistant, folder: Path, text: str, progress: Progress | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "notes.txt"
    source.write_text(text, encoding="utf-8")
    settings = load_settings(data_dir=folder, model="none")
    Ingestion(
        settings, IndexFolder(folder / "index"), assistant.lexicon, [], lambda: assistant.embedder
    ).run([str(source)], corpus=False, progress=progress)


def _built(name: str, assistant: Assistant, say: Callable[[str], None]) -> tuple[Path, float]:
    """A data folder with generated notes, kept between runs; and how long it took to index."""
    key = fingerprint(SHAPES[name], assistant.embedder.revision, assistant.lexicon.digest)
    folder = Path(tempfile.gettempdir()) / "zhitu-bench" / f"{name}-{key}"
    if not (folder / MARKER).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        say(f"indexing the {name} generated notes, kept in {folder}")
        subprocess.run(
            [sys.executable, "-m", "evals.bench_synthetic", name, str(folder)], cwd=REPO, check=True
        )
    seconds = json.loads((folder / MARKER).read_text(encoding="utf-8"))["seconds"]
    return folder, float(seconds)


def _open(folder: Path) -> Assistant:
    return Assistant(load_settings(data_dir=folder, model="none"))


def _ms(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000
