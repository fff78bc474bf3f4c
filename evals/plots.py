"""The plots of a report, as SVG in percent: they take any width, and text keeps its size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from evals.classes import Bin
from evals.metrics import Estimate

COLOURS = 6  # classes c0 to c5 of `report.css`
# of a file that has no style sheet beside it; it follows the reader's light or dark page
_STYLE = (
    "text{font:12px sans-serif;fill:#57606a}.grid{stroke:#8886}.curve{fill:none;stroke-width:2.5}"
    ".band{opacity:.18}.name{font-weight:600}"
    ".curve.k0{stroke:#0969da}.band.k0,.name.k0{fill:#0969da}"
    ".curve.k1{stroke:#9a6700;stroke-dasharray:7 4}.band.k1,.name.k1{fill:#9a6700}"
    ".curve.k2{stroke:#6e7781;stroke-dasharray:2 4}.band.k2,.name.k2{fill:#6e7781}"
    "@media(prefers-color-scheme:dark){text{fill:#9198a1}.curve.k0{stroke:#4493f8}"
    ".band.k0,.name.k0{fill:#4493f8}.curve.k1{stroke:#d29922}.band.k1,.name.k1{fill:#d29922}"
    ".curve.k2{stroke:#b1bac4}.band.k2,.name.k2{fill:#b1bac4}}"
)
_MARGIN = 8.0  # percent of a plot on each side, for labels at the edge


@dataclass(frozen=True)
class Point:
    """A configuration in the plot of score against latency."""

    name: str
    score: Estimate
    ms: float


def bars(groups: Mapping[str, Sequence[Estimate | None]], names: Sequence[str]) -> str:
    """A bar a configuration in each group, its interval as a whisker.

    Args:
        groups: An estimate (0–1; kappa may be less) a configuration for each label; None: it does
            not apply there.
        names: Of the configurations.
    """
    rows = []
    for label, estimates in groups.items():
        n = max((e.n for e in estimates if e is not None), default=0)
        rows.append(f"<dt>{escape(label)} <small>n = {n}</small></dt><dd>")
        for i, (name, estimate) in enumerate(zip(names, estimates, strict=True)):
            rows.append(_bar(i, name, estimate))
        rows.append("</dd>")
    return f'<dl class="bars">{"".join(rows)}</dl>'


def scatter(points: Sequence[Point], measure: str) -> str:
    """Score upwards, median latency to the right on a logarithmic scale."""
    logs = [math.log10(max(point.ms, 0.01)) for point in points]
    left, right = math.floor(min(logs)), max(math.ceil(max(logs)), math.floor(min(logs)) + 1)
    low = math.floor(10 * min(0.9, *(p.score.low for p in points), 1.0)) / 10
    parts = []
    for power in range(left, right + 1):
        x = _along(power, left, right)
        parts.append(_grid(x, 100 - _MARGIN, x, _MARGIN))
        parts.append(_text(x, 99, f"{10**power:g} ms", "middle"))
    for tenth in range(round(low * 10), 11, 2 if low < 0.5 else 1):
        y = _up(tenth / 10, low)
        parts += [
            _grid(_MARGIN, y, 100 - _MARGIN, y),
            _text(0, y + 1.5, f"{tenth / 10:g}", "start"),
        ]
    for i, (point, log) in enumerate(zip(points, logs, strict=True)):
        x, y = _along(log, left, right), _up(point.score.value, low)
        top, bottom = _up(point.score.high, low), _up(point.score.low, low)
        colour = f"c{i % COLOURS}"
        parts.append(
            f'<line class="whisker {colour}" x1="{x:.2f}%" x2="{x:.2f}%" y1="{top:.2f}%" '
            f'y2="{bottom:.2f}%"/><circle class="{colour}" cx="{x:.2f}%" cy="{y:.2f}%" r="5"/>'
        )
        side, shift = ("end", -2) if x > 55 else ("start", 2)
        parts.append(_text(x + shift, y + 1.5, point.name, side))
    return _plot(f"{measure} against the median latency", parts)


def diagram(bins: Sequence[Bin]) -> str:
    """Share that is right against the chance it was given with; a trusty judge is on the line."""
    most = max((one.n for one in bins), default=1)
    parts = [_line("ideal", _along(0, 0, 1), _up(0, 0), _along(1, 0, 1), _up(1, 0))]
    for tenth in range(0, 11, 2):
        value = tenth / 10
        parts.append(_text(_along(value, 0, 1), 99, f"{value:g}", "middle"))
        parts.append(_text(0, _up(value, 0) + 1.5, f"{value:g}", "start"))
    for one in bins:
        x, y = _along(one.chance, 0, 1), _up(one.right, 0)
        size = 3 + 9 * math.sqrt(one.n / most)
        said = f"{one.n} judgements at {one.chance:.2f}: {one.right:.2f} are right"
        parts.append(
            f'<circle class="c0" cx="{x:.2f}%" cy="{y:.2f}%" r="{size:.1f}">'
            f"<title>{said}</title></circle>"
        )
    return _plot("Share that is right against the chance given; size: how many", parts)


def curve_file(curves: Mapping[str, Sequence[Estimate]], title: str, along: str, up: str) -> str:
    """Curves with their intervals as a file that stands for itself, for a README.

    Args:
        curves: By name, one estimate a step from 0 on; all of one length, at most three.
        title: Read out in the place of the picture.
        along: Words for the steps.
        up: Words for the values.
    """
    last = max(len(values) for values in curves.values()) - 1
    every = [e for values in curves.values() for e in values]
    low, high = _round_range(min(e.low for e in every), max(e.high for e in every))

    def at(step: float, value: float) -> tuple[float, float]:
        return 60 + 500 * step / max(last, 1), 320 - 280 * (value - low) / (high - low)

    parts = []
    for fifth in range(6):
        value = low + (high - low) * fifth / 5
        y = at(0, value)[1]
        parts.append(f'<line class="grid" x1="60" x2="560" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="52" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
        x = at(last * fifth / 5, low)[0]
        step = last * fifth / 5
        parts.append(f'<text x="{x:.1f}" y="338" text-anchor="middle">{step:.3g}</text>')
    labels = _apart({name: at(last, values[-1].value)[1] + 4 for name, values in curves.items()})
    for place, (name, values) in enumerate(curves.items()):
        over = [at(n, e.high) for n, e in enumerate(values)]
        under = [at(n, e.low) for n, e in enumerate(values)]
        band = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*over, *reversed(under)])
        line = " ".join(
            f"{x:.1f},{y:.1f}" for x, y in (at(n, e.value) for n, e in enumerate(values))
        )
        parts.append(f'<polygon class="band k{place}" points="{band}"/>')
        parts.append(f'<polyline class="curve k{place}" points="{line}"/>')
        parts.append(
            f'<text class="name k{place}" x="568" y="{labels[name]:.1f}">{escape(name)}</text>'
        )
    parts.append(f'<text x="310" y="358" text-anchor="middle">{escape(along)}</text>')
    parts.append(f'<text x="60" y="24">{escape(up)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 370" role="img">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _round_range(low: float, high: float) -> tuple[float, float]:
    """Ends for an axis, in five steps of a round number."""
    span = max(high - low, 1e-9) / 5
    size = 10 ** math.floor(math.log10(span))
    for step in (1, 2, 2.5, 5, 10, 20, 25):
        start = math.floor(low / (step * size)) * step * size
        if step * size >= span and start + 5 * step * size >= high:
            return start, start + 5 * step * size
    raise AssertionError("a step of 25 spans twice as much")


def _apart(wanted: Mapping[str, float]) -> dict[str, float]:
    """Heights of labels, from above, moved down where two would touch."""
    found: dict[str, float] = {}
    last = -math.inf
    for name, y in sorted(wanted.items(), key=lambda item: item[1]):
        last = found[name] = max(y, last + 15)
    return found


def _bar(i: int, name: str, estimate: Estimate | None) -> str:
    if estimate is None:
        return f'<p class="none">{escape(name)}: does not apply</p>'
    low, value, high = (100 * max(x, 0.0) for x in (estimate.low, estimate.value, estimate.high))
    colour = f"c{i % COLOURS}"
    said = f"{name} {estimate.value:.3f} [{estimate.low:.3f}–{estimate.high:.3f}]"
    return (
        f'<p><svg role="img" aria-label="{escape(said)}"><title>{escape(said)}</title>'
        f'<rect class="track" width="100%" height="10" y="2"/>'
        f'<rect class="{colour}" width="{value:.2f}%" height="10" y="2"/>'
        f'<line class="whisker" x1="{low:.2f}%" x2="{high:.2f}%" y1="7" y2="7"/>'
        f'<line class="whisker" x1="{low:.2f}%" x2="{low:.2f}%" y1="3" y2="11"/>'
        f'<line class="whisker" x1="{high:.2f}%" x2="{high:.2f}%" y1="3" y2="11"/></svg>'
        f"<span>{estimate.value:.2f}</span></p>"
    )


def _plot(title: str, parts: Sequence[str]) -> str:
    name = escape(title)
    return (
        f"<figure><figcaption>{name}</figcaption>"
        f'<svg class="plot" role="img" aria-label="{name}">{"".join(parts)}</svg></figure>'
    )


def _along(value: float, low: float, high: float) -> float:
    return _MARGIN + (100 - 2 * _MARGIN) * (value - low) / (high - low)


def _up(value: float, low: float) -> float:
    return 100 - _along(max(value, low), low, 1.0)


def _grid(x1: float, y1: float, x2: float, y2: float) -> str:
    return _line("grid", x1, y1, x2, y2)


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.2f}%" y1="{y1:.2f}%" x2="{x2:.2f}%" y2="{y2:.2f}%"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.2f}%" y="{y:.2f}%" text-anchor="{anchor}">{escape(text)}</text>'
