"""The regression gate: `python -m evals.baseline write|check [--data-dir D]`.

`write` keeps the figures of the dev sets in `evals/baseline.json`, to be committed. `check`
measures again, and fails where one has fallen below the low end of the interval that it had.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.config import load_settings
from assistant.errors import ZhituError
from assistant.files import write_whole
from assistant.pipeline import Assistant
from evals.columns import columns
from evals.quick import runs
from evals.runs import Run

BASELINE = Path(__file__).with_name("baseline.json")
_GATED = {
    "retrieval": ("right", "RR"),
    "support": ("macro-F1", "contradicted precision", "contradicted recall"),
    "grading": ("kappa", "macro-F1"),
}

Figures = dict[str, dict[str, dict[str, float]]]  # set → measure → value, low, high, n


class BaselineError(ZhituError):
    """A figure fell, or there is no baseline to hold it against."""


def figures(measured: Sequence[Run]) -> Figures:
    """What the gate looks at, of each run's first configuration."""
    return {
        run.set: {
            name: asdict(run.configurations[0].metrics[name])
            for name in _GATED[run.kind]
            if name in run.configurations[0].metrics
        }
        for run in measured
    }


def compare(before: Mapping[str, Any], now: Figures) -> tuple[list[list[str]], list[str]]:
    """Hold figures against the baseline.

    Returns:
        The rows of a table, and what is wrong: empty where nothing has fallen.
    """
    rows = [["set", "measure", "baseline", "floor", "now", ""]]
    wrong = []
    for name, measures in before.items():
        for measure, was in measures.items():
            found = now.get(name, {}).get(measure)
            value = "—" if found is None else f"{found['value']:.3f}"
            verdict = "ok"
            if found is None:
                verdict = "not measured"
            elif found["n"] != was["n"]:
                verdict = f"over {found['n']:.0f} items, not {was['n']:.0f}"
            elif found["value"] < was["low"]:
                verdict = "FELL"
            if verdict != "ok":
                wrong.append(f"{name} {measure}: {verdict}")
            low, high = f"{was['low']:.3f}", f"{was['value']:.3f}"
            rows.append([name, measure, high, low, value, verdict])
    return rows, wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Write the baseline, or check against it. Exit status 1 where a figure fell."""
    parser = argparse.ArgumentParser(prog="python -m evals.baseline", description=__doc__)
    parser.add_argument("action", choices=["write", "check"])
    parser.add_argument("--data-dir", type=Path, metavar="D", help="its index is asked")
    arguments = parser.parse_args(argv)
    try:
        before = _read() if arguments.action == "check" else {}
        now = _measure(arguments.data_dir)
        if arguments.action == "write":
            write_whole(BASELINE, json.dumps(now, indent=1) + "\n")
            print(f"Wrote {BASELINE}")
            return 0
        rows, wrong = compare(before, now)
        print(columns(rows))
        if wrong:
            raise BaselineError(
                "; ".join(wrong),
                "Mend it; or, where it is meant, run `python -m evals.baseline write`.",
            )
    except ZhituError as error:
        print(f"baseline: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(data_dir: Path | None) -> Figures:
    assistant = Assistant(load_settings(data_dir=data_dir))
    try:
        return figures([*runs(assistant, ["dev"], _say, [assistant.settings.search])])
    finally:
        assistant.close()


def _read() -> dict[str, Any]:
    try:
        stored = json.loads(BASELINE.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BaselineError(
            f"{BASELINE} can't be read: {error}", "Make it: `python -m evals.baseline write`."
        ) from error
    return dict(stored)


def _say(text: str) -> None:
    print(f"baseline: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
