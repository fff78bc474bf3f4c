"""Measures over a whole set and over its parts: by kind of question and by section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from evals.metrics import Estimate, mean
from evals.runs import Item

AnyItem = TypeVar("AnyItem", bound=Item)
Estimates = dict[str, Estimate]


def grouped(
    items: Sequence[AnyItem],
    estimate: Callable[[Sequence[AnyItem]], Estimates],
    kind: str = "kind",
) -> tuple[Estimates, dict[str, dict[str, Estimates]]]:
    """The measures of all items; and those of each kind and each section, in order of appearance.

    Args:
        items: At least one.
        estimate: Measures of some items.
        kind: What an item's kind is called among the groups.
    """
    by_kind: dict[str, list[AnyItem]] = {}
    by_section: dict[str, list[AnyItem]] = {}
    for item in items:
        by_kind.setdefault(item.kind, []).append(item)
        if item.section:
            by_section.setdefault(item.section, []).append(item)
    groups = {
        name: {label: estimate(part) for label, part in parts.items()}
        for name, parts in ((kind, by_kind), ("section", by_section))
        if parts
    }
    return estimate(items), groups


def means(items: Sequence[Item]) -> Estimates:
    """The mean of each measure that the items carry."""
    clusters = [item.cluster or item.id for item in items]
    return {
        name: mean([item.measures[name] for item in items], clusters) for name in items[0].measures
    }
