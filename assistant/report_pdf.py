"""An interview's report as PDF.

The file names Adobe's Chinese font instead of holding one: every reader has it, or puts its own in
its place, so no font file is needed here. Formulas stay as they are typed.
"""

from __future__ import annotations

import html
import io
from collections.abc import Iterator
from functools import cache
from typing import Any

from reportlab.graphics.shapes import Drawing, Rect, String  # type: ignore[import-untyped]
from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.units import mm  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.platypus import (  # type: ignore[import-untyped]
    HRFlowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
)

from assistant.bullets import numbered
from assistant.report import Answered, PointLine, Report, SectionScore
from assistant.schema import Language, PointVerdict
from assistant.words import when, word

_FONT = "STSong-Light"
_INK, _GREY, _TRACK, _BAR = "#1c2430", "#66707c", "#e6eaef", "#2f6f9f"
_COLOURS: dict[PointVerdict, str] = {
    "covered": "#1a7f4b", "partial": "#9a6700", "missing": "#66707c", "contradicted": "#b3261e",
}  # fmt: skip
_WIDTH = A4[0] - 40 * mm
_LABEL, _BAR_WIDTH, _ROW = 52 * mm, 88 * mm, 7 * mm  # of the bar chart
_SIZE = 9.5  # of the letters beside it


def pdf(report: Report) -> bytes:
    """The report on pages of A4 with their numbers."""
    say = report.plan.language
    out = io.BytesIO()
    title = f"{word(say, 'report')} · {when(report.started)}"
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm,
        bottomMargin=20 * mm, title=title, author="Zhitu", invariant=True,
    )  # fmt: skip
    styles = _styles()

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(_FONT, 9)
        canvas.setFillColor(HexColor(_GREY))
        canvas.drawCentredString(A4[0] / 2, 12 * mm, word(say, "page", n=page.page))

    story = [Paragraph(_safe(title), styles["h1"]), *_summary(report, say)]
    if report.questions:
        story.append(Paragraph(word(say, "each"), styles["h2"]))
    for question in report.questions:
        story += _question(question, say)
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


@cache
def _styles() -> dict[str, Any]:
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    body = ParagraphStyle(
        "body", fontName=_FONT, fontSize=10.5, leading=16, textColor=HexColor(_INK),
        wordWrap="CJK", spaceAfter=3,
    )  # fmt: skip

    def like(name: str, **changes: Any) -> Any:
        return ParagraphStyle(name, parent=body, **changes)

    return {
        "body": body,
        "h1": like("h1", fontSize=18, leading=26, spaceAfter=6),
        "h2": like("h2", fontSize=14, leading=20, spaceBefore=12, spaceAfter=5),
        "h3": like("h3", fontSize=11.5, leading=17, spaceBefore=10, spaceAfter=2),
        "score": like("score", fontSize=22, leading=30, textColor=HexColor(_BAR)),
        "small": like("small", fontSize=9, leading=13, textColor=HexColor(_GREY)),
        "said": like("said", leftIndent=10, borderPadding=0, spaceBefore=2),
        "point": like("point", leftIndent=10, spaceBefore=3, spaceAfter=1),
        "bullet": like(
            "bullet", fontSize=9, leading=13.5, leftIndent=10, textColor=HexColor(_GREY),
            spaceBefore=2,
        ),
        "under": like(
            "under", fontSize=9, leading=13.5, leftIndent=20, textColor=HexColor(_GREY),
            spaceAfter=1,
        ),
    }  # fmt: skip


def _summary(report: Report, say: Language) -> Iterator[Any]:
    styles = _styles()
    score = (
        word(say, "no_score") if report.score is None else word(say, "score", score=report.score)
    )
    yield Paragraph(score, styles["score"])
    scope = "、".join(report.scope) if say == "zh" else ", ".join(report.scope)
    yield Paragraph(
        _safe(word(say, "about", scope=scope or word(say, "whole_map"))), styles["body"]
    )
    counts = word(
        say, "counts", answered=report.answered, unknown=report.unknown, skipped=report.skipped,
        hints=report.hints, minutes=f"{report.minutes:g}",
    )  # fmt: skip
    yield Paragraph(counts, styles["body"])
    verdicts = " · ".join(f"{_coloured(v, say)} {n}" for v, n in report.verdicts.items())
    yield Paragraph(f"{word(say, 'verdicts')}{word(say, 'colon')}{verdicts}", styles["body"])
    if report.overruled:
        yield Paragraph(word(say, "disputed", n=report.overruled), styles["small"])
    if report.sections:
        heading = Paragraph(word(say, "sections"), styles["h2"])
        yield KeepTogether([heading, _chart(report.sections, say)])
    if report.earlier:
        rows = [f"{when(one.started)}: {one.score}" for one in report.earlier]
        rows.append(f"{when(report.started)}: {report.score} ({word(say, 'this_one')})")
        yield Paragraph(word(say, "earlier"), styles["h2"])
        yield Paragraph("<br/>".join(rows), styles["body"])
    if report.reread:
        yield Paragraph(word(say, "reread"), styles["h2"])
        for entry in report.reread:
            numbers = word(say, "of_questions", numbers=", ".join(map(str, entry.questions)))
            line = f"{_safe(' › '.join(entry.path))} <font color='{_GREY}'>({numbers})</font>"
            yield Paragraph(line, styles["body"])


