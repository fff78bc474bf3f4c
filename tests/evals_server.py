"""Serve the page over a small part of the real corpus, for the tests of the Evals tab.

`python tests/evals_server.py FOLDER [--bare]`: with the real embedder and the questions of
`retrieval.dev` on that part. FOLDER keeps index and runs over a restart. While it holds a file
`slow`, each question takes its time, so that a run can be looked at and cancelled.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from eval_kit import write_rows
from fakes import use_corpus

from assistant.config import load_settings
from assistant.embedding import OnnxEmbedder
from assistant.loaders.corpus import corpus_folder
from assistant.pipeline import Assistant
from assistant.schema import Vectors
from evals import gold

PARTS = ("1-backbone/1.1-deeper", "5-distance")  # of the map
INDEXES = ("1-backbone/_index.md",)
BELOW = ("backbone/deeper/", "distance/")  # ids of what is asked for
_SLOW = 0.2  # seconds a question


def part_of_corpus(folder: Path) -> Path:
    """Copy a few entries, without the references that they cite: it is soon indexed."""
    if not folder.exists():
        real = corpus_folder()
        for part in PARTS:
            shutil.copytree(real / "notes" / part, folder / "notes" / part)
        for part in INDEXES:
            shutil.copy(real / "notes" / part, folder / "notes" / part)
    return folder


def part_of_questions(folder: Path) -> None:
    """The questions on that part; the held-out set has the same ones, of the development set."""
    lines = (gold.GOLD / "retrieval.dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [
        row for row in map(json.loads, lines) if all(e.startswith(BELOW) for e in row["entries"])
    ]
    for split in ("dev", "test"):
        write_rows(folder / f"retrieval.{split}.jsonl", rows)
    gold.GOLD = folder


def main() -> int:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bare", action="store_true", help="without an index")
    given = parser.parse_args()
    folder: Path = given.folder
    use_corpus(part_of_corpus(folder / "corpus"), setattr)
    part_of_questions(folder / "gold")
    settings = load_settings(model="none", port=0, data_dir=folder / "data")
    embed = OnnxEmbedder.embed_queries

    def embed_slowly(self: OnnxEmbedder, texts: Sequence[str]) -> Vectors:
        if (folder / "slow").exists():
            time.sleep(_SLOW)
        return embed(self, texts)

    OnnxEmbedder.embed_queries = embed_slowly  # type: ignore[method-assign]

    def load() -> Assistant:
        assistant = Assistant(settings)
        if not given.bare:
            assistant.index()
        return assistant

    from assistant.ui.launch import serve

    return serve(settings, load)


if __name__ == "__main__":
    sys.exit(main())
