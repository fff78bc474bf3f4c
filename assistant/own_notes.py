"""The text of an entry of the learner's own: its source where that is Markdown, else its claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from assistant.chunking import CONTENTS
from assistant.errors import SourceError
from assistant.loaders.markdown import blocks, plain
from assistant.loaders.text import read_text
from assistant.markup import Markup, Part
from assistant.schema import Chunk, Claim, Entry

_MARKDOWN = {".md", ".markdown", ".mdown", ".mkd"}
_SEPARATOR = " › "  # between a part and a part of it, see Claim


def claims_of(chunks: Sequence[Chunk]) -> list[Claim]:
    """The claims of one entry, from what the index keeps of them: a long one was cut there."""
    claims: list[Claim] = []
    for chunk in chunks:
        if chunk.part == CONTENTS:
            continue
        start, end = chunk.source.start, chunk.source.end
        if claims and _goes_on(claims[-1], chunk):
            gap = " " if start == claims[-1].end + 1 else ""
            text = f"{claims[-1].text}{gap}{chunk.text}"
            claims[-1] = claims[-1].model_copy(update={"text": text, "end": end})
        else:
            claims.append(Claim(text=chunk.text, start=start, end=end, part=chunk.part))
    return claims


def own_parts(entry: Entry, claims: Sequence[Claim], markup: Markup) -> list[Part]:
    """The parts of an entry; none where the file says nothing under its heading."""
    if not claims:
        return []
    if (source := _source(entry, claims)) is not None:
        return [Part("", markup.block(source))]
    parts = []
    for top, inside in groupby(claims, lambda claim: claim.part.partition(_SEPARATOR)[0]):
        html = "".join(
            (f"<h3>{markup.words(below)}</h3>" if below else "") + _html(entry, group, markup)
            for below, group in groupby(inside, lambda claim: claim.part.partition(_SEPARATOR)[2])
        )
        parts.append(Part(top, html))
    return parts


def _goes_on(claim: Claim, chunk: Chunk) -> bool:
    """Whether a chunk is the next piece of a claim, and not the claim on the next line."""
    start = chunk.source.start
    if chunk.part != claim.part:
        return False
    if (start, chunk.source.end) == (claim.start, claim.end):  # its text was tidied, then cut
        return True
    return start == claim.end or (chunk.kind != "note" and start == claim.end + 1)


def _html(entry: Entry, claims: Iterable[Claim], markup: Markup) -> str:
    """The claims of a note are points; those of a document are its paragraphs."""
    if entry.kind == "note":
        items = "".join(f"<li>{markup.words(claim.text)}</li>" for claim in claims)
        return f"<ul>{items}</ul>"
    return "".join(f"<p>{markup.words(claim.text)}</p>" for claim in claims)


def _source(entry: Entry, claims: Sequence[Claim]) -> str | None:
    """The Markdown that the claims were read from; None where it is not that any more."""
    path = Path(entry.file)
    if path.suffix.lower() not in _MARKDOWN or any(claim.part for claim in claims):
        return None
    try:
        text = read_text(path).text
    except SourceError:
        return None
    begin = text.rfind("\n", 0, claims[0].start) + 1
    source = text[begin : max(claim.end for claim in claims)]
    there = dict.fromkeys(plain(block.text) for block in blocks(source) if not block.level)
    return source if _bare(there) == _bare(claim.text for claim in claims) else None


def _bare(texts: Iterable[str]) -> str:
    return re.sub(r"[\W_]+", "", "".join(texts))
