"""Measures what the project promises: `python -m evals.bench`, or `make bench`.

Prints a table of targets and what was measured. Speeds are ratios within the run, so that another
machine, or a busy one, gives the same verdict; nothing of a gold question is printed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant.errors import ZhituError
from evals.bench_corpus import corpus
from evals.bench_process import asking, cold, kills
from evals.bench_quality import quality
from evals.bench_report import Figure, summary, table
from evals.bench_search import indexing, scale, warm
from evals.bench_setup import Bench, find_seed, say

PARTS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "quality": quality,
    "corpus": corpus,
    "warm": warm,
    "scale": scale,
    "indexing": indexing,
    "cold": cold,
    "asking": asking,
    "kills": kills,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print. Exit status 1 where a part failed; a missed target is a result."""
    arguments = _parser().parse_args(argv)
    chosen = arguments.only or list(PARTS)
    seed = find_seed(arguments.seed)
    if seed is None:
        say("the raw seed isn't here: quality is not measured, and speed on generated notes")
    figures: list[Figure] = []
    failed: list[str] = []
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="zhitu-bench-") as work:
        bench = Bench(Path(work), seed, arguments.split, arguments.quick, say)
        for name in chosen:
            say(f"{name} …")
            try:
                figures += PARTS[name](bench)
            except (ZhituError, RuntimeError, OSError, subprocess.SubprocessError) as error:
                failed.append(name)
                say(f"{name} failed: {error}")
    took = time.perf_counter() - began
    print(table(figures))
    print(f"\n{summary(figures)}. {took:.0f} s.")
    if failed:
        print(f"Failed: {', '.join(failed)}")
    if arguments.json:
        document = {
            "split": arguments.split,
            "quick": arguments.quick,
            "seconds": took,
            "failed": failed,
            "figures": [figure.as_dict() for figure in figures],
        }
        arguments.json.write_text(
            json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--seed", type=Path, metavar="FILE", help="the raw notes")
    parser.add_argument("--split", choices=["dev", "test"], default="dev",
                        help="gold questions; test only to report")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="no 100,000 chunks, fewer rounds")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="PART",
                        help=f"some of: {', '.join(PARTS)}")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
