"""A learner at the terminal: what they type, and how a marking and a report look in plain text."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator

from assistant.bullets import numbered
from assistant.marking import Marked
from assistant.marks import HINT
from assistant.report import Report, point_lines
from assistant.schema import Citation, Language
from assistant.words import when, word

_SIGNS = {"covered": "+", "partial": "~", "missing": "-", "contradicted": "x"}
_BLOCKS = 20  # of a full bar


class Terminal:
    """Asks a person, or a script.

    Args:
        script: Then a line is a whole answer, and all that is shown goes to standard error.
    """

    def __init__(self, script: bool = False) -> None:
        self.script = script
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # bytes that are no text end no interview
        if sys.stdin.isatty():  # else a terminal cuts a line off at 4096 bytes
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401

    def say(self, text: str = "") -> None:
        """Show a text."""
        print(text, file=sys.stderr if self.script else sys.stdout, flush=True)

    def line(self, prompt: str = "") -> str | None:
        """One line; None where nothing more comes."""
        try:
            return input("" if self.script else prompt)
        except EOFError:
            return None

    def answer(self) -> str | None:
        """Lines up to an empty one or the end of input; a command (`:hint`) is one by itself.

        Returns:
            What was typed, "" where the first line is empty; None where nothing more comes.
        """
        lines: list[str] = []
        while (line := self.line("  " if lines else "> ")) is not None:
            lines.append(line)
            if self.script or not line.strip():
                break
            if len(lines) == 1 and line.lstrip().startswith((":", "：")):
                break
        return "\n".join(lines).strip() if lines else None


def marking(marked: Marked, say: Language) -> Iterator[str]:
    """A marking: the score, each point with the learner's words, and the bullets behind them."""
    attempt = marked.attempt
    if marked.score is not None:
        line = word(say, "score", score=marked.score)
        if attempt.hints:
            line += f" · {word(say, 'hints_cost', lost=HINT * attempt.hints)}"
        yield line
    points = point_lines(attempt)
    numbers, bullets = numbered(point.citation for point in points)
    for point, number in zip(points, numbers, strict=True):
        behind = f" [{number}]" if number else ""
        doubt = f" ({word(say, 'unsure')})" if point.unsure else ""
        yield f"{_SIGNS[point.verdict]} {word(say, point.verdict)}{doubt}  {point.text}{behind}"
        if point.quote:
            yield f"    {word(say, 'said')}{' '.join(point.quote.split())}"
    if bullets:
        yield word(say, "model_answer")
        yield from passages(bullets)
    for erratum in marked.errata:
        yield f"! {word(say, 'errata')}{word(say, 'colon')}{erratum.claim}"
        yield f"  → {erratum.correction}"
    if marked.grade is not None and marked.grade.model_error:
        yield f"({marked.grade.model_error})"


def passages(bullets: list[Citation]) -> Iterator[str]:
    """Bullets of the notes, each with its place on the map and its address."""
    for bullet in bullets:
        link = f" · {bullet.source.url}" if bullet.source.url else ""
        yield f"[{bullet.n}] {bullet.quote}\n    {' › '.join(bullet.path)}{link}"


def summary(report: Report, say: Language) -> Iterator[str]:
    """What an interview came to."""
    score = (
        word(say, "no_score") if report.score is None else word(say, "score", score=report.score)
    )
    yield f"{word(say, 'report')}{word(say, 'colon')}{score}"
    yield word(
        say, "counts", answered=report.answered, unknown=report.unknown, skipped=report.skipped,
        hints=report.hints, minutes=f"{report.minutes:g}",
    )  # fmt: skip
    counts = (f"{_SIGNS[v]} {word(say, v)} {n}" for v, n in report.verdicts.items())
    yield f"{word(say, 'verdicts')}{word(say, 'colon')}{'  '.join(counts)}"
    if report.sections:
        yield f"\n{word(say, 'sections')}"
    for one in report.sections:
        filled = round((one.score or 0) / 100 * _BLOCKS)
        mark = "  –" if one.score is None else f"{one.score:>3}"
        bar = "█" * filled + "░" * (_BLOCKS - filled)
        yield f"  {bar} {mark}  {one.title} ({word(say, 'questions', n=one.questions)})"
    if report.earlier:
        yield f"\n{word(say, 'earlier')}"
    for sitting in report.earlier:
        yield f"  {when(sitting.started)}  {sitting.score:>3}"
    if report.reread:
        yield f"\n{word(say, 'reread')}"
    for entry in report.reread:
        numbers = ", ".join(map(str, entry.questions))
        yield f"  {' › '.join(entry.path)} ({word(say, 'of_questions', numbers=numbers)})"
