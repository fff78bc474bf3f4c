"""Writes the README's table from a run: `python -m evals.bench_readme BENCH.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from evals.bench_report import Figure
from evals.readme import READMES, replace_block

README = READMES["en"]


def rows(figures: list[dict[str, Any]]) -> list[str]:
    """A Markdown row for each figure that has a target, and for each search that is compared."""
    lines = ["| what | target | measured | 95 % | |", "|---|---|---|---|---|"]
    for stored in figures:
        figure = Figure(**{name: stored[name] for name in stored if name != "reached"})
        if figure.target is not None or figure.name.startswith("answer within"):
            lines.append(f"| {' | '.join(figure.cells()[:5])} |")
    return lines


def main(arguments: list[str]) -> int:
    """Replace what stands between the marks."""
    document = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    text = README.read_text(encoding="utf-8")
    table = "\n".join(rows(document["figures"]))
    README.write_text(replace_block(text, "bench", table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
