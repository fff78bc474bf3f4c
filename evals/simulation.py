"""What the order of questions is worth: `zhitu eval simulation`, `python -m evals.simulation`.

Learners are simulated (`simulate.py`) with the errors of the real grader, which are measured first,
on the grading gold of dev. Each is simulated under every order from the same knowledge; intervals
come from drawing learners again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np

from assistant.config import load_settings
from assistant.files import write_whole
from assistant.pipeline import Assistant
from assistant.schema import Question
from evals import gold, judges
from evals.circumstances import Watch
from evals.graders_errors import chances, confusion
from evals.grading import DEFAULT_SET
from evals.metrics import Estimate, draws, mean
from evals.plots import curve_file
from evals.rows import GradingRow
from evals.simulate import VERDICTS, Order
from evals.simulate_all import Given, simulate_all

ORDERS: tuple[Order, ...] = get_args(Order)
_PROCESSES = 2


@dataclass(frozen=True)
class Options:
    """What is to be simulated."""

    learners: int = 20
    days: int = 60
    minutes: float = 20
    seed: int = 0
    set: str = DEFAULT_SET


@dataclass(frozen=True)
class Gain:
    """How many more points are known at the end, as a share of the other order's."""

    over: Order
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Result:
    """What came out.

    Attributes:
        confusion: For each true verdict, how often the grader gave each, in the order of VERDICTS.
        points: Of the bank.
        curves: Mean of points known, at the start and after each day, by order.
        last: Points known by each learner at the end, by order.
    """

    options: Options
    made: str
    grader: str
    questions: int
    points: int
    confusion: dict[str, tuple[int, ...]]
    curves: dict[Order, tuple[Estimate, ...]]
    last: dict[Order, tuple[float, ...]]
    gains: tuple[Gain, ...]


def run(
    bank: Mapping[str, Question],
    links: Sequence[tuple[str, str]],
    counts: dict[str, tuple[int, ...]],
    options: Options,
    grader: str = "",
    made: str = "",
    watch: Watch | None = None,
    processes: int = _PROCESSES,
) -> Result:
    """Simulate all learners under all orders.

    Args:
        bank: Questions by id.
        links: Between entries.
        counts: The grader's errors, see `confusion`.
        options: How many, and for how long.
        grader: Its name.
        made: When, as it is to be told.
        watch: Told after each learner.
        processes: At most; 1 stays in this one.
    """
    watch = watch or Watch()
    seeds = range(options.seed, options.seed + options.learners)
    given = Given(bank, chances(counts), links, options.days, options.minutes)
    curves = simulate_all(given, list(product(seeds, ORDERS)), watch.step, processes)
    by_order = {order: [curves[seed, order] for seed in seeds] for order in ORDERS}
    last = {order: tuple(curve[-1] for curve in found) for order, found in by_order.items()}
    return Result(
        options=options,
        made=made,
        grader=grader,
        questions=len(bank),
        points=sum(len(question.points) for question in bank.values()),
        confusion=counts,
        curves={
            order: tuple(mean(day) for day in zip(*found, strict=True))
            for order, found in by_order.items()
        },
        last=last,
        gains=tuple(
            gain(last["chosen"], last[order], order) for order in ORDERS if order != "chosen"
        ),
    )


def gain(chosen: Sequence[float], other: Sequence[float], over: Order) -> Gain:
    """Ratio of the means, less 1; learners are drawn again, each with both of its ends."""
    ends = np.array([chosen, other], np.float64).T  # (learners, 2)
    drawn = draws(len(ends)) @ ends
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1] - 1, [0.025, 0.975])
    sums = ends.sum(axis=0)
    return Gain(over, float(sums[0] / sums[1] - 1), float(low), float(high))


def measure(assistant: Assistant, options: Options, watch: Watch | None = None) -> Result:
    """Measure the grader, then simulate.

    Raises:
        GoldError: The set is not on this machine.
        ModelMissingError: The grader's model is not on this machine.
    """
    watch = watch or Watch()
    grader = judges.grader(assistant)
    rows = gold.load(options.set, GradingRow, assistant.settings.data_dir)
    counts = confusion(rows, grader, watch)
    links = [(link.source, link.target) for link in assistant.links]
    made = f"{datetime.now(UTC):%Y-%m-%d}"
    return run(assistant.bank, links, counts, options, grader.name, made, watch)


def text(result: Result) -> str:
    """For a terminal."""
    options = result.options
    lines = [
        f"{options.learners} learners, {options.days} days, {options.minutes:g} minutes a day; "
        f"{result.questions} questions, {result.points} points",
        "",
        f"The grader ({result.grader}) on {options.set}; rows: true, columns: given",
        " " * 14 + "".join(f"{verdict:>14}" for verdict in VERDICTS),
    ]
    lines += [
        f"{true:<14}" + "".join(f"{n:>14}" for n in given)
        for true, given in result.confusion.items()
    ]
    lines += ["", f"Points known after {options.days} days"]
    for order, curve in result.curves.items():
        end = curve[-1]
        lines.append(
            f"{order:<12}{end.value:8.1f}  [{end.low:.1f}–{end.high:.1f}]   at the start "
            f"{curve[0].value:.1f}"
        )
    lines += [
        f"chosen over {one.over}: {one.value:+.1%}  [{one.low:+.1%} to {one.high:+.1%}]"
        for one in result.gains
    ]
    return "\n".join(lines)


def svg(result: Result) -> str:
    """The curves as a picture."""
    title = f"Points known over {result.options.days} days, by the order of the questions"
    curves: dict[str, Sequence[Estimate]] = dict(result.curves.items())
    return curve_file(
        curves, title, "day", f"key points known, of {result.points} (mean, 95 % interval)"
    )


def document(result: Result) -> dict[str, Any]:
    """As JSON."""
    return asdict(result)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What both command lines take."""
    default = Options()
    parser.add_argument("--learners", type=int, default=default.learners)
    parser.add_argument("--days", type=int, default=default.days)
    parser.add_argument("--minutes", type=float, default=default.minutes, help="a day")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--out", metavar="FILE.json", help="keep the result")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw the curves")


def command(arguments: argparse.Namespace, assistant: Assistant, watch: Watch) -> Result:
    """Measure, and write the files that were asked for."""
    options = Options(arguments.learners, arguments.days, arguments.minutes, arguments.seed)
    result = measure(assistant, options, watch)
    if arguments.out:
        made = json.dumps(document(result), ensure_ascii=False, indent=1)
        write_whole(Path(arguments.out), f"{made}\n")
    if arguments.plot:
        write_whole(Path(arguments.plot), svg(result))
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """`python -m evals.simulation`."""
    parser = argparse.ArgumentParser(prog="evals.simulation", description=__doc__)
    add_options(parser)
    arguments = parser.parse_args(argv)
    assistant = Assistant(load_settings())
    try:
        print(text(command(arguments, assistant, Watch())))
    finally:
        assistant.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
