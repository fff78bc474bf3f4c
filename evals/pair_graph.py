"""Writes the trained support checker as an ONNX graph in int8, without its table of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.cross_encoder import KINDS
from assistant.e5_q4 import Floats, Sizes
from assistant.encoder_graph import EncoderGraph, float_value, token_value
from assistant.schema import RELATIONS

_LINEAR = (0, 3)  # places of the linear layers in the network's head


@dataclass(frozen=True)
class TrainedWeights:
    """What `train_checker.Network` learned, by the names of the 4-bit file."""

    sizes: Sizes
    state: Mapping[str, Floats]

    def floats(self, name: str) -> Floats:
        """See `encoder_graph.Weights`."""
        return self._part(name).reshape(-1)

    def matrix(self, name: str, rows: int) -> Floats:
        """See `encoder_graph.Weights`."""
        return self._part(name).reshape(rows, -1)

    def _part(self, name: str) -> Floats:
        """`l3.q.w` is the first third of `layers.3.qkv.weight`."""
        at, own, kind = name.split(".")
        stem = "ln" if at == "emb" else f"layers.{at[1:]}.{'qkv' if own in 'qkv' else own}"
        whole = self.state[f"{stem}.{'weight' if kind == 'w' else 'bias'}"]
        return np.split(whole, 3)["qkv".index(own)] if own in "qkv" else whole


class PairGraph(EncoderGraph):
    """Inputs `words`, float32 of shape (n, tokens, hidden), `kinds` and `attention_mask`, int64 of
    shape (n, tokens). Output `relations`, float32 of shape (n, 4), chances.
    """

    def __init__(self, weights: TrainedWeights) -> None:
        super().__init__(weights)
        self._state = weights.state

    def build(self) -> Any:
        """The ONNX model."""
        self.constant("kind_table", self._state["kind.weight"])
        self.node("Gather", ["kind_table", "kinds"], "kind_rows")
        hidden = self.embedded(["words", "kind_rows"], self._state["pos"])
        for layer in range(self.sizes.layers):
            hidden = self.layer(hidden, f"l{layer}.")
        self._head(hidden)
        inputs = [
            float_value("words", ["texts", "tokens", self.sizes.hidden]),
            token_value("kinds"),
            token_value("attention_mask"),
        ]
        return self.model(
            "support-checker", inputs, [float_value("relations", ["texts", len(RELATIONS)])]
        )

    def _head(self, hidden: str) -> None:
        """The first token, and the means of sentence and premise, through two layers."""
        from onnx import TensorProto

        self.constant("said", np.int64(KINDS.index("said")))
        self.constant("first", np.int64(0))
        self.node("Gather", [hidden, "first"], "first_row", axis=1)
        self.node("Equal", ["kinds", "said"], "is_said")
        self.node("Cast", ["is_said"], "said_float", to=TensorProto.FLOAT)
        self.node("Cast", ["attention_mask"], "there", to=TensorProto.FLOAT)
        self.node("Mul", ["said_float", "there"], "said_there")
        self.node("Sub", ["there", "said_there"], "premise_there")
        for name in ("said", "premise"):
            self.node("Unsqueeze", [f"{name}_there", "axis_1"], f"{name}_row")
            self.node("MatMul", [f"{name}_row", hidden], f"{name}_total")
            self.node("Squeeze", [f"{name}_total", "axis_1"], f"{name}_sum")
            self.node("ReduceSum", [f"{name}_there", "axis_1"], f"{name}_count", keepdims=1)
            self.node("Max", [f"{name}_count", "one"], f"{name}_least")
            self.node("Div", [f"{name}_sum", f"{name}_least"], f"{name}_mean")
        self.node("Concat", ["first_row", "said_mean", "premise_mean"], "read", axis=-1)
        value = "read"
        for place in _LINEAR:
            weight = self.constant(f"head{place}.w", self._state[f"head.{place}.weight"].T)
            bias = self.constant(f"head{place}.b", self._state[f"head.{place}.bias"])
            self.node("MatMul", [value, weight], f"head{place}.product")
            value = self.node("Add", [f"head{place}.product", bias], f"head{place}")
            if place == _LINEAR[0]:
                value = self.node("Gelu", [value], "head.active")
        self.node("Softmax", [value], "relations", axis=-1)


def write_pair_graph(sizes: Sizes, state: Mapping[str, Floats], target: Path) -> None:
    """Write the graph with its weights into one file.

    Args:
        sizes: Of the encoder.
        state: `Network.state_dict()` in numpy.
        target: Overwritten when the graph is whole.
    """
    import onnx

    model = PairGraph(TrainedWeights(sizes, state)).build()
    partial = target.with_suffix(".part")
    onnx.save_model(model, str(partial))
    partial.replace(target)
