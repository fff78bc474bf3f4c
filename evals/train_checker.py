"""Trains the support checker: `python -m evals.train_checker --out assistant/checker.npz`.

The embedder isn't touched: its token states are read once, and the small network of
`assistant/aligner.py` is trained on them. What it learns from lies in `evals/training/`: sentences
written for the project's own claims, and learners' answers. Takes about 25 minutes on 2 cores.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from assistant.aligner import HEADS, KINDS, LONGEST
from assistant.config import load_settings
from assistant.embedding import OnnxEmbedder, open_embedder
from assistant.model_store import ModelStore
from assistant.pipeline import CHECKER_BASE
from assistant.schema import RELATIONS, Vectors
from evals.training_pairs import Pair, Row, draw, read_rows, texts_of

_WIDTH = 192
_DROPOUT = 0.2
_BATCH_TOKENS = 6000  # padded
_RATE = 1e-3
_WARM_UP = 100  # steps
_STATES_AT_ONCE = 256  # texts


class Network(nn.Module):
    """What `assistant.aligner.Aligner` computes, in PyTorch; names of weights are the same.

    Args:
        states: Width of a token's states: two layers of the embedder.
    """

    def __init__(self, states: int) -> None:
        super().__init__()
        self.n = nn.ModuleList([nn.LayerNorm(states // 2) for _ in range(2)])
        self.att = nn.Linear(states, _WIDTH, bias=False)
        self.proj = nn.Linear(states, _WIDTH)
        self.temp = nn.Parameter(torch.tensor(2.0))
        self.kind = nn.Embedding(len(KINDS), _WIDTH)
        self.cmp = nn.Sequential(nn.Linear(4 * _WIDTH, _WIDTH), nn.GELU("tanh"), _dropout())
        self.ctxh, self.ctxp = _reader(), _reader()
        self.out = nn.Sequential(
            nn.LayerNorm(4 * _WIDTH), _dropout(), nn.Linear(4 * _WIDTH, _WIDTH), nn.GELU("tanh"),
            _dropout(), nn.Linear(_WIDTH, len(RELATIONS)),
        )  # fmt: skip
        self.drop = _dropout()

    def forward(self, p: Tensor, kinds: Tensor, pm: Tensor, h: Tensor, hm: Tensor) -> Tensor:
        """Scores of the relations (n, 4).

        Args:
            p: States of the premises (n, tokens, states), padded.
            kinds: What each token belongs to (n, tokens), a place in `KINDS`.
            pm: Which tokens are there (n, tokens).
            h: States of the sentences, as `p`.
            hm: As `pm`.
        """
        p, h = self._normal(p), self._normal(h)
        unit = nn.functional.normalize
        near = unit(self.att(h), dim=-1) @ unit(self.att(p), dim=-1).transpose(1, 2)
        near = near * torch.exp(self.temp)
        p, h = self.proj(p) + self.kind(kinds), self.proj(h)
        beside_h = torch.softmax(near.masked_fill(~pm[:, None, :], -1e4), -1) @ p
        beside_p = torch.softmax(near.transpose(1, 2).masked_fill(~hm[:, None, :], -1e4), -1) @ h
        features: list[Tensor] = []
        for reader, own, other, mask in (
            (self.ctxh, h, beside_h, hm),
            (self.ctxp, p, beside_p, pm),
        ):
            joined = torch.cat([own, other, own - other, own * other], -1)
            read = reader(self.cmp(joined), src_key_padding_mask=~mask)
            there = mask[..., None]
            features.append((read * there).sum(1) / there.sum(1))
            features.append(read.masked_fill(~there, -1e4).max(1)[0])
        scores: Tensor = self.out(torch.cat(features, -1))
        return scores

    def _normal(self, states: Tensor) -> Tensor:
        half = states.shape[-1] // 2
        pieces = (states[..., :half], states[..., half:])
        both = [norm(piece) for norm, piece in zip(self.n, pieces, strict=True)]
        normed: Tensor = self.drop(torch.cat(both, -1))
        return normed


def _dropout() -> nn.Dropout:
    return nn.Dropout(_DROPOUT)


def _reader() -> nn.TransformerEncoderLayer:
    return nn.TransformerEncoderLayer(
        _WIDTH, HEADS, 2 * _WIDTH, _DROPOUT,
        activation=nn.GELU("tanh"), batch_first=True, norm_first=True,
    )  # fmt: skip


def read_states(embedder: OnnxEmbedder, texts: Sequence[str]) -> dict[str, Vectors]:
    """Token states of every text, kept in half precision."""
    found: dict[str, Vectors] = {}
    for first in range(0, len(texts), _STATES_AT_ONCE):
        part = texts[first : first + _STATES_AT_ONCE]
        states = embedder.token_states(part)
        found |= {t: s.astype(np.float16) for t, s in zip(part, states, strict=True)}
    return found


def collate(pairs: Sequence[Pair], states: dict[str, Vectors]) -> tuple[list[Tensor], Tensor]:
    """The network's arguments and the labels (n) of some pairs."""
    premises = [np.concatenate([states[t] for _, t in p.premise])[:LONGEST] for p in pairs]
    longest = [max(map(len, premises)), max(len(states[p.hypothesis]) for p in pairs)]
    width = premises[0].shape[1]
    p, h = (np.zeros((len(pairs), n, width), np.float32) for n in longest)
    pm, hm = (np.zeros((len(pairs), n), bool) for n in longest)
    kinds = np.zeros((len(pairs), longest[0]), np.int64)
    for i, (pair, premise) in enumerate(zip(pairs, premises, strict=True)):
        said = states[pair.hypothesis]
        of = [KINDS.index(kind) for kind, text in pair.premise for _ in states[text]]
        p[i, : len(premise)], pm[i, : len(premise)] = premise, True
        kinds[i, : len(premise)] = of[: len(premise)]
        h[i, : len(said)], hm[i, : len(said)] = said, True
    tensors = [torch.from_numpy(value) for value in (p, kinds, pm, h, hm)]
    return tensors, torch.tensor([RELATIONS.index(pair.relation) for pair in pairs])


