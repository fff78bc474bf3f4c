"""Trains the model behind support check and grading.

`python -m evals.train_checker --out assistant/checker.onnx`. It is the embedder itself, all twelve
layers trained further to read two texts together; the table of words stays as it is. What it learns
from lies in `evals/training/`. An epoch takes 45 minutes on 2 cores; `--start` goes on from what an
earlier run left in its `.pt` file, and `--mix .5` then writes the mean of both, which keeps more of
what was learned before (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from assistant.config import load_settings
from assistant.cross_encoder import KINDS, LONGEST, Row, padded, pair_row
from assistant.e5_q4 import Q4File, Sizes
from assistant.embedding import OnnxEmbedder
from assistant.loaders.corpus import corpus_folder
from assistant.parts import CHECKER_BASE
from assistant.pipeline import Assistant
from assistant.schema import RELATIONS, Part
from evals.edits import Opposites, Words
from evals.pair_graph import write_pair_graph
from evals.training_pairs import Material, draw, read_material

_BATCH_TOKENS = 2048  # padded
_MIXED = 12  # tokens by which pairs of one batch may differ in length, so that batches differ
_DEEPER = 0.92  # the rate of a layer against the one above it
_HEAD_RATE = 4.0  # in units of the top layer's
_WARM_UP = 0.04  # share of the steps
_SMOOTHING = 0.05


class Layer(nn.Module):
    """One transformer layer, norms last, as in the embedder."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        width = sizes.hidden
        self._heads = sizes.heads
        self.qkv, self.ao = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fi, self.fo = nn.Linear(width, sizes.inner), nn.Linear(sizes.inner, width)
        self.aln = nn.LayerNorm(width, sizes.epsilon)
        self.oln = nn.LayerNorm(width, sizes.epsilon)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """`x` (n, tokens, width); `mask` (n, 1, 1, tokens), true where there is a token."""
        n, tokens, width = x.shape
        heads = self.qkv(x).view(n, tokens, 3, self._heads, width // self._heads)
        q, k, v = heads.permute(2, 0, 3, 1, 4)
        context = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.aln(x + self.ao(context.transpose(1, 2).reshape(n, tokens, width)))
        outer: Tensor = self.oln(x + self.fo(functional.gelu(self.fi(x))))
        return outer


class Network(nn.Module):
    """What `assistant.cross_encoder.CrossEncoder` computes; begins as the embedder.

    Args:
        source: The embedder's 4-bit file.
    """

    def __init__(self, source: Q4File) -> None:
        super().__init__()
        sizes = self.sizes = source.sizes
        width = sizes.hidden
        self.words = torch.from_numpy(source.matrix("emb.word", sizes.vocabulary))  # not trained
        places = source.floats("emb.pos").reshape(-1, width) + source.floats("emb.type")[:width]
        self.pos = nn.Parameter(torch.from_numpy(places[:LONGEST].copy()))
        self.kind = nn.Embedding(len(KINDS), width)
        nn.init.normal_(self.kind.weight, std=0.01)
        self.ln = nn.LayerNorm(width, sizes.epsilon)
        layers = [Layer(sizes) for _ in range(sizes.layers)]
        self.layers = nn.ModuleList(layers)
        self.head = nn.Sequential(
            nn.Linear(3 * width, width),
            nn.GELU(),
            nn.Dropout(0.1),
            nn.Linear(width, len(RELATIONS)),
        )  # fmt: skip
        _copy(source, "emb.ln", self.ln)
        for place, layer in enumerate(layers):
            at = f"l{place}."
            for name in ("ao", "fi", "fo", "aln", "oln"):
                _copy(source, at + name, getattr(layer, name))
            parts = [source.matrix(f"{at}{head}.w", width) for head in "qkv"]
            biases = [source.floats(f"{at}{head}.b") for head in "qkv"]
            with torch.no_grad():
                layer.qkv.weight.copy_(torch.from_numpy(np.concatenate(parts)))
                layer.qkv.bias.copy_(torch.from_numpy(np.concatenate(biases)))

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> Tensor:
        """Scores of `RELATIONS` (n, 4).

        Args:
            ids: Tokens (n, tokens), padded.
            kinds: What each belongs to (n, tokens), a place in `KINDS`.
            mask: Which tokens are there (n, tokens).
        """
        x = self.ln(self.words[ids] + self.pos[: ids.shape[1]] + self.kind(kinds))
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])
        of_said = kinds == KINDS.index("said")
        read = [x[:, 0]]
        for own in (of_said & mask, ~of_said & mask):
            there = own[..., None]
            read.append((x * there).sum(1) / there.sum(1).clamp(min=1))
        scores: Tensor = self.head(torch.cat(read, -1))
        return scores


