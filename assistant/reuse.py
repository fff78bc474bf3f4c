"""Vectors are kept from one generation of the index to the next where their text stays the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from assistant.chunking import embedded_text
from assistant.index import Index
from assistant.index_writer import Asked
from assistant.schema import Chunk, Embedder, Vectors


class Reuse:
    """Vectors: from the generation before where the same text was embedded, else new ones."""

    def __init__(self, old: Index | None, embedder: Embedder) -> None:
        self._embedder = embedder
        made_by = (old.manifest.embedder, old.manifest.revision) if old else None
        self.old = old if made_by == (embedder.name, embedder.revision) else None
        self._rows = self.old.vector_rows() if self.old else {}
        self.embedded = 0

    def vectors(self, chunks: Sequence[Chunk]) -> Vectors:
        """Of some chunks: (n, d) float32; counts in `embedded` those that are new."""
        known = self.old.vectors if self.old else None
        found, new = self._get([embedded_text(chunk) for chunk in chunks], self._rows, known)
        self.embedded += new
        return found

    def asked(self, chunks: Sequence[Chunk]) -> Asked:
        """How people ask for these chunks."""
        rows = [row for row, chunk in enumerate(chunks) for _ in chunk.asked]
        texts = [text for chunk in chunks for text in chunk.asked]
        places = self.old.asked_places() if self.old else {}
        vectors, _ = self._get(texts, places, self.old.asked[1] if self.old else None)
        return Asked(rows, [_hash(text) for text in texts], vectors)

    def _get(
        self, texts: Sequence[str], places: Mapping[str, int], known: Vectors | None
    ) -> tuple[Vectors, int]:
        made = np.empty((len(texts), self._embedder.dimension), np.float32)
        missing = []
        for i, text in enumerate(texts):
            place = places.get(_hash(text))
            if place is None or known is None:
                missing.append(i)
            else:
                made[i] = known[place]
        if missing:
            made[missing] = self._embedder.embed_documents([texts[i] for i in missing])
        return made, len(missing)


def text_hash(chunk: Chunk) -> str:
    """Hash of what the embedder sees of a chunk."""
    return _hash(embedded_text(chunk))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
