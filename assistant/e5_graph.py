"""Writes multilingual-e5-small as an ONNX graph in int8, straight from the 4-bit file.

The layers are those of `encoder_graph.py`, which says why it is not exported from PyTorch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assistant.e5_q4 import BLOCK, Q4File
from assistant.encoder_graph import EncoderGraph, float_value, token_value


def write_graph(source: Q4File, folder: Path) -> None:
    """Write `model.onnx`, `words.onnx` and the data of both, `model.onnx.data`.

    `model.onnx`: inputs `input_ids` and `attention_mask`, int64 of shape (n, tokens); output
    `embedding`, float32 of shape (n, hidden), the mean over tokens scaled to length 1.
    `words.onnx`: input `input_ids`; output `words`, float32 of shape (n, tokens, hidden), rows of
    the word table, for the graph that reads two texts together. A graph of its own, since ONNX
    Runtime computes all of a graph whatever output is asked for.

    Args:
        source: The 4-bit file.
        folder: An existing folder to write into.
    """
    import onnx

    graph = _E5Graph(source)
    model = graph.build()
    # Outside the protobuf the weights are mapped, not copied: the word table's untouched rows
    # never enter memory, and processes share the rest.
    onnx.save_model(
        model,
        str(folder / "model.onnx"),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location="model.onnx.data",
        size_threshold=1024,
    )
    (folder / "model.onnx.data").chmod(0o644)
    # saving has put the places in that file into the constants, which both graphs share
    onnx.save_model(graph.words(), str(folder / "words.onnx"))


class _E5Graph(EncoderGraph):
    """The graph under construction."""

    def __init__(self, source: Q4File) -> None:
        super().__init__(source)
        self._file = source

    def build(self) -> Any:
        """The whole encoder."""
        hidden = self._embeddings()
        for layer in range(self.sizes.layers):
            hidden = self.layer(hidden, f"l{layer}.")
        self._pool(hidden)
        inputs = [token_value("input_ids"), token_value("attention_mask")]
        outputs = [float_value("embedding", ["texts", self.sizes.hidden])]
        return self.model("multilingual-e5-small", inputs, outputs)

    def words(self) -> Any:
        """The table of words alone, of a graph that was built."""
        outputs = [float_value("words", ["texts", "tokens", self.sizes.hidden])]
        return self.until(
            "words", "multilingual-e5-small-words", [token_value("input_ids")], outputs
        )

    def _embeddings(self) -> str:
        """Word, position and type; the word table keeps its 4-bit values, so it loses nothing."""
        from onnx import TensorProto

        sizes = self.sizes
        codes, scales = self._file.quantised("emb.word", sizes.vocabulary)
        self.constant("word_codes", codes.astype(np.int8) - np.int8(8))
        self.constant("word_scales", scales.astype(np.float16))
        blocks = sizes.hidden // BLOCK
        self.constant("as_blocks", np.array([0, 0, blocks, BLOCK], np.int64))
        self.constant("as_row", np.array([0, 0, sizes.hidden], np.int64))
        self.node("Gather", ["word_codes", "input_ids"], "codes")
        self.node("Cast", ["codes"], "codes_float", to=TensorProto.FLOAT)
        self.node("Reshape", ["codes_float", "as_blocks"], "code_blocks")
        self.node("Gather", ["word_scales", "input_ids"], "scales")
        self.node("Cast", ["scales"], "scales_float", to=TensorProto.FLOAT)
        self.node("Unsqueeze", ["scales_float", "last_axis"], "scale_blocks")
        self.node("Mul", ["code_blocks", "scale_blocks"], "word_blocks")
        self.node("Reshape", ["word_blocks", "as_row"], "words")

        positions = self.source.floats("emb.pos").reshape(sizes.positions, sizes.hidden)
        kind = self.source.floats("emb.type").reshape(sizes.types, sizes.hidden)[0]
        return self.embedded(["words"], positions + kind)

    def _pool(self, hidden: str) -> None:
        from onnx import TensorProto

        self.node("Cast", ["attention_mask"], "mask_float", to=TensorProto.FLOAT)
        self.node("Unsqueeze", ["mask_float", "axis_1"], "mask_row")
        # Scaling to length 1 makes it needless to divide the sum by the number of tokens.
        self.node("MatMul", ["mask_row", hidden], "sum_row")
        self.node("Squeeze", ["sum_row", "axis_1"], "sum")
        self.node("LpNormalization", ["sum"], "embedding", axis=-1, p=2)
