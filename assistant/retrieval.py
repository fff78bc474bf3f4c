"""Dense, BM25, fused and taxonomy-aware search behind one signature.

A search ranks chunks, then folds them: one hit an entry or reference, its best claims in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from assistant.chunking import CONTENTS
from assistant.errors import UsageError
from assistant.index import Index, top
from assistant.schema import Chunk, Embedder, Hit, Leg, LinkedEntry
from assistant.taxonomy import Link, Taxonomy
from assistant.tokenization import terms

MAX_QUERY = 2000  # characters; the embedder reads 512 tokens, the rest would be ignored silently
_DEPTH = 60  # chunks that each leg brings to the fusion
_RRF = 60  # Cormack et al. 2009, "Reciprocal Rank Fusion outperforms Condorcet …": k = 60
_WORDS = 0.052  # weight of BM25 against the cosine
_NAMED, _BELOW = 0.07, 0.05  # bonus of an entry that the question names, of one below it
_CONTENTS_LESS = 0.03  # a list of titles answers only a question that asks for a list
_REFERENCE_LESS = 0.03  # a digest stands behind the entry that it supports
_MAX_NAMED = 400  # rows of one named entry that are looked at
_FRONT = 5  # entries that the question names stand among the first five
_PASSAGE = 60  # characters up to which a hit carries further claims as good as its best
_NAMED_PASSAGE = 150  # the same, shared among the entries that the question names
_AS_GOOD = 0.97
_LISTING = re.compile(
    r"哪些|哪几|几种|列出|列举|包括|包含|分类|有几|which|list|kinds?|types?", re.I
)

Ranking = list[tuple[int, float]]  # (row, score), best first
Spans = Sequence[tuple[int, int]]


@dataclass
class Query:
    """A question, cleaned; its vector and links are computed once, when first asked for."""

    text: str
    embedder: Embedder
    taxonomy: Taxonomy
    best_cosine: float | None = None  # of the chunks that the search saw; None: it never looked
    best_bm25: float | None = None

    @cached_property
    def vector(self) -> npt.NDArray[np.float32]:
        """(d,) float32, length 1."""
        row: npt.NDArray[np.float32] = self.embedder.embed_queries([self.text])[0]
        return row

    @cached_property
    def link(self) -> Link:
        """The entries that it names."""
        return self.taxonomy.link(self.text)

    @cached_property
    def terms(self) -> list[str]:
        """Its own terms, each once."""
        return list(dict.fromkeys(terms(self.text)))

    @cached_property
    def other_terms(self) -> list[str]:
        """Terms of the other names of what it names: the notes may use those."""
        names = self.taxonomy.other_names(self.text)
        found = dict.fromkeys(term for name in names for term in terms(name))
        return [term for term in found if term not in self.terms]


def clean_query(text: str) -> str:
    """The question without control characters and doubled blanks.

    Raises:
        UsageError: Nothing is left to search for, or it is too long.
    """
    kept = "".join(c if c.isprintable() else " " for c in text)
    kept = " ".join(kept.split())
    if len(kept) > MAX_QUERY:
        raise UsageError(
            f"The question has {len(kept):,} characters; at most {MAX_QUERY:,} are read",
            "Ask it in fewer words.",
        )
    if not any(c.isalnum() for c in kept):
        raise UsageError("The question is empty", "Type what you want to know.")
    return kept


class Search:
    """What all retrievers share: the index, the scope, and the folding of chunks into hits."""

    def __init__(self, index: Index, taxonomy: Taxonomy, embedder: Embedder) -> None:
        self.index = index
        self.taxonomy = taxonomy
        self.embedder = embedder

    def search(self, query: str, k: int = 10, scope: str | None = None) -> list[Hit]:
        """Return at most `k` hits, best first; see `schema.Retriever`.

        Raises:
            UsageError: An empty question, or a scope that is no entry.
        """
        asked = Query(clean_query(query), self.embedder, self.taxonomy)
        return self.hits(asked, k, self.spans(scope))

    def hits(self, query: Query, k: int, spans: Spans | None) -> list[Hit]:
        """The same for a question that is prepared already."""
        raise NotImplementedError

    def measure(self, query: Query, spans: Spans | None) -> None:
        """Find the best cosine and BM25 score where this search didn't look at them."""
        if query.best_cosine is None:
            self.dense(query, 1, spans)
        if query.best_bm25 is None:
            self.bm25(query, 1, spans)

    def spans(self, scope: str | None) -> Spans | None:
        """Rows of the scope; None means all."""
        inside = self.inside(scope)
        return None if inside is None else self.index.rows(inside)

    def inside(self, scope: str | None) -> set[str] | None:
        """Ids of the scope's entries; None means all."""
        return self.taxonomy.below(self.taxonomy.scope(scope)) if scope else None

    def dense(self, query: Query, depth: int, spans: Spans | None) -> Ranking:
        """Nearest chunks by cosine."""
        if spans is None:
            rows, scores = self.index.dense(query.vector, depth)
        else:
            rows, scores = self.index.dense_within(query.vector, spans, depth)
        query.best_cosine = float(scores[0]) if len(scores) else 0.0
        return list(zip(rows.tolist(), scores.tolist(), strict=True))

    def bm25(self, query: Query, depth: int, spans: Spans | None) -> Ranking:
        """Best chunks by BM25; never one that shares no term with the question."""
        scores = self.index.lexical(query.terms)
        if query.other_terms:
            scores = scores + 0.5 * self.index.lexical(query.other_terms)
        if spans is not None:
            inside = np.zeros(len(scores), bool)
            for first, end in spans:
                inside[first:end] = True
            scores = np.where(inside, scores, 0)
        rows = top(scores, depth)
        query.best_bm25 = float(scores[rows[0]]) if len(rows) else 0.0
        return [(int(row), float(scores[row])) for row in rows if scores[row] > 0]


