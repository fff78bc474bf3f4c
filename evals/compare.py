"""Two runs, or two configurations of one, on the same items: differences that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evals.metrics import Difference, paired
from evals.runs import Configuration, Run, RunError, RunStore

_SEPARATOR = "@"


@dataclass(frozen=True)
class Side:
    """One configuration of one run."""

    run: Run
    configuration: Configuration

    @property
    def name(self) -> str:
        """As `find` reads it."""
        return f"{self.run.id}{_SEPARATOR}{self.configuration.name}"


@dataclass(frozen=True)
class Comparison:
    """What the second side has more than the first, a measure at a time."""

    first: str
    second: str
    n: int  # items that both hold
    left_out: int  # items that only one of them holds
    differences: dict[str, Difference]


def find(store: RunStore, reference: str, kind: str = "") -> tuple[Run, str]:
    """The run that is meant, and the name of a configuration, which may be empty.

    Args:
        store: Where the runs are.
        reference: As in `RunStore.load`, with `@CONFIGURATION` behind it where one is meant.
        kind: Which kind of run `last` means.
    """
    if Path(reference).is_file():
        return store.load(reference), ""
    name, _, configuration = reference.partition(_SEPARATOR)
    run = store.load(name, kind)
    return run, run.configuration(configuration).name if configuration else ""


def pairs(first: Run, second: Run, one: str = "", other: str = "") -> list[Comparison]:
    """Compare what is meant: the named configurations, else those of the same name in both runs.

    Args:
        first: The run that is compared with.
        second: The run that is looked at.
        one: A configuration of `first`; empty: the one with the name of the other side.
        other: A configuration of `second`; empty: all of them.

    Raises:
        RunError: The runs are of different kinds or over different sets, or have nothing in common.
    """
    if one:
        rights = [second.configuration(other)] if other else list(second.configurations)
        return [
            compare(Side(first, first.configuration(one)), Side(second, right))
            for right in rights
            if (first.id, one) != (second.id, right.name)
        ]
    if other:
        second = second.model_copy(update={"configurations": (second.configuration(other),)})
    lefts = {left.name: left for left in first.configurations}
    same = [(lefts[r.name], r) for r in second.configurations if r.name in lefts]
    if not same and len(first.configurations) == len(second.configurations) == 1:
        same = [(first.configurations[0], second.configurations[0])]  # two judges
    if not same:
        raise RunError(
            f"{first.id} and {second.id} have no configuration in common",
            f"Name one: {first.id}{_SEPARATOR}{first.configurations[0].name}.",
        )
    return [compare(Side(first, left), Side(second, right)) for left, right in same]


def check_same_set(run: Run, kind: str, name: str) -> None:
    """See that a run is of this kind and over this set.

    Raises:
        RunError: It is not: its figures answer another question.
    """
    if (run.kind, run.set) != (kind, name):
        raise RunError(
            f"{run.id} is {run.kind} over {run.set}, not {kind} over {name}",
            "Compare runs over the same set; `zhitu eval list` shows what there is.",
        )


def within(run: Run) -> list[Comparison]:
    """Each further configuration of a run against its first."""
    first, *others = run.configurations
    return [compare(Side(run, first), Side(run, other)) for other in others]


def compare(first: Side, second: Side) -> Comparison:
    """Compare the measures that both have, each over the items for which both have it.

    Raises:
        RunError: The runs are of different kinds or over different sets, or share no item.
    """
    check_same_set(first.run, second.run.kind, second.run.set)
    left = {item.id: item for item in first.configuration.items}
    right = {item.id: item for item in second.configuration.items}
    ids = [identity for identity in left if identity in right]
    if not ids:
        raise RunError(
            f"{first.name} and {second.name} have no item in common", "Run both on one sample."
        )
    # a measure need not apply to each item: what is refused has no citations
    sharing: dict[str, list[str]] = {}
    for identity in ids:
        for name in left[identity].measures:
            if name in right[identity].measures:
                sharing.setdefault(name, []).append(identity)
    return Comparison(
        first=first.name,
        second=second.name,
        n=len(ids),
        left_out=len(left.keys() ^ right.keys()),
        differences={
            name: paired(
                [left[identity].measures[name] for identity in some],
                [right[identity].measures[name] for identity in some],
                [left[identity].cluster or identity for identity in some],
            )
            for name, some in sharing.items()
        },
    )
