"""A run, a comparison and a list of runs as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import indent

from assistant.schema import Leg
from evals.columns import columns
from evals.compare import Comparison
from evals.metrics import Estimate
from evals.runs import AnswerItem, Configuration, Item, JudgedItem, RetrievalItem, Run

# the measure that stands for a run where there is room for one, and those shown of its groups: a
# kind of one class has no macro-F1 to speak of
MAIN = {
    "retrieval": "right",
    "support": "macro-F1",
    "grading": "kappa",
    "answers": "key points",
    "rgb": "right",
}
IN_GROUPS = {
    "support": ("accuracy",),
    "grading": ("accuracy", "kappa"),
    "answers": ("key points", "right"),
}
_MISSES = 10
_SHOWN = 200  # characters of an answer


def group_measures(run: Run) -> tuple[str, ...]:
    """The measures shown of the groups of a run."""
    return IN_GROUPS.get(run.kind, (main_measure(run),))


def main_measure(run: Run) -> str:
    """The one measure that stands for a run."""
    metrics = run.configurations[0].metrics
    wanted = MAIN.get(run.kind, "")
    return wanted if wanted in metrics else next(iter(metrics), "")


def figure(estimate: Estimate | None) -> str:
    """`0.924 [0.882–0.959]`; a measure that does not apply is a dash."""
    if estimate is None:
        return "—"
    return f"{estimate.value:.3f} [{estimate.low:.3f}–{estimate.high:.3f}]"


def legs_text(legs: Mapping[str, Leg]) -> str:
    """What each leg of the search said: `dense 3 (0.912), bm25 14 (5.210)`."""
    said = (f"{name} {leg.rank} ({leg.score:.3f})" for name, leg in legs.items())
    return ", ".join(said) or "in no leg"


def missed(configuration: Configuration) -> list[Item]:
    """The items that went wrong; none of a held-out set, whose texts a run doesn't keep."""
    return [item for item in configuration.items if item.q and item.measures.get("right") == 0]


def run_text(run: Run) -> str:
    """All that a person wants to know of a run."""
    names = [one.name for one in run.configurations]
    n = len(run.configurations[0].items) or run.configurations[0].metrics[main_measure(run)].n
    head = f"{run.id}: {run.kind} on {run.set}, {n} items, {run.seconds:.1f} s"
    measures = dict.fromkeys(name for one in run.configurations for name in one.metrics)
    table = [["measure [95 %]", *names]]
    table += [[m, *(figure(one.metrics.get(m)) for one in run.configurations)] for m in measures]
    for p in run.configurations[0].latency_ms:
        table.append([f"ms {p}", *(f"{one.latency_ms[p]:.1f}" for one in run.configurations)])
    parts = [head, *(f"Note: {note}" for note in run.notes), columns(table)]
    for group, labels in run.configurations[0].groups.items():
        if len(labels) < 2:
            continue  # it would say the same again
        parts += [columns(_group_rows(run, group, m)) for m in group_measures(run)]
    if (confusion := run.configurations[0].confusion) is not None:
        rows = [["right ↓ given →", *confusion.labels]]
        rows += [
            [label, *map(str, counts)]
            for label, counts in zip(confusion.labels, confusion.counts, strict=True)
        ]
        parts.append(columns(rows))
    misses = missed(run.configurations[0])
    if misses:
        parts.append(f"Missed by {names[0]}: {len(misses)}")
        parts += [_miss_text(item) for item in misses[:_MISSES]]
        if len(misses) > _MISSES:
            parts.append(f"… and {len(misses) - _MISSES} more; --report writes all of them")
    return "\n\n".join(parts)


def within_text(comparisons: Sequence[Comparison], measure: str) -> str:
    """What the other configurations of a run have more than its first, in one measure."""
    rows = [[f"{measure} against {comparisons[0].first.partition('@')[2]}", "[95 %]", "p"]]
    for one in comparisons:
        if (d := one.differences.get(measure)) is None:
            continue  # rejections are not right or wrong
        name = one.second.partition("@")[2]
        rows.append([name, f"{d.value:+.3f} [{d.low:+.3f} to {d.high:+.3f}]", f"{d.p:.4f}"])
    return columns(rows)


def comparison_text(comparison: Comparison) -> str:
    """Differences, second minus first, with interval and p."""
    rows = [["measure", "difference [95 %]", "p"]]
    rows += [
        [name, f"{d.value:+.3f} [{d.low:+.3f} to {d.high:+.3f}]", f"{d.p:.4f}"]
        for name, d in comparison.differences.items()
    ]
    out = f", {comparison.left_out} in one of them only" if comparison.left_out else ""
    return (
        f"{comparison.second}\n  against {comparison.first}\n"
        f"  on {comparison.n} items in common{out}\n\n{columns(rows)}"
    )


def list_text(runs: Iterable[Run]) -> str:
    """One line a run."""
    rows = [["run", "set", "items", "configurations", "measure", "best"]]
    for run in runs:
        main = main_measure(run)
        found = [one.metrics[main] for one in run.configurations if main in one.metrics]
        best = max(found, key=lambda estimate: estimate.value, default=None)
        names = ", ".join(one.name for one in run.configurations)
        rows.append([run.id, run.set, str(best.n if best else 0), names, main, figure(best)])
    return columns(rows) if len(rows) > 1 else "No run yet. Make one with `zhitu eval retrieval`."


def _group_rows(run: Run, group: str, measure: str) -> list[list[str]]:
    rows = [[f"{measure} by {group}", "n", *(one.name for one in run.configurations)]]
    for label, estimates in run.configurations[0].groups[group].items():
        given = [one.groups[group].get(label, {}).get(measure) for one in run.configurations]
        n = str(max((e.n for e in estimates.values()), default=0))
        rows.append([label, n, *map(figure, given)])
    return rows


def _miss_text(item: Item) -> str:
    lines = [f"{item.id} ({item.kind}) {item.q}"]
    if isinstance(item, RetrievalItem):
        for wanted in item.wanted:
            rank = f"rank {wanted.rank}" if wanted.rank else "not found"
            lines.append(f"  wanted {' › '.join(wanted.path)}: {rank}, {legs_text(wanted.legs)}")
        for place, hit in enumerate(item.hits[:3], 1):
            lines.append(
                f"  {place}. {' › '.join(hit.path)}: {hit.score:.3f}, {legs_text(hit.legs)}"
            )
    elif isinstance(item, JudgedItem):
        lines.append(indent(f"against: {item.against}", "  "))
        lines.append(f"  right: {item.expected}; given: {item.given}")
    elif isinstance(item, AnswerItem):
        lines.append("  refused" if item.refused else indent(item.answer[:_SHOWN], "  "))
    return "\n".join(lines)