class DenseSearch(Search):
    """By vectors alone."""

    def hits(self, query: Query, k: int, spans: Spans | None) -> list[Hit]:
        """See `Search`."""
        ranking = self.dense(query, _depth(k), spans)
        return _fold(self.index, ranking, k, {"dense": ranking})


class Bm25Search(Search):
    """By words alone."""

    def hits(self, query: Query, k: int, spans: Spans | None) -> list[Hit]:
        """See `Search`."""
        ranking = self.bm25(query, _depth(k), spans)
        return _fold(self.index, ranking, k, {"bm25": ranking})


class FusedSearch(Search):
    """Both legs by reciprocal rank fusion."""

    def hits(self, query: Query, k: int, spans: Spans | None) -> list[Hit]:
        """See `Search`."""
        legs = {
            "dense": self.dense(query, _depth(k), spans),
            "bm25": self.bm25(query, _depth(k), spans),
        }
        return _fold(self.index, fuse(legs.values()), k, legs)


class TaxonomySearch(Search):
    """Both legs on one scale, and the map: entries that the question names come with it.

    A chunk's score is its cosine, plus its BM25 score in units of the largest possible term weight,
    plus a bonus where the question names its entry or one above it. Reciprocal rank fusion forgets
    how well a chunk matched; on the dev questions this order was better (see evals/LOG.md).
    """

    def hits(self, query: Query, k: int, spans: Spans | None) -> list[Hit]:
        """See `Search`."""
        depth = _depth(k)
        legs = {"dense": self.dense(query, depth, spans), "bm25": self.bm25(query, depth, spans)}
        named = self._named(query, spans)
        rows = np.array(
            sorted({row for leg in legs.values() for row, _ in leg} | set(named)), np.int64
        )
        if not len(rows):
            return []
        cosines = dict(legs["dense"])
        missing = [row for row in rows.tolist() if row not in cosines]
        cosines |= zip(missing, self.index.cosines(query.vector, missing).tolist(), strict=True)
        words = dict(legs["bm25"])
        scale = _WORDS / np.log1p(self.index.manifest.chunks)
        listing = bool(_LISTING.search(query.text))
        chunks = dict(zip(rows.tolist(), self.index.chunks(rows.tolist()), strict=True))
        scores = {}
        for row in rows.tolist():
            scores[row] = cosines[row] + scale * words.get(row, 0.0) + named.get(row, 0.0)
            if chunks[row].part == CONTENTS and not listing:
                scores[row] -= _CONTENTS_LESS
            if chunks[row].kind == "reference":
                scores[row] -= _REFERENCE_LESS
        ranking = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return _fold(self.index, ranking, k, legs, query.link.entries, chunks)

    def _named(self, query: Query, spans: Spans | None) -> dict[int, float]:
        """Rows of the entries that the question names, and below them, with their bonus."""
        found: dict[int, float] = {}
        for link in query.link.entries:
            certainty = 1.0 if link.exact else 0.8
            below = self.index.rows(self.taxonomy.below(link.entry))
            own = self.index.rows([link.entry])
            for bonus, where in ((_BELOW, below), (_NAMED, own)):
                for first, end in where:
                    for row in range(first, min(end, first + _MAX_NAMED)):
                        if spans is None or any(a <= row < b for a, b in spans):
                            found[row] = max(found.get(row, 0.0), bonus * certainty)
        return found


