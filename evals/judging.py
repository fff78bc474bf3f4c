"""What the evaluations of judges share: items with an expected class and a given one."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.config import Settings
from evals.classes import calibration, confusion, reliability, score
from evals.groups import Estimates, grouped
from evals.metrics import percentile
from evals.runs import Configuration, Confusion, JudgedItem


def judged(
    name: str,
    settings: Settings,
    items: Sequence[JudgedItem],
    labels: Sequence[str],
    took_ms: Sequence[float],
    kind: str = "kind",
) -> Configuration:
    """The figures of one judge.

    Args:
        name: Of the judge.
        settings: Those in force.
        items: At least one; those with chances for each label are looked at for calibration too.
        labels: The classes, in the order of the confusion matrix.
        took_ms: How long the judge took for what it does live; see `latency_ms`.
        kind: What an item's kind is called among the groups.
    """

    def estimate(some: Sequence[JudgedItem]) -> Estimates:
        return score(
            [item.expected for item in some],
            [item.given for item in some],
            labels,
            [item.cluster or item.id for item in some],
        )

    metrics, groups = grouped(items, estimate, kind)
    chances = [max(item.chances.values(), default=1.0) for item in items]
    right = [item.expected == item.given for item in items]
    calibrated = all(item.chances for item in items)
    if calibrated:
        metrics["ECE"] = calibration(chances, right)
        for label in labels:
            metrics[f"{label} ECE"] = calibration(
                [item.chances.get(label, 0.0) for item in items],
                [item.expected == label for item in items],
            )
    counts = confusion([item.expected for item in items], [item.given for item in items], labels)
    return Configuration(
        name=name,
        settings=settings.relevant(),
        fingerprint=settings.fingerprint(),
        metrics=metrics,
        groups=groups,
        latency_ms={f"p{p}": round(percentile(took_ms, p), 3) for p in (50, 95)} if took_ms else {},
        confusion=Confusion(
            labels=tuple(labels),
            counts=tuple(tuple(int(count) for count in row) for row in counts),
        ),
        reliability=reliability(chances, right) if calibrated else (),
        items=tuple(items),
    )
