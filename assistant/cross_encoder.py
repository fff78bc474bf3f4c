"""How a sentence stands to a passage: a transformer that reads both together.

It began as the embedder and was trained further by `evals/train_checker.py`, all but the table of
words, which it takes from the embedder's own graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.embedding import batches, mask_of, session, side_by_side
from assistant.errors import ModelDamagedError
from assistant.schema import RELATIONS, Part, TokenIds, Vectors

if TYPE_CHECKING:
    from assistant.embedding import OnnxEmbedder

WEIGHTS = Path(__file__).with_name("checker.onnx")
KINDS = ("title", "question", "text", "said")
LONGEST = 288  # tokens of a pair that are read
_SAID = 110  # of them at most for the sentence

Row = tuple[list[int], list[int]]  # tokens, and the place in `KINDS` that each belongs to


class CrossEncoder:
    """The support checker's model. Safe to use from several threads.

    Args:
        embedder: The one that it began as.
        weights: Written by `evals/train_checker.py`; read when a pair is, since a search needs
            none.
    """

    def __init__(self, embedder: OnnxEmbedder, weights: Path = WEIGHTS) -> None:
        self._embedder = embedder
        self._weights = weights
        self._turn = Lock()

    def relations(self, pairs: Sequence[tuple[Sequence[Part], str]]) -> Vectors:
        """See `PairModel.relations`.

        Raises:
            ModelDamagedError: The weights can't be read.
        """
        rows = [pair_row(self._embedder, parts, said) for parts, said in pairs]
        found = np.empty((len(rows), len(RELATIONS)), np.float32)
        for places in batches([len(ids) for ids, _ in rows]):
            ids, kinds, mask = padded([rows[place] for place in places], self._embedder.ends[2])
            words = self._embedder.words(ids)
            inputs = {"words": words, "kinds": kinds, "attention_mask": mask}
            with self._turn:  # all processors read one batch; two at once only take more memory
                found[places] = self._session.run(["relations"], inputs)[0]
        return found

    @cached_property
    def _session(self) -> Any:
        try:
            return session(self._weights)
        # ONNX Runtime's own exceptions share no base class below Exception.
        except Exception as error:
            raise ModelDamagedError(
                f"The support checker's model {self._weights} can't be loaded ({error})",
                "Install Zhitu again.",
            ) from error


def pair_row(embedder: OnnxEmbedder, parts: Sequence[Part], said: str) -> Row:
    """The premise, then what is said; the premise is cut where the two are too long."""
    bos, eos, _ = embedder.ends
    sentence = [*embedder.pieces(said)[:_SAID], eos]
    ids, kinds = [bos], [0]
    for kind, text in parts:
        pieces = [*embedder.pieces(text), eos]
        ids += pieces
        kinds += [KINDS.index(kind)] * len(pieces)
    room = LONGEST - len(sentence)
    return ids[:room] + sentence, kinds[:room] + [KINDS.index("said")] * len(sentence)


def padded(rows: Sequence[Row], pad: int) -> tuple[TokenIds, TokenIds, TokenIds]:
    """Rows side by side: ids, kinds and a mask of ones, each int64 of shape (n, tokens)."""
    ids = [own for own, _ in rows]
    return side_by_side(ids, pad), side_by_side([of for _, of in rows], 0), mask_of(ids)
