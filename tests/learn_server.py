"""Serve the page over a small part of the real corpus and its questions, for the learning tabs.

`python tests/learn_server.py FOLDER`: with the real embedder. FOLDER keeps index and progress over
a restart; a file `days` in it holds how many days the learners' clock is ahead. A fit of weights
gives always the same, and takes as long as a file `fitting` is there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from evals_server import part_of_corpus
from fakes import use_corpus
from fit_kit import BETTER

from assistant import fit_process
from assistant.config import load_settings
from assistant.fitting import Fit, check
from assistant.loaders.corpus import corpus_folder
from assistant.pipeline import Assistant
from assistant.study import Review
from assistant.ui.people import People

QUESTIONS = ("backbone/deeper", "distance")


def part_of_bank(folder: Path) -> None:
    """Copy the questions on that part of the corpus, in both languages."""
    for language in ("questions", "questions_en"):
        for part in QUESTIONS:
            source, target = corpus_folder() / language / part, folder / language / part
            if source.is_dir() and not target.exists():
                shutil.copytree(source, target)


def main() -> int:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    folder: Path = given.folder
    part_of_corpus(folder / "corpus")
    part_of_bank(folder / "corpus")
    use_corpus(folder / "corpus", setattr)

    def clock() -> datetime:
        ahead = folder / "days"
        return datetime.now(UTC) + timedelta(days=float(ahead.read_text()) if ahead.exists() else 0)

    def fitted(reviews: Sequence[Review], _: object) -> Fit:
        check(reviews)
        while (folder / "fitting").exists():
            time.sleep(0.02)
        return Fit(BETTER, 0.3456, 0.3211)

    People.clock = staticmethod(clock)
    fit_process.run = fitted
    settings = load_settings(model="none", port=given.port, data_dir=folder / "data")

    def load() -> Assistant:
        assistant = Assistant(settings)
        assistant.index()
        assistant.grader()
        return assistant

    from assistant.ui.launch import serve

    return serve(settings, load)


if __name__ == "__main__":
    sys.exit(main())
