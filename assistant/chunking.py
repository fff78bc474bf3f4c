"""Cuts entries into what is embedded: whole claims, with their place on the map around them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence

from assistant.schema import Chunk, Claim, Entry, Source

CHUNKER = "claims-3"  # change it whenever the chunks of an unchanged source would change
CONTENTS = "目录"  # the part of a chunk that lists what lies below an entry

_SENTENCE = re.compile(r"[^。!?;\uff01\uff1f\uff1b\n]*(?:[。!?;\uff01\uff1f\uff1b\n]|\.(?=\s)|$)")


def chunk_entries(
    entries: Sequence[Entry], count_tokens: Callable[[str], int], max_tokens: int
) -> list[Chunk]:
    """Cut all entries, in their order. A chunk is one claim, or a part of one that is too long.

    An entry with entries below it also gets a chunk that names them; one without any words of its
    own is its name. The same text twice in an entry gives one chunk.

    Args:
        entries: In reading order; their `order` becomes the chunks'.
        count_tokens: Length of a text in the embedder's tokens.
        max_tokens: Longest chunk, in those tokens.
    """
    children: dict[str, list[str]] = {}
    for entry in entries:
        if entry.kind != "reference" and "/" in entry.id:
            children.setdefault(entry.id.rsplit("/", 1)[0], []).append(entry.title)
    found: list[Chunk] = []
    for entry in entries:
        below = children.get(entry.id, [])
        seen: set[str] = set()
        for claim in (*_contents(entry, below), *entry.claims):
            asked = claim.asked
            for text, start, end in _pieces(claim, count_tokens, max_tokens):
                if text in seen:
                    continue
                seen.add(text)
                found.append(_chunk(entry, claim, text, start, end, asked))
                asked = ()  # a claim that is cut keeps them with its beginning
    return found


def embedded_text(chunk: Chunk) -> str:
    """What the embedder sees: the claim after the names it stands under."""
    place = " ".join(chunk.path[-2:])
    part = "" if chunk.part in ("", CONTENTS) else f" {chunk.part}"
    return f"{place}{part}: {chunk.text}"


def _contents(entry: Entry, below: Sequence[str]) -> Iterator[Claim]:
    if entry.kind == "reference":
        return
    if below:
        yield Claim(text="、".join(below), start=entry.start, end=entry.end, part=CONTENTS)
    elif not entry.claims:
        yield Claim(text=entry.title, start=entry.start, end=entry.end, part=CONTENTS)


def _chunk(
    entry: Entry, claim: Claim, text: str, start: int, end: int, asked: tuple[str, ...]
) -> Chunk:
    digest = hashlib.sha256(f"{entry.id}\0{text}".encode()).hexdigest()[:20]
    return Chunk(
        id=digest,
        entry=entry.id,
        path=entry.path,
        part=claim.part,
        kind=entry.kind,
        text=text,
        source=Source(
            title=entry.title,
            file=entry.file,
            url=claim.url or entry.url,
            start=start,
            end=end,
        ),
        order=entry.order,
        asked=asked,
    )


def _pieces(
    claim: Claim, count_tokens: Callable[[str], int], max_tokens: int
) -> Iterator[tuple[str, int, int]]:
    """The claim whole; where it is longer than a chunk, runs of whole sentences of it.

    A piece's offsets are exact where the claim stands unchanged in its source, and the claim's own
    where its text was tidied.
    """
    # no tokeniser makes more tokens than a text has bytes: short texts need no counting
    if len(claim.text.encode()) <= max_tokens or count_tokens(claim.text) <= max_tokens:
        yield claim.text, claim.start, claim.end
        return
    exact = claim.end - claim.start == len(claim.text)
    at = 0
    for piece in _packed(claim.text, count_tokens, max_tokens):
        place = claim.text.index(piece, at)
        at = place + len(piece)
        if not piece.strip():
            continue
        lead = len(piece) - len(piece.lstrip())
        shown = piece.strip()
        if exact:
            start = claim.start + place + lead
            yield shown, start, start + len(shown)
        else:
            yield shown, claim.start, claim.end


def _packed(text: str, count_tokens: Callable[[str], int], max_tokens: int) -> Iterator[str]:
    held = ""
    for sentence in _sentences(text):
        for part in _halves(sentence, count_tokens, max_tokens):
            if held and count_tokens(held + part) > max_tokens:
                yield held
                held = ""
            held += part
    if held:
        yield held


def _sentences(text: str) -> Iterator[str]:
    for match in _SENTENCE.finditer(text):
        if match[0]:
            yield match[0]


def _halves(text: str, count_tokens: Callable[[str], int], max_tokens: int) -> Iterator[str]:
    """A single sentence longer than a chunk is halved, at a blank or comma where there is one."""
    if len(text) < 2 or count_tokens(text) <= max_tokens:
        yield text
        return
    middle = len(text) // 2
    near = [m.end() for m in re.finditer(r"[\s,\uff0c、]", text[: middle + middle // 2])]
    cut = min(near, key=lambda place: abs(place - middle)) if near else middle
    if not 0 < cut < len(text):
        cut = middle
    yield from _halves(text[:cut], count_tokens, max_tokens)
    yield from _halves(text[cut:], count_tokens, max_tokens)