def _fold(
    index: Index,
    ranking: Ranking,
    k: int,
    legs: Mapping[str, Ranking],
    named: Sequence[LinkedEntry] = (),
    chunks: Mapping[int, Chunk] | None = None,
) -> list[Hit]:
    """One hit an entry or reference, in the order of their best chunks.

    A hit's text is its best claim; further claims of the entry follow, most to the point first,
    where the question names the entry, or where they match as well as the first.
    """
    if chunks is None:
        rows = [row for row, _ in ranking]
        chunks = dict(zip(rows, index.chunks(rows), strict=True))
    folded: dict[str, list[tuple[int, float]]] = {}
    for row, score in ranking:
        folded.setdefault(chunks[row].entry, []).append((row, score))
    order = _with_named_in_front(list(folded), [link.entry for link in named], min(k, _FRONT))
    named_ids = {link.entry for link in named}
    many = max(1, min(3, sum(entry in named_ids for entry in order[:k])))
    places = {
        name: {row: (rank, score) for rank, (row, score) in enumerate(leg, 1)}
        for name, leg in legs.items()
    }
    found: list[Hit] = []
    seen: set[tuple[str, str]] = set()
    for entry in order:
        if len(found) == k:
            break
        claims = folded[entry]
        row, score = claims[0]
        best = chunks[row]
        linked = entry in named_ids
        text = _passage([(chunks[row], s) for row, s in claims], linked, _NAMED_PASSAGE // many)
        if (best.path[-1], text) in seen:
            continue  # two sources that hold the same note
        seen.add((best.path[-1], text))
        found.append(
            Hit(
                rank=len(found) + 1,
                entry=entry,
                path=best.path,
                kind=best.kind,
                score=round(score, 6),
                text=text,
                source=best.source,
                chunk=best.id,
                linked=linked,
                legs={
                    name: Leg(rank=leg[row][0], score=leg[row][1])
                    for name, leg in places.items()
                    if row in leg
                },
            )
        )
    return found


def _with_named_in_front(order: list[str], named: Sequence[str], front: int) -> list[str]:
    """Keep the order, but let no named entry stand behind the first `front`."""
    late = [entry for entry in order[front:] if entry in named][:front]
    if not late:
        return order
    rest = [entry for entry in order if entry not in late]
    kept = [entry for entry in rest[:front] if entry in named]
    others = [entry for entry in rest[:front] if entry not in named]
    room = front - len(kept) - len(late)
    head = [e for e in rest[:front] if e in kept or e in others[: max(room, 0)]]
    return [*head, *late, *(e for e in rest if e not in head)]


def _passage(claims: Sequence[tuple[Chunk, float]], linked: bool, room: int) -> str:
    best, score = claims[0]
    text = best.text
    limit = room if linked else _PASSAGE
    for chunk, other in claims[1:]:
        if not linked and other < _AS_GOOD * score:
            break
        if chunk.part == CONTENTS:
            continue  # the titles below say nothing that a claim doesn't
        if len(text) + len(chunk.text) <= limit:
            text += f"\n{chunk.text}"
    return text


def _depth(k: int) -> int:
    return max(_DEPTH, 3 * k)


def fuse(rankings: Iterable[Ranking]) -> Ranking:
    """Reciprocal rank fusion, ranks counted from 1; ties keep the order of the first ranking.

    Source: Cormack, Clarke, Büttcher, SIGIR 2009, https://dl.acm.org/doi/10.1145/1571941.1572114
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (row, _) in enumerate(ranking, 1):
            scores[row] = scores.get(row, 0.0) + 1.0 / (_RRF + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
