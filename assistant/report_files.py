"""An interview's report as a file to keep: Markdown, and PDF (`report_pdf.py`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.bullets import numbered
from assistant.report import Answered, PointLine, Report
from assistant.report_pdf import pdf as pdf
from assistant.schema import Language
from assistant.words import when, word

_SIGNS = {"covered": "✅", "partial": "🟡", "missing": "⬜", "contradicted": "❌"}
_BLOCKS = 20  # of a full bar
_FORMULA = re.compile(r"(\$\$[\s\S]+?\$\$|\$(?!\s)[^$\n]+?(?<!\s)\$)")
_ACTIVE = re.compile(r"([\\`*_\[\]#|]|<(?=[A-Za-z/!?]))")


def markdown(report: Report) -> str:
    """The report as Markdown; formulas stay as they are, and nothing typed is taken for markup."""
    return "\n".join(_lines(report)).strip() + "\n"


def _lines(report: Report) -> Iterator[str]:
    say = report.plan.language
    yield f"# {word(say, 'report')} · {when(report.started)}"
    yield ""
    score = (
        word(say, "no_score") if report.score is None else word(say, "score", score=report.score)
    )
    yield f"**{score}**"
    yield ""
    yield from _facts(report, say)
    if report.sections:
        yield f"## {word(say, 'sections')}"
        yield ""
        yield "| | | | |"
        yield "|---|---:|---|---:|"
        for one in report.sections:
            bar = "" if one.score is None else "█" * round(one.score / 100 * _BLOCKS)
            mark = "–" if one.score is None else str(one.score)
            yield (
                f"| {_safe(one.title)} | {mark} | {bar} "
                f"| {word(say, 'questions', n=one.questions)} |"
            )
        yield ""
    if report.earlier:
        yield f"## {word(say, 'earlier')}"
        yield ""
        for sitting in report.earlier:
            yield f"- {when(sitting.started)}: {sitting.score}"
        yield f"- **{when(report.started)}: {report.score}** ({word(say, 'this_one')})"
        yield ""
    if report.reread:
        yield f"## {word(say, 'reread')}"
        yield ""
        for entry in report.reread:
            numbers = ", ".join(map(str, entry.questions))
            path = _safe(" › ".join(entry.path))
            yield f"- {path} ({word(say, 'of_questions', numbers=numbers)})"
        yield ""
    if report.questions:
        yield f"## {word(say, 'each')}"
        yield ""
    for question in report.questions:
        yield from _question(question, say)


def _facts(report: Report, say: Language) -> Iterator[str]:
    scope = "、".join(report.scope) if say == "zh" else ", ".join(report.scope)
    yield "- " + _safe(word(say, "about", scope=scope or word(say, "whole_map")))
    yield "- " + word(
        say, "counts", answered=report.answered, unknown=report.unknown, skipped=report.skipped,
        hints=report.hints, minutes=f"{report.minutes:g}",
    )  # fmt: skip
    counts = (f"{_SIGNS[v]} {word(say, v)} {n}" for v, n in report.verdicts.items())
    yield f"- {word(say, 'verdicts')}{word(say, 'colon')}{' · '.join(counts)}"
    if report.overruled:
        yield "- " + word(say, "disputed", n=report.overruled)
    yield ""


def _question(one: Answered, say: Language) -> Iterator[str]:
    yield f"### {one.number}. {_safe(one.question)}"
    yield ""
    about = [" › ".join(one.path), word(say, f"kind_{one.kind}"), word(say, f"why_{one.why}")]
    yield f"*{_safe(' · '.join(about))}*"
    yield ""
    yield from _quoted(one.answer or word(say, one.outcome))
    if one.score is not None:
        yield f"**{word(say, 'score', score=one.score)}**" + (
            f" ({word(say, 'hint_count', n=one.hints)})" if one.hints else ""
        )
        yield ""
    yield from _points(one.points, say)
    if one.follow_up is not None:
        yield f"**{word(say, 'follow_up')}**{word(say, 'colon')}{_safe(one.follow_up.asked)}"
        yield ""
        yield from _quoted(one.follow_up.answer)
        yield from _points(one.follow_up.points, say)


def _points(points: tuple[PointLine, ...], say: Language) -> Iterator[str]:
    numbers, passages = numbered(point.citation for point in points)
    for point, number in zip(points, numbers, strict=True):
        line = f"- {_SIGNS[point.verdict]} **{word(say, point.verdict)}** {_safe(point.text)}"
        if number:
            line += f" \\[{number}\\]"
        if point.verdict != point.given:
            line += f" ({word(say, 'overruled', given=word(say, point.given))})"
        elif point.unsure:
            line += f" ({word(say, 'unsure')})"
        yield line
        if point.quote:
            yield f"  - {word(say, 'said')}{_safe(_flat(point.quote))}"
    if points:
        yield ""
    if passages:
        yield word(say, "behind")
        yield ""
    for cited in passages:
        link = f" · <{cited.source.url}>" if cited.source.url else ""
        place = f"({_safe(' › '.join(cited.path))}{link})"
        yield f"- \\[{cited.n}\\] {_safe(_flat(cited.quote))} {place}"
    if passages:
        yield ""


def _quoted(text: str) -> Iterator[str]:
    for line in text.strip().splitlines() or [""]:
        yield f"> {_safe(line)}  ".rstrip() if not line.strip() else f"> {_safe(line)}  "
    yield ""


def _flat(text: str) -> str:
    return " ".join(text.split())


def _safe(text: str) -> str:
    """Text that Markdown shows as it was typed, formulas apart."""
    pieces = _FORMULA.split(text)
    return "".join(p if n % 2 else _ACTIVE.sub(r"\\\1", p) for n, p in enumerate(pieces))
