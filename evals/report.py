"""A run as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from assistant.errors import explain_os_error
from assistant.files import write_whole
from evals.compare import Comparison
from evals.metrics import Difference, Estimate
from evals.plots import COLOURS, Point, bars, diagram, scatter
from evals.runs import AnswerItem, Item, JudgedItem, RetrievalItem, Run
from evals.tables import group_measures, legs_text, main_measure, missed

_CSS = Path(__file__).with_name("report.css")
_BOOTSTRAP = "Below each figure: 95 % of the bootstrap samples of the items."
_PAIRED = "Paired on the same items: bootstrap interval, and p of a sign-flip permutation test."
_MEANING = {
    "retrieval": "right: the first hit is; where a question needs several entries, all of them are "
    "among the first five. recall: share of the needed entries found. RR: 1 / rank of the first.",
    "support": "ECE: mean gap between the chance given and the share that is right.",
    "grading": "kappa: agreement with the person who labelled, beyond chance. Items are points; "
    "samples are of whole answers.",
    "answers": "right: answered where the notes can answer, refused where they can't. Of what was "
    "answered, key points: share covered, half for partial; must not say: share of answers that "
    "state a listed falsehood; shares of sentences by what the support check said.",
    "rgb": "right: every sub-answer stands in the reply. rejection: the reply says 信息不足.",
}


def write(path: Path, run: Run, comparisons: Sequence[Comparison] = ()) -> None:
    """Write the report.

    Raises:
        DataFolderError: The file can't be written.
    """
    try:
        write_whole(path, page(run, comparisons))
    except OSError as error:
        raise explain_os_error(error, path.parent) from error


def page(run: Run, comparisons: Sequence[Comparison] = ()) -> str:
    """The whole document; every text in it is escaped."""
    title = f"{run.kind} on {run.set}"
    parts = [
        _head(run, title),
        _measures(run),
        _comparisons(comparisons),
        _groups(run),
        _plots(run),
        _confusion(run),
        _misses(run),
        _circumstances(run),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · 知图</title><style>{_CSS.read_text(encoding='utf-8')}</style>"
        f"</head><body>{''.join(parts)}</body></html>\n"
    )


def _head(run: Run, title: str) -> str:
    facts = [
        run.id,
        f"{run.started:%Y-%m-%d %H:%M} UTC",
        f"{len(run.configurations[0].items)} items",
        f"{run.seconds:.1f} s",
        f"embedder {run.embedder}" if run.embedder else "",
        f"judge {run.judge}" if run.judge else "",
    ]
    notes = "".join(f"<p>{escape(note)}</p>" for note in run.notes)
    said = " · ".join(escape(fact) for fact in facts if fact)
    return f'<h1>知图 · {escape(title)}</h1><p class="facts">{said}</p>{notes}'


def _measures(run: Run) -> str:
    names = dict.fromkeys(name for one in run.configurations for name in one.metrics)
    head = "".join(
        f'<th><span class="key c{i % COLOURS}"></span>{escape(one.name)}</th>'
        for i, one in enumerate(run.configurations)
    )
    rows = [f"<tr><th>measure</th>{head}</tr>"]
    for name in names:
        cells = "".join(_cell(one.metrics.get(name)) for one in run.configurations)
        rows.append(f"<tr><td>{escape(name)}</td>{cells}</tr>")
    for p in run.configurations[0].latency_ms:
        cells = "".join(f"<td>{one.latency_ms[p]:.1f}</td>" for one in run.configurations)
        rows.append(f"<tr><td>ms {escape(p)}</td>{cells}</tr>")
    meaning = f"{_BOOTSTRAP} {_MEANING.get(run.kind, '')}".strip()
    return f"<h2>Measures</h2>{_table(rows)}<p class='facts'>{meaning}</p>"


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    """One table for all that is compared with the same side."""
    by_first: dict[str, list[Comparison]] = {}
    for one in comparisons:
        by_first.setdefault(one.first, []).append(one)
    parts = []
    for first, others in by_first.items():
        head = "".join(f"<th>{escape(one.second.partition('@')[2])}</th>" for one in others)
        rows = [f"<tr><th>difference</th>{head}</tr>"]
        for name in others[0].differences:
            cells = "".join(_difference(one.differences.get(name)) for one in others)
            rows.append(f"<tr><td>{escape(name)}</td>{cells}</tr>")
        facts = [
            f"{one.second}: {one.n} items in common"
            + (f", {one.left_out} in one of them only" if one.left_out else "")
            for one in others
        ]
        parts.append(
            f"<h2>Against {escape(first)}</h2>{_table(rows)}<p class='facts'>{_PAIRED} "
            f"{escape('; '.join(facts))}.</p>"
        )
    return "".join(parts)


def _groups(run: Run) -> str:
    names = [one.name for one in run.configurations]
    parts = []
    for group, labels in run.configurations[0].groups.items():
        for measure in group_measures(run):
            drawn: Mapping[str, Sequence[Estimate | None]] = {
                label: [
                    one.groups.get(group, {}).get(label, {}).get(measure)
                    for one in run.configurations
                ]
                for label in labels
            }
            head = f"<h2>{escape(measure)} by {escape(group)}</h2>"
            parts.append(f"<section>{head}{bars(drawn, names)}</section>")
    return f'<div class="columns">{"".join(parts)}</div>'


def _plots(run: Run) -> str:
    main = main_measure(run)
    points = [
        Point(one.name, one.metrics[main], one.latency_ms["p50"])
        for one in run.configurations
        if main in one.metrics and "p50" in one.latency_ms
    ]
    parts = [f"<h2>Score against latency</h2>{scatter(points, main)}"] if len(points) > 1 else []
    for one in run.configurations:
        if one.reliability:
            head = f"<h2>Can its chances be trusted? {escape(one.name)}</h2>"
            parts.append(f"{head}{diagram(one.reliability)}")
    return "".join(parts)


def _confusion(run: Run) -> str:
    parts = []
    for one in run.configurations:
        if one.confusion is None:
            continue
        head = "".join(f"<th>{escape(label)}</th>" for label in one.confusion.labels)
        rows = [f"<tr><th>right ↓ given →</th>{head}</tr>"]
        for label, counts in zip(one.confusion.labels, one.confusion.counts, strict=True):
            cells = "".join(f"<td>{count}</td>" for count in counts)
            rows.append(f"<tr><th>{escape(label)}</th>{cells}</tr>")
        parts.append(f"<h2>What was taken for what: {escape(one.name)}</h2>{_table(rows)}")
    return "".join(parts)


def _misses(run: Run) -> str:
    parts = []
    for one in run.configurations:
        if misses := missed(one):
            parts.append(f"<h2>Missed by {escape(one.name)}: {len(misses)}</h2>")
            parts += [_miss(item) for item in misses]
    return "".join(parts)


def _miss(item: Item) -> str:
    what = f"<small>{escape(item.id)} · {escape(item.kind)}</small>"
    if isinstance(item, RetrievalItem):
        wanted = "".join(
            f"<p>Wanted {_path(w.path)}: {f'rank {w.rank}' if w.rank else 'not in the first 100'} "
            f"<small>{escape(legs_text(w.legs))}</small></p>"
            for w in item.wanted
        )
        came = "".join(
            f"<li>{_path(hit.path)} <small>{hit.score:.3f} · {escape(legs_text(hit.legs))}"
            f"{' · named' if hit.linked else ''}</small></li>"
            for hit in item.hits
        )
        body = f"{wanted}<ol>{came}</ol>"
    elif isinstance(item, JudgedItem):
        chances = ", ".join(f"{name} {chance:.2f}" for name, chance in item.chances.items())
        body = (
            f"<blockquote>{escape(item.against)}</blockquote><p>Right: {escape(item.expected)}; "
            f"given: {escape(item.given)} <small>{escape(chances)}</small></p>"
        )
    elif isinstance(item, AnswerItem):
        body = f"<blockquote>{escape('refused' if item.refused else item.answer)}</blockquote>"
    else:
        body = ""
    return f"<details><summary>{escape(item.q)} {what}</summary>{body}</details>"


def _circumstances(run: Run) -> str:
    known = {
        "options": run.settings,
        "configurations": {
            one.name: {**one.settings, "fingerprint": one.fingerprint} for one in run.configurations
        },
        "index": run.index,
        "machine": run.machine,
    }
    rows = [
        f"<tr><td>{escape(name)}</td><td>{escape(json.dumps(value, ensure_ascii=False))}</td></tr>"
        for name, value in known.items()
    ]
    return f"<h2>Made under</h2>{_table(rows)}"


def _table(rows: Sequence[str]) -> str:
    return f'<div class="wide"><table>{"".join(rows)}</table></div>'


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "<td>—</td>"
    return f"<td>{estimate.value:.3f}<small>{estimate.low:.3f}–{estimate.high:.3f}</small></td>"


def _difference(d: Difference | None) -> str:
    if d is None:
        return "<td>—</td>"
    return f"<td>{d.value:+.3f}<small>{d.low:+.3f} to {d.high:+.3f}<br>p = {d.p:.4f}</small></td>"


def _path(titles: Sequence[str]) -> str:
    return escape(" › ".join(titles))
