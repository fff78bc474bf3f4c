"""Many simulated learners, in several processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from assistant.schema import Question
from evals.simulate import Confusion, Order, simulate

Task = tuple[int, Order]  # seed of the learner, and who chooses
_NICE = 5  # others work on this machine


@dataclass(frozen=True)
class Given:
    """What all of them have in common; see `simulate`."""

    bank: Mapping[str, Question]
    confusion: Confusion
    links: Sequence[tuple[str, str]]
    days: int
    minutes: float


def simulate_all(
    given: Given,
    tasks: Sequence[Task],
    step: Callable[[str, int, int], None],
    processes: int,
) -> dict[Task, list[float]]:
    """The curve of each.

    Args:
        given: What they have in common.
        tasks: Who.
        step: Told after each what is being done, how much is, and of how much.
        processes: At most; 1 stays in this one.
    """
    curves: dict[Task, list[float]] = {}
    if processes == 1:
        for task in tasks:
            curves[task] = _simulate(given, task)
            step("learners", len(curves), len(tasks))
        return curves
    spawn = multiprocessing.get_context("spawn")  # a fork would copy the threads of models
    with ProcessPoolExecutor(processes, spawn, _prepare, (given,)) as pool:
        for task, curve in zip(tasks, pool.map(_one, tasks), strict=True):
            curves[task] = curve
            step("learners", len(curves), len(tasks))
    return curves


def _simulate(given: Given, task: Task) -> list[float]:
    seed, order = task
    return simulate(
        given.bank, order, seed, given.days, given.minutes, given.confusion, given.links
    )


_here: list[Given] = []  # of a process of the pool: it is sent once, not with each task


def _prepare(given: Given) -> None:
    os.nice(_NICE)
    _here[:] = [given]


def _one(task: Task) -> list[float]:
    return _simulate(_here[0], task)