def batches(lengths: Sequence[int], rng: random.Random) -> list[list[int]]:
    """Places of pairs of like length, the batches in random order."""
    order = sorted(range(len(lengths)), key=lambda i: lengths[i] + rng.random() * 20)
    made: list[list[int]] = [[]]
    for place in order:
        if made[-1] and (len(made[-1]) + 1) * lengths[place] > _BATCH_TOKENS:
            made.append([])
        made[-1].append(place)
    rng.shuffle(made)
    return made


def train(
    network: Network,
    claims: Sequence[Row],
    answers: Sequence[Row],
    states: dict[str, Vectors],
    epochs: int,
    seed: int,
    out: Path,
) -> None:
    """Train with a cosine schedule; the weights are written after every epoch."""
    rng = random.Random(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=0.01)
    began, step = time.perf_counter(), 0
    for epoch in range(epochs):
        pairs = draw(claims, answers, rng)
        lengths = [
            sum(len(states[t]) for _, t in p.premise) + len(states[p.hypothesis]) for p in pairs
        ]
        made = batches(lengths, rng)
        losses: list[float] = []
        network.train()
        for batch in made:
            done = step / (epochs * len(made))
            rate = min(1.0, (step + 1) / _WARM_UP) * max(0.02, (1 + np.cos(np.pi * done)) / 2)
            for group in optimizer.param_groups:
                group["lr"] = _RATE * rate
            arguments, labels = collate([pairs[i] for i in batch], states)
            loss = nn.functional.cross_entropy(network(*arguments), labels, label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
            step += 1
        took = time.perf_counter() - began
        print(f"epoch {epoch}: {len(pairs)} pairs, loss {np.mean(losses):.3f}, {took:.0f} s",
              file=sys.stderr, flush=True)  # fmt: skip
        weights = {name: w.numpy().astype(np.float16) for name, w in network.state_dict().items()}
        np.savez_compressed(out, **weights)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the states, train, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    torch.manual_seed(options.seed)
    settings = load_settings()
    store = ModelStore(settings.models_dir, settings.hub_url)
    embedder = open_embedder(store, CHECKER_BASE)
    assert isinstance(embedder, OnnxEmbedder)
    claims, answers = read_rows("claims"), read_rows("answers")
    texts = texts_of(claims, answers)
    states = read_states(embedder, texts)
    network = Network(2 * embedder.dimension)
    count = sum(p.numel() for p in network.parameters())
    print(f"{len(texts)} texts, {count:,} weights", file=sys.stderr, flush=True)
    train(network, claims, answers, states, options.epochs, options.seed, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