def _chart(sections: tuple[SectionScore, ...], say: Language) -> Any:
    """A bar a section, 0 to 100, with its score behind it."""
    made = Drawing(_WIDTH, _ROW * len(sections))
    for place, one in enumerate(reversed(sections)):
        y = place * _ROW + 1.5 * mm
        title = one.title
        while pdfmetrics.stringWidth(title, _FONT, _SIZE) > _LABEL - 3 * mm:
            title = f"{title.rstrip('…')[:-1]}…"
        count = word(say, "questions", n=one.questions)
        behind = count if one.score is None else f"{one.score} · {count}"
        made.add(_label(0, y, title))
        made.add(_bar(y, 100, _TRACK))
        if one.score:
            made.add(_bar(y, one.score, _BAR))
        made.add(_label(_LABEL + _BAR_WIDTH + 3 * mm, y, behind))
    return made


def _bar(y: float, score: int, colour: str) -> Any:
    width = _BAR_WIDTH * score / 100
    return Rect(_LABEL, y, width, 3.5 * mm, fillColor=HexColor(colour), strokeColor=None)


def _label(x: float, y: float, text: str) -> Any:
    return String(x, y + 0.6 * mm, text, fontName=_FONT, fontSize=_SIZE, fillColor=HexColor(_INK))


def _question(one: Answered, say: Language) -> Iterator[Any]:
    styles = _styles()
    about = [" › ".join(one.path), word(say, f"kind_{one.kind}"), word(say, f"why_{one.why}")]
    mark = "" if one.score is None else word(say, "score", score=one.score)
    if one.hints:
        mark += f" · {word(say, 'hint_count', n=one.hints)}"
    heading = [
        Paragraph(f"{one.number}. {_safe(one.question)}", styles["h3"]),
        Paragraph(_safe(" · ".join(about)), styles["small"]),
    ]
    if mark:
        heading.append(Paragraph(f"<font color='{_BAR}'>{mark}</font>", styles["body"]))
    yield KeepTogether(heading)
    yield Paragraph(_safe(one.answer or word(say, one.outcome)), styles["said"])
    yield from _points(one.points, say)
    if one.follow_up is not None:
        asked = f"{word(say, 'follow_up')}{word(say, 'colon')}{_safe(one.follow_up.asked)}"
        yield Paragraph(asked, styles["point"])
        yield Paragraph(_safe(one.follow_up.answer), styles["said"])
        yield from _points(one.follow_up.points, say)
    yield Spacer(1, 2 * mm)
    yield HRFlowable(width="100%", thickness=0.5, color=HexColor(_TRACK))


def _points(points: tuple[PointLine, ...], say: Language) -> Iterator[Any]:
    styles = _styles()
    numbers, passages = numbered(point.citation for point in points)
    for point, number in zip(points, numbers, strict=True):
        line = f"{_coloured(point.verdict, say)} {_safe(point.text)}"
        if number:
            line += f" <font color='{_GREY}'>[{number}]</font>"
        if point.verdict != point.given:
            line += f" ({word(say, 'overruled', given=word(say, point.given))})"
        elif point.unsure:
            line += f" ({word(say, 'unsure')})"
        yield Paragraph(line, styles["point"])
        if point.quote:
            yield Paragraph(f"{word(say, 'said')}{_safe(point.quote)}", styles["under"])
    for cited in passages:
        place = _safe(" › ".join(cited.path))
        url = html.escape(cited.source.url, quote=True)
        link = f" · <link href='{url}'>{url}</link>" if url else ""
        yield Paragraph(f"[{cited.n}] {_safe(cited.quote)} ({place}{link})", styles["bullet"])


def _coloured(verdict: PointVerdict, say: Language) -> str:
    return f"<font color='{_COLOURS[verdict]}'>● {word(say, verdict)}</font>"


def _safe(text: str) -> str:
    """Text for a paragraph: its markup escaped, and what no font can show left out."""
    shown = "".join(c if c in "\n\t" or c.isprintable() else " " for c in text.strip())
    shown = shown.encode("utf-16", "replace").decode("utf-16")  # half an emoji
    return html.escape(shown, quote=False).replace("\n", "<br/>")
