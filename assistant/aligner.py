"""How a sentence stands to a passage: token against token, on the embedder's own states.

Each token of one text is laid beside what it attends to in the other, and what differs is read by a
small network (after Parikh et al. 2016, arXiv:1606.01933, and Chen et al. 2017, arXiv:1609.06038,
with the embedder's states in the place of their encoders). Trained by `evals/train_checker.py`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, cast

import numpy as np

from assistant.schema import RELATIONS, Part, Vectors

WEIGHTS = Path(__file__).with_name("checker.npz")
KINDS = ("title", "question", "text")
HEADS = 4
LONGEST = 320  # tokens of a premise that are read
_KEPT = 512  # texts whose states are kept: passages come again with every sentence

States = Callable[[Sequence[str]], list[Vectors]]


class Aligner:
    """The support checker's model, in numpy. Safe to use from several threads.

    Args:
        states: Token states of texts, each (tokens, 2 * dimension).
        weights: Written by `evals/train_checker.py`.
    """

    def __init__(self, states: States, weights: Path = WEIGHTS) -> None:
        self._states = states
        with np.load(weights) as arrays:
            self._w: dict[str, Any] = {n: arrays[n].astype(np.float32) for n in arrays.files}
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def relations(self, pairs: Sequence[tuple[Sequence[Part], str]]) -> Vectors:
        """See `PairModel.relations`."""
        texts = {text for parts, said in pairs for text in (said, *(t for _, t in parts))}
        known = self._read(list(texts))
        found = np.empty((len(pairs), len(RELATIONS)), np.float32)
        for row, (parts, said) in enumerate(pairs):
            premise = np.concatenate([known[text] for _, text in parts])[:LONGEST]
            kinds = [KINDS.index(kind) for kind, text in parts for _ in known[text]][:LONGEST]
            found[row] = self._relation(premise, np.array(kinds), known[said])
        return found

    def _read(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            found = {text: self._cache[text] for text in texts if text in self._cache}
        new = [text for text in texts if text not in found]
        if new:
            found |= zip(new, (self._normal(s) for s in self._states(new)), strict=True)
        with self._lock:
            for text in texts:
                self._cache[text] = found[text]
                self._cache.move_to_end(text)
            while len(self._cache) > _KEPT:
                self._cache.popitem(last=False)
        return found

    def _normal(self, states: Vectors) -> Vectors:
        half = states.shape[1] // 2
        pieces = (states[:, :half], states[:, half:])
        return np.concatenate([self._norm(f"n.{i}", p) for i, p in enumerate(pieces)], axis=1)

    def _relation(self, premise: Vectors, kinds: Any, said: Vectors) -> Vectors:
        """premise (p, 768), kinds (p), said (h, 768) → probabilities (4)."""
        w = self._w
        near = _unit(said @ w["att.weight"].T) @ _unit(premise @ w["att.weight"].T).T  # (h, p)
        near *= np.exp(w["temp"])
        p = self._linear("proj", premise) + w["kind.weight"][kinds]
        h = self._linear("proj", said)
        beside_h, beside_p = _softmax(near) @ p, _softmax(near.T) @ h
        features = []
        for name, own, other in (("ctxh", h, beside_h), ("ctxp", p, beside_p)):
            joined = np.concatenate([own, other, own - other, own * other], axis=1)
            compared = _gelu(self._linear("cmp.0", joined))
            read = self._attend(name, compared)
            features += [read.mean(0), read.max(0)]
        row = self._norm("out.0", np.concatenate(features)[None])
        return cast(Vectors, _softmax(self._linear("out.5", _gelu(self._linear("out.2", row))))[0])

    def _attend(self, name: str, x: Vectors) -> Vectors:
        """One transformer layer, norms first."""
        tokens, width = x.shape
        normed = self._norm(f"{name}.norm1", x)
        joined = normed @ self._w[f"{name}.self_attn.in_proj_weight"].T
        joined += self._w[f"{name}.self_attn.in_proj_bias"]
        q, k, v = joined.reshape(tokens, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        weights = _softmax(q @ k.transpose(0, 2, 1) / (width // HEADS) ** 0.5)
        context = (weights @ v).transpose(1, 0, 2).reshape(tokens, width)
        x = x + self._linear(f"{name}.self_attn.out_proj", context)
        inner = _gelu(self._linear(f"{name}.linear1", self._norm(f"{name}.norm2", x)))
        return cast(Vectors, x + self._linear(f"{name}.linear2", inner))

    def _linear(self, name: str, x: Vectors) -> Vectors:
        return cast(Vectors, x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"])

    def _norm(self, name: str, x: Vectors) -> Vectors:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return cast(Vectors, scaled * self._w[f"{name}.weight"] + self._w[f"{name}.bias"])


def _softmax(x: Vectors) -> Vectors:
    shifted = np.exp(x - x.max(-1, keepdims=True))
    return cast(Vectors, shifted / shifted.sum(-1, keepdims=True))


def _unit(x: Vectors) -> Vectors:
    return cast(Vectors, x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12))


def _gelu(x: Vectors) -> Vectors:
    """Hendrycks, Gimpel 2016, arXiv:1606.08415, by their tanh."""
    return cast(Vectors, 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x))))
