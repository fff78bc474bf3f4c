"""The bullets of the notes that key points rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assistant.schema import Citation, Entry, KeyPoint, Source
from assistant.tokenization import fold


def bullet_of(corpus: Mapping[str, Entry], key: KeyPoint) -> Citation | None:
    """The bullet of the notes that a point of the bank names; None where it is gone."""
    entry = corpus.get(key.entry)
    if entry is None:
        return None
    begins = fold(key.bullet)
    for claim in entry.claims:
        if fold(claim.text).startswith(begins):
            source = Source(
                title=entry.title,
                file=entry.file,
                url=claim.url,
                start=claim.start,
                end=claim.end,
            )
            return Citation(
                n=1,
                entry=entry.id,
                path=entry.path,
                kind=entry.kind,
                quote=claim.text,
                source=source,
            )
    return None


def numbered(found: Iterable[Citation | None]) -> tuple[list[int | None], list[Citation]]:
    """Number what is cited, each passage once.

    Returns:
        The number for each of `found`, None where it cites nothing; and the passages by number.
    """
    places: dict[tuple[str, int], int] = {}
    passages: list[Citation] = []
    numbers: list[int | None] = []
    for citation in found:
        if citation is None:
            numbers.append(None)
            continue
        place = (citation.source.file, citation.source.start)
        if place not in places:
            places[place] = len(places) + 1
            passages.append(citation.model_copy(update={"n": places[place]}))
        numbers.append(places[place])
    return numbers, passages