def _copy(source: Q4File, name: str, module: nn.Module) -> None:
    """The embedder's weights of one module."""
    weight, bias = module.weight, module.bias
    assert isinstance(weight, Tensor)
    assert isinstance(bias, Tensor)
    flat = weight.dim() == 1
    own = source.floats(f"{name}.w") if flat else source.matrix(f"{name}.w", weight.shape[0])
    with torch.no_grad():
        weight.copy_(torch.from_numpy(np.array(own)))
        bias.copy_(torch.from_numpy(np.array(source.floats(f"{name}.b"))))


class Batch(NamedTuple):
    """Pairs that are read together, and their relations."""

    rows: list[Row]
    labels: list[int]


def epoch_batches(
    material: Material,
    words: Words,
    as_row: Callable[[Sequence[Part], str], Row],
    rng: random.Random,
) -> list[Batch]:
    """All batches of one epoch, each of pairs of like length, in random order."""
    pairs = draw(material, words, rng)
    rows = [as_row(pair.premise, pair.hypothesis) for pair in pairs]
    labels = [RELATIONS.index(pair.relation) for pair in pairs]
    lengths = [len(ids) for ids, _ in rows]
    places: list[list[int]] = [[]]
    for place in sorted(range(len(rows)), key=lambda i: lengths[i] + rng.random() * _MIXED):
        if places[-1] and (len(places[-1]) + 1) * lengths[place] > _BATCH_TOKENS:
            places.append([])
        places[-1].append(place)
    rng.shuffle(places)
    return [Batch([rows[i] for i in part], [labels[i] for i in part]) for part in places]


def optimizer_of(network: Network, top: float) -> torch.optim.Optimizer:
    """AdamW; the deeper a layer, the slower it moves."""
    layers = network.sizes.layers
    groups = []
    for name, weight in network.named_parameters():
        if name.startswith(("head.", "kind.")):
            rate = top * _HEAD_RATE
        else:
            below = layers - 1 - int(name.split(".")[1]) if name.startswith("layers.") else layers
            rate = top * _DEEPER**below
        decay = 0.01 if weight.dim() > 1 else 0.0
        groups.append({"params": [weight], "lr": rate, "full": rate, "weight_decay": decay})
    return torch.optim.AdamW(groups, fused=True)


def train(
    network: Network,
    epoch: Callable[[], list[Batch]],
    epochs: int,
    rate: float,
    pad: int,
    save: Callable[[], None],
) -> None:
    """Train; the rate rises and then falls in a line. The weights are saved now and then."""
    optimizer = optimizer_of(network, rate)
    began, step, total = time.perf_counter(), 0, 0
    losses: list[float] = []
    network.train()
    for _ in range(epochs):
        made = epoch()
        total = total or epochs * len(made)
        for batch in made:
            share = min(1.0, (step + 1) / (_WARM_UP * total)) * max(0.01, 1 - step / total)
            for group in optimizer.param_groups:
                group["lr"] = group["full"] * share
            ids, kinds, mask = map(torch.from_numpy, padded(batch.rows, pad))
            loss = functional.cross_entropy(
                network(ids, kinds, mask.bool()),
                torch.tensor(batch.labels),
                label_smoothing=_SMOOTHING,
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
            step += 1
            if step % 100 == 0:
                took = time.perf_counter() - began
                print(f"{step}/{total}: loss {np.mean(losses[-100:]):.3f}, {took:.0f} s",
                      file=sys.stderr, flush=True)  # fmt: skip
            if step % 250 == 0:
                save()
    save()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read what there is to learn from, train, write the graph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    parser.add_argument("--start", type=Path, help="a .pt file to go on from")
    parser.add_argument(
        "--mix",
        type=float,
        default=1.0,
        help="share of the weights trained here, the rest --start's",
    )
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-4, help="of the top layer")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    assistant = Assistant(load_settings())
    embedder = assistant.embedder
    assert isinstance(embedder, OnnxEmbedder)
    assert embedder.name == CHECKER_BASE
    source = Q4File(assistant.models.path(CHECKER_BASE))
    network = Network(source)
    if options.start:
        network.load_state_dict(torch.load(options.start))
    began = {name: weight.clone() for name, weight in network.state_dict().items()}
    material = read_material(corpus_folder())
    words = Words(Opposites(), assistant.lexicon)

    def epoch() -> list[Batch]:
        return epoch_batches(material, words, partial(pair_row, embedder), rng)

    def save() -> None:
        torch.save(network.state_dict(), options.out.with_suffix(".pt"))

    train(network, epoch, options.epochs, options.rate, embedder.ends[2], save)
    for name, weight in network.state_dict().items():
        weight.copy_(torch.lerp(began[name], weight, options.mix))
    save()
    state = {name: weight.numpy() for name, weight in network.state_dict().items()}
    write_pair_graph(source.sizes, state, options.out)
    assistant.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
