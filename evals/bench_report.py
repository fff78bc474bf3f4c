"""What the benchmark measured: one figure a row, with its target and whether it was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from evals.columns import columns

Unit = Literal["share", "ratio", "ms", "s", "GB", "count", "1/s"]

_FORMATS: dict[str, str] = {
    "share": "{:.3f}",
    "ratio": "{:.2f} ×",
    "ms": "{:.1f} ms",
    "s": "{:.1f} s",
    "GB": "{:.2f} GB",
    "count": "{:.0f}",
    "1/s": "{:.0f} /s",
}
_COLUMNS = ("what", "target", "measured", "95 %", "", "note")


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    `value` is None where it could not be measured (`note` says why); `target` is None where the
    figure only stands there for comparison.
    """

    name: str
    value: float | None
    unit: Unit
    target: float | None = None
    at_least: bool = False  # True: the target is a floor; False: a ceiling
    interval: tuple[float, float] | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is met; None without a target or a value."""
        if self.target is None or self.value is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "reached": self.reached}

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        form = _FORMATS[self.unit]
        target = ""
        if self.target is not None:
            target = ("≥ " if self.at_least else "≤ ") + form.format(self.target)
        measured = "not measured" if self.value is None else form.format(self.value)
        spread = ""
        if self.interval is not None:
            spread = f"{self.interval[0]:.3f}–{self.interval[1]:.3f}"
        verdict = {True: "reached", False: "MISSED", None: "" if self.target is None else "—"}
        return (self.name, target, measured, spread, verdict[self.reached], self.note)


def table(figures: Sequence[Figure]) -> str:
    """All figures as text, in columns."""
    return columns([_COLUMNS, *(figure.cells() for figure in figures)])


def summary(figures: Sequence[Figure]) -> str:
    """One line: how many targets were reached, and which were not."""
    aimed = [figure for figure in figures if figure.target is not None]
    missed = [figure.name for figure in aimed if figure.reached is False]
    open_ones = [figure.name for figure in aimed if figure.reached is None]
    line = f"{sum(figure.reached is True for figure in aimed)} of {len(aimed)} targets reached"
    if missed:
        line += f"; missed: {', '.join(missed)}"
    if open_ones:
        line += f"; not measured: {', '.join(open_ones)}"
    return line
