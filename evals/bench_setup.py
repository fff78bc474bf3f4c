"""What the parts of the benchmark share: where things lie, and the index that most of them ask."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.config import load_settings
from assistant.parts import SEARCHES
from assistant.pipeline import Assistant
from assistant.retrieval import Search
from evals.bench_synthetic import MIDDLE, generate

REPO = Path(__file__).resolve().parents[1]
GOLD = Path(__file__).resolve().parent / "gold"

Row = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """One run of the benchmark."""

    work: Path  # a temporary folder of this run
    seed: Path | None  # the raw seed, where it is on this machine
    split: str
    quick: bool
    say: Callable[[str], None]  # progress, for the person who waits

    @cached_property
    def data_dir(self) -> Path:
        """A data folder with the raw seed alone; with generated notes where there is no seed."""
        source = self.seed
        if source is None:
            source = self.work / "notes.txt"
            source.write_text(generate(MIDDLE).text, encoding="utf-8")
        folder = self.work / "seed"
        assistant = Assistant(load_settings(data_dir=folder, model="none"))
        assistant.index(files=[str(source)], corpus=False)
        assistant.close()
        return folder

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """For child processes that ask the index of `data_dir`."""
        return {**os.environ, "ZHITU_DATA_DIR": str(self.data_dir), "PYTHONPATH": str(REPO)}

    def open(self) -> Assistant:
        """An Assistant without a chat model on the index of `data_dir`."""
        return Assistant(load_settings(data_dir=self.data_dir, model="none"))


def find_seed(given: Path | None) -> Path | None:
    """The raw seed: as given, or where it lies beside the checkout."""
    if given is not None:
        return given if given.is_file() else None
    return next(iter(sorted((REPO.parent / "shared" / "seed").glob("*.txt"))), None)


def gold(split: str, name: str = "seed") -> list[Row]:
    """The gold questions of one set and split; see `evals/gold/README.md`."""
    lines = (GOLD / f"{name}.{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def searches(assistant: Assistant) -> Iterator[tuple[str, Search]]:
    """Every way of searching the Assistant's index, by name."""
    services = assistant.services()
    for name, kind in SEARCHES.items():
        yield name, kind(services.index, services.taxonomy, services.embedder)


def say(text: str) -> None:
    """Progress goes to standard error."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
