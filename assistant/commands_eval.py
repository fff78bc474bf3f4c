"""`zhitu eval`: measure the search, the support check and the grader; show and compare runs.

The package `evals` stands beside this one and is imported when a command runs, never before.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from assistant.cli_output import Bar, emit
from assistant.config import SearchName, load_settings
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from evals.compare import Comparison
    from evals.runs import Run, RunStore

_KINDS = {
    "retrieval": "does the search find the right entry",
    "support": "does the checker see what a passage says of a sentence",
    "grading": "does the grader agree with a person",
    "answers": "are answers complete, cited and free of known errors, and refused where they must",
    "rgb": "RGB's Chinese questions: can a chat model answer from noisy passages, and decline",
}
_RGB_SAMPLE = 60


def add_parser(subparsers: Any, common: Callable[[], argparse.ArgumentParser]) -> None:
    """Add `eval` to the command line.

    Args:
        subparsers: Where commands are added.
        common: Makes the options that every command has.
    """
    text = "measure the assistant on gold questions and on your own; compare runs"
    made = subparsers.add_parser("eval", help=text, description=text, parents=[common()])
    actions = made.add_subparsers(required=True, metavar="WHAT")
    for kind, text in _KINDS.items():
        one = actions.add_parser(kind, help=text, description=text, parents=[common()])
        one.set_defaults(run=measure, kind=kind)
        if kind == "rgb":
            one.set_defaults(set="rgb.zh", sample=_RGB_SAMPLE)
            one.add_argument("--rgb", required=True, metavar="FILE", help="RGB's zh_refine.json")
            one.add_argument("--noise", type=_share, nargs="+", default=[0.0, 0.4, 0.8],
                             help="shares of negative passages (0 .4 .8)")  # fmt: skip
        else:
            one.set_defaults(sample=None)
            one.add_argument("--set", default=f"{kind}.dev", help=f"a gold set ({kind}.dev)")
            one.add_argument("--section", default="", help="id, title, alias, number of a section")
        one.add_argument("--sample", type=_count, metavar="N", help="only N items, always the same")
        if kind in ("answers", "rgb"):
            one.add_argument("--model", metavar="none|local|NAME", help="who writes the answers")
        if kind == "retrieval":
            one.add_argument("--search-by", action="append", choices=get_args(SearchName),
                             help="may be given several times; by default all")  # fmt: skip
            one.add_argument("--embedder", action="append", metavar="E",
                             help="may be given several times; by default yours")  # fmt: skip
            one.add_argument("--k", type=_count, default=10, help="hits asked for (10)")
        if kind == "support":
            one.add_argument("--ocnli", default="", metavar="FILE", help="OCNLI's dev.json instead")
        _add_outputs(one)
    text = "is the chosen order of questions worth it, for learners who are simulated for weeks"
    one = actions.add_parser("simulation", help=text, description=text, parents=[common()])
    one.add_argument("--learners", type=_count, default=20, help="(20)")
    one.add_argument("--days", type=_count, default=60, help="(60)")
    one.add_argument("--minutes", type=float, default=20.0, help="a day (20)")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--out", metavar="FILE.json", help="keep the result")
    one.add_argument("--plot", metavar="FILE.svg", help="draw the curves")
    one.set_defaults(run=simulation)
    text = "show a run again"
    one = actions.add_parser("show", help=text, description=text, parents=[common()])
    one.add_argument("reference", nargs="?", default="last", metavar="RUN",
                     help="last, an id or part of it, a file; RUN@CONFIGURATION")  # fmt: skip
    one.set_defaults(run=show)
    _add_outputs(one)
    text = "list the runs"
    one = actions.add_parser("list", help=text, description=text, parents=[common()])
    one.set_defaults(run=list_runs)


def measure(arguments: argparse.Namespace) -> int:
    """`zhitu eval retrieval|support|grading|answers|rgb`."""
    from assistant.pipeline import Assistant

    _need_evals()
    from evals.compare import check_same_set, find, pairs, within
    from evals.runs import RunStore

    assistant = Assistant(load_settings(data_dir=arguments.data_dir))
    store = RunStore(assistant.settings.data_dir)
    _look_first(arguments)
    name = "ocnli" if getattr(arguments, "ocnli", "") else arguments.set
    before = find(store, arguments.compare, arguments.kind) if arguments.compare else None
    if before is not None:
        check_same_set(before[0], arguments.kind, name)
    try:
        with Bar() as bar:
            run = _run(arguments, assistant, bar)
    finally:
        assistant.close()
    path = store.save(run)
    comparisons = pairs(before[0], run, before[1]) if before is not None else within(run)
    document = {"file": str(path), **run.without_items().model_dump(mode="json")}
    _show(arguments, run, document, comparisons)
    return 0


def simulation(arguments: argparse.Namespace) -> int:
    """`zhitu eval simulation`."""
    from assistant.pipeline import Assistant

    _need_evals()
    from evals import simulation as simulated
    from evals.circumstances import Watch

    for name in (arguments.out, arguments.plot):
        if name and not Path(name).absolute().parent.is_dir():
            raise UsageError(f"{name} can't be written", "Name a file in a folder that is there.")
    assistant = Assistant(load_settings(data_dir=arguments.data_dir))
    try:
        with Bar() as bar:
            result = simulated.command(arguments, assistant, Watch(bar.update))
    finally:
        assistant.close()
    emit(simulated.document(result)) if arguments.json else print(simulated.text(result))
    return 0


def show(arguments: argparse.Namespace) -> int:
    """`zhitu eval show`."""
    _need_evals()
    from evals.compare import find, pairs, within

    store = _store(arguments)
    _look_first(arguments)
    run, configuration = find(store, arguments.reference)
    if arguments.compare:
        before = find(store, arguments.compare, run.kind)
        comparisons = pairs(before[0], run, before[1], configuration)
    else:
        comparisons = within(run)
    _show(arguments, run, run.model_dump(mode="json"), comparisons)
    return 0


def list_runs(arguments: argparse.Namespace) -> int:
    """`zhitu eval list`."""
    _need_evals()
    from evals.tables import list_text

    store = _store(arguments)
    runs, damaged = store.all(), store.damaged()
    if arguments.json:
        emit(
            {
                "runs": [run.model_dump(mode="json") for run in runs],
                "damaged": {str(path): str(error) for path, error in damaged.items()},
            }
        )
    else:
        print(list_text(runs))
    for error in damaged.values():
        print(f"zhitu: {error}", file=sys.stderr)
    return 0


def _run(arguments: argparse.Namespace, assistant: Assistant, bar: Bar) -> Run:
    from evals import answers, citations, grading, judges, retrieval, rgb, support
    from evals.circumstances import Watch

    watch = Watch(bar.update)
    if arguments.kind == "rgb":
        noise = tuple(arguments.noise)
        wanted = rgb.Options(arguments.rgb, arguments.model, noise, arguments.sample)
        return rgb.run(assistant, wanted, watch)
    common = {"set": arguments.set, "section": arguments.section, "sample": arguments.sample}
    if arguments.kind == "retrieval":
        searches = tuple(dict.fromkeys(arguments.search_by or get_args(SearchName)))
        embedders = tuple(dict.fromkeys(arguments.embedder or ()))
        chosen = retrieval.Options(**common, searches=searches, embedders=embedders, k=arguments.k)
        return retrieval.run(assistant, chosen, watch)
    if arguments.kind == "support":
        judge = judges.support_judge(assistant)
        return support.run(
            assistant, judge, support.Options(**common, ocnli=arguments.ocnli), watch
        )
    grader = judges.grader(assistant)
    if arguments.kind == "answers":
        supports = citations.CheckerSupports(assistant.services().checker)
        asked = answers.Options(**common, model=arguments.model)
        return answers.run(assistant, grader, supports, asked, watch)
    return grading.run(assistant, grader, grading.Options(**common), watch)


def _show(
    arguments: argparse.Namespace,
    run: Run,
    document: dict[str, Any],
    comparisons: Sequence[Comparison],
) -> None:
    from evals import report
    from evals.tables import comparison_text, main_measure, run_text, within_text

    if arguments.report:
        report.write(Path(arguments.report), run, comparisons)
        print(f"Wrote {Path(arguments.report).absolute()}", file=sys.stderr)
    if arguments.json:
        emit({**document, "comparisons": [asdict(one) for one in comparisons]})
        return
    print(run_text(run))
    if arguments.compare:
        for one in comparisons:
            print(f"\n{comparison_text(one)}")
    elif comparisons:
        print(f"\n{within_text(comparisons, main_measure(run))}")


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    text = "against that run, or RUN@CONFIGURATION; `last` is the one before"
    parser.add_argument("--compare", metavar="RUN", help=text)
    parser.add_argument("--report", metavar="FILE.html", help="write a report with plots too")


def _look_first(arguments: argparse.Namespace) -> None:
    """Find what is wrong with the request before minutes are spent on it."""
    if arguments.report:
        path = Path(arguments.report)
        if not path.absolute().parent.is_dir() or path.is_dir():
            raise UsageError(f"{path} can't be written", "Name a file in a folder that is there.")


def _store(arguments: argparse.Namespace) -> RunStore:
    from evals.runs import RunStore

    return RunStore(load_settings(data_dir=arguments.data_dir).data_dir)


def _need_evals() -> None:
    try:
        import evals.runs  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"The package `evals` can't be imported: {error}",
            "Install Zhitu again, or run from a checkout of the repository.",
        ) from error


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1:  # all negative comes in any case
        raise argparse.ArgumentTypeError(f"{number} is not from 0 to below 1")
    return number


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000:
        raise argparse.ArgumentTypeError(f"{number} is not in 1 to 100,000")
    return number
