"""Writes the README's tables of the evaluations: `python -m evals.readme [RUN …] [--print]`.

Without runs it makes them first, on dev and test, and keeps them in the data folder. What stands
between the marks `evals` is replaced, in `README.md` and in `README.zh-CN.md`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.config import load_settings
from assistant.errors import ZhituError
from assistant.files import write_whole
from assistant.pipeline import Assistant
from evals.quick import runs
from evals.runs import Configuration, Run, RunStore

ROOT = Path(__file__).resolve().parents[1]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
_MARK = "evals"
_OCNLI = ROOT.parent / "shared" / "benchmarks" / "ocnli" / "dev.json"
_COLUMNS = {
    "retrieval": ("right", "hit@5", "RR", "nDCG@10"),
    "support": ("accuracy", "macro-F1", "contradicted precision", "contradicted recall", "ECE"),
    "grading": ("accuracy", "macro-F1", "kappa"),
}
_TEXTS = {
    "en": {
        "retrieval": "Search: is the right entry in front?",
        "support": "Support check: what does a passage say of a sentence?",
        "grading": "Grading: a verdict for each point",
        "set": "set",
        "who": "by",
        "n": "n",
        "ms": "ms, median",
    },
    "zh": {
        "retrieval": "检索：该找到的条目在不在最前面？",
        "support": "依据核对：原文支持、否定这句话，还是都不是？",
        "grading": "评分：每个要点一个判定",
        "set": "题集",
        "who": "方法",
        "n": "题数",
        "ms": "毫秒（中位数）",
    },
}


class ReadmeError(ZhituError):
    """A README lacks the marks between which a table is to stand."""


def replace_block(text: str, mark: str, body: str) -> str:
    """Put `body` between `<!-- mark -->` and `<!-- /mark -->`.

    Raises:
        ReadmeError: The marks are not there, once each and in this order.
    """
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed or begin in rest:
        raise ReadmeError(f"There is no one block {begin} … {end}", "Add the marks to the README.")
    return f"{before}{begin}\n{body}\n{end}{after}"


def tables(measured: Iterable[Run], language: str) -> str:
    """A Markdown table a kind of run, in the order given; a row for each configuration."""
    texts = _TEXTS[language]
    by_kind: dict[str, list[Run]] = {}
    for run in measured:
        if run.kind in _COLUMNS:
            by_kind.setdefault(run.kind, []).append(run)
    parts = []
    for kind, some in by_kind.items():
        head = [texts["set"], texts["who"], texts["n"], *_COLUMNS[kind], texts["ms"]]
        lines = [f"**{texts[kind]}**", "", _row(head), _row(["---"] * len(head))]
        for run in some:
            lines += [_row(_cells(run, one)) for one in run.configurations]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure or read the runs, then write both files."""
    parser = argparse.ArgumentParser(prog="python -m evals.readme", description=__doc__)
    parser.add_argument("runs", nargs="*", metavar="RUN", help="stored runs; none: make them")
    parser.add_argument("--print", action="store_true", help="print the tables, write nothing")
    parser.add_argument("--data-dir", type=Path, metavar="D", help="its index is asked")
    parser.add_argument("--ocnli", type=Path, default=_OCNLI, metavar="FILE", help="its dev.json")
    arguments = parser.parse_args(argv)
    try:
        store = RunStore(load_settings(data_dir=arguments.data_dir).data_dir)
        measured = [store.load(name) for name in arguments.runs] or _measure(arguments, store)
        bodies = {path: tables(measured, language) for language, path in READMES.items()}
        if arguments.print:
            print("\n\n".join(bodies.values()))
            return 0
        changed = {
            path: replace_block(path.read_text(encoding="utf-8"), _MARK, body)
            for path, body in bodies.items()
        }
        for path, text in changed.items():  # none, unless all have the marks
            write_whole(path, text)
    except ZhituError as error:
        print(f"readme: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(arguments: argparse.Namespace, store: RunStore) -> list[Run]:
    assistant = Assistant(load_settings(data_dir=arguments.data_dir))
    ocnli = arguments.ocnli if arguments.ocnli.is_file() else None
    measured = []
    try:
        for run in runs(assistant, ["dev", "test"], _say, ocnli=ocnli):
            store.save(run)
            measured.append(run)
    finally:
        assistant.close()
    return measured


def _cells(run: Run, one: Configuration) -> list[str]:
    cells = [run.set, one.name, str(one.metrics["accuracy" if run.judge else "right"].n)]
    for name in _COLUMNS[run.kind]:
        e = one.metrics.get(name)
        cells.append("" if e is None else f"{e.value:.3f} ({e.low:.3f}–{e.high:.3f})")
    return [*cells, f"{one.latency_ms['p50']:.1f}" if "p50" in one.latency_ms else ""]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '·') for cell in cells)} |"


def _say(text: str) -> None:
    print(f"readme: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
