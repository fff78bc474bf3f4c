"""Whole processes: a cold search, the page, a person's first question, memory, kills."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.chat_models import LOCAL_MODEL
from assistant.chunking import chunk_entries
from assistant.config import load_settings
from assistant.loaders import load_source
from assistant.model_store import ModelStore
from evals.bench_report import Figure
from evals.bench_setup import REPO, Bench
from evals.bench_synthetic import Shape, generate

PEERS = "import torch, sentence_transformers, llama_index.core, chromadb, gradio"
_ROUNDS = 3
_LIMIT = 300.0  # seconds that anything may take before it counts as hung
_KILLS = 25
_GIB = 1e9


def cold(bench: Bench) -> Iterator[Figure]:
    """A search in a new process, and the page's start, against importing what peers import."""
    search = [sys.executable, "-m", "assistant", "search", "ResNet 的创新点是什么", "--json"]
    times: dict[str, list[float]] = {"import": [], "search": [], "page": []}
    for number in range(1 if bench.quick else _ROUNDS):
        bench.say(f"cold processes, round {number + 1}")
        times["search"].append(_seconds(search, bench))
        times["import"].append(_seconds([sys.executable, "-c", PEERS], bench))
        if (REPO / "app.py").is_file():
            times["page"].append(_page(bench))
    base = statistics.median(times["import"])
    note = f"importing {base:.1f} s; median of {len(times['import'])}, in turn"
    took = statistics.median(times["search"])
    yield Figure("cold search against the import of peers", took / base, "ratio", 0.35,
                 note=f"{took:.2f} s; {note}")  # fmt: skip
    name = "page up against the import of peers"
    if not times["page"]:
        yield Figure(name, None, "ratio", 0.6, note="there is no app.py yet")
        return
    took = statistics.median(times["page"])
    yield Figure(name, took / base, "ratio", 0.6, note=f"{took:.2f} s; {note}")


def asking(bench: Bench) -> Iterator[Figure]:
    """Twenty questions in a process that holds the page's libraries, without and with a model."""
    bench.say("20 questions without the chat model")
    plain = _child("ask", bench, "none")
    first = plain["passages"][0]
    later = max(plain["passages"][1:])
    note = f"opening the index {plain['opened']:.2f} s; later at most {later:.3f} s"
    yield Figure("passages of the first question", first, "s", 1.0, note=note)
    yield _memory("memory after 20 questions", plain, 1.0)
    words, memory = "first words of the embedded chat model", "memory with the embedded chat model"
    reason = _no_model()
    if reason:
        yield Figure(words, None, "s", 15.0, note=reason)
        yield Figure(memory, None, "GB", 2.6, note=reason)
        return
    bench.say("20 questions with the embedded chat model")
    full = _child("ask", bench, "local")
    if not full["words"]:
        yield Figure(words, None, "s", 15.0, note="the model wrote nothing")
    else:
        later = full["words"][1:] or full["words"]
        yield Figure(
            words, full["words"][0], "s", 15.0,
            note=f"after loading ({full['loaded']:.1f} s); later questions: median "
            f"{statistics.median(later):.1f}, at most {max(later):.1f} s",
        )  # fmt: skip
    yield _memory(memory, full, 2.6)


def kills(bench: Bench) -> Iterator[Figure]:
    """Indexing is killed at random moments; the next process must find one whole index, and ask it.

    Each run puts one of two sources in place of the other, so that it has all to change.
    """
    folder = bench.work / "killed"
    sources = [bench.work / "first.txt", bench.work / "second.txt"]
    for number, source in enumerate(sources):
        source.write_text(generate(Shape(2, 3, 5, 4), seed=number).text, encoding="utf-8")
    settings = load_settings(data_dir=folder, model="none")
    known = {_texts(source, settings.chunk_tokens) for source in sources}
    _interrupted(bench, folder, sources, None)
    _, took = _interrupted(bench, folder, sources, None)
    rng = random.Random(5)
    count = 5 if bench.quick else _KILLS
    bench.say(f"{count} kills of indexing, within {took:.1f} s")
    bad = unfinished = 0
    for number in range(count + 1):
        after = rng.uniform(0, took) if number < count else 0.0
        state, seconds = _interrupted(bench, folder, sources, after)
        bad += not (state["texts"] in known and state["whole"] and state["hits"])
        unfinished += number < count and seconds == 0.0
    yield Figure(
        "kills of indexing that lost or mixed an index", bad, "count", 0,
        note=f"{count} kills, {unfinished} before the run had ended; every restart asked",
    )  # fmt: skip


def _interrupted(
    bench: Bench, folder: Path, sources: list[Path], after: float | None
) -> tuple[dict[str, Any], float]:
    """Index, killed `after` seconds; the state found at its start, and seconds if it ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "evals.bench_child", "index", str(folder), *map(str, sources)],
        cwd=REPO, env=bench.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None  # it was asked for
    state = {"texts": "", "whole": False, "hits": 0}
    seconds = 0.0
    with process:
        for line in process.stdout:
            if line.strip() != "begin":
                state = json.loads(line)
                continue
            if after is not None:
                time.sleep(after)
                process.kill()
            rest = process.stdout.read().strip()
            seconds = float(rest) if rest else 0.0
            break
        process.wait(_LIMIT)
    return state, seconds


def _texts(source: Path, chunk_tokens: int) -> str:
    """The hash that `bench_child.examine` gives an index of this source alone."""
    chunks = chunk_entries(load_source(str(source)).entries, len, chunk_tokens)
    return hashlib.sha256("\n".join(c.text for c in chunks).encode()).hexdigest()[:16]


def _child(what: str, bench: Bench, argument: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "evals.bench_child", what, str(bench.data_dir), argument],
        cwd=REPO, env=bench.environment, stdout=subprocess.PIPE, text=True, check=True,
        timeout=4 * _LIMIT,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _memory(name: str, result: dict[str, Any], target: float) -> Figure:
    if result["resident"] is None:
        return Figure(name, None, "GB", target, note="there is no /proc here")
    return Figure(name, result["resident"] / _GIB, "GB", target, note="with the page's libraries")


def _no_model() -> str:
    settings = load_settings()
    if not ModelStore(settings.models_dir, settings.hub_url).ready(LOCAL_MODEL):
        return "the chat model isn't in the store; run `zhitu models pull`"
    return ""


def _seconds(command: list[str], bench: Bench) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=REPO, env=bench.environment, stdout=subprocess.DEVNULL, check=True,
                   timeout=_LIMIT)  # fmt: skip
    return time.perf_counter() - began


def _page(bench: Bench) -> float:
    """Seconds from the start of `app.py` until its first page has been answered."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "app.py"], cwd=REPO, env={**bench.environment, "ZHITU_PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while time.perf_counter() - began < _LIMIT:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=_LIMIT) as page:
                    page.read()
                return time.perf_counter() - began
            except urllib.error.URLError:
                if process.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError(f"app.py answered nothing; its exit status is {process.poll()}")
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.kill(process.pid, signal.SIGINT)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
