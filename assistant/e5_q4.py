"""Reads the 4-bit file in which the package index carries multilingual-e5-small.

Layout, little-endian throughout: magic `E5S1`, version, sizes; the pieces and scores of the
tokeniser; its normalisation, one code point at a time; a directory of tensors; the tensors.
Matrices are Q4_0: blocks of 32 weights of one row, each a float16 scale and 16 bytes, byte j
holding weight j in its low half and weight j + 16 in its high half; a weight is
(half - 8) * scale.
"""

from __future__ import annotations

import itertools
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelDamagedError

BLOCK = 32  # weights that share one scale
_BLOCK_BYTES = 2 + BLOCK // 2
_FLOAT, _Q4 = 0, 1

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sizes:
    """The dimensions of the encoder."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """The unigram tokeniser: a piece's place is its id; `rules` replace single characters."""

    pieces: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int
    rules: dict[str, str]

    @property
    def control(self) -> frozenset[int]:
        """Ids that no text can produce: begin, end, padding, mask."""
        return frozenset((self.bos, self.eos, self.pad, self.pieces.index("<mask>")))


class Q4File:
    """An opened file; tensors are read when asked for.

    Raises:
        ModelDamagedError: The bytes are not such a file, or it ends too early.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._at = 0
        try:
            self.sizes = self._read_sizes()
            self.vocabulary = self._read_vocabulary()
            self._tensors = self._read_directory()
        except (struct.error, ValueError, UnicodeDecodeError, IndexError) as error:
            raise ModelDamagedError(
                f"{path.name} is not the embedder file that was expected ({error})",
                "Fetch it again: zhitu models pull",
            ) from error

    def floats(self, name: str) -> Floats:
        """A tensor kept in float32, flat."""
        kind, count, offset, size = self._tensors[name]
        if kind != _FLOAT or size != 4 * count:
            raise ValueError(f"tensor {name} is not float32")
        return np.frombuffer(self._bytes, "<f4", count, offset).astype(np.float32)

    def quantised(self, name: str, rows: int) -> tuple[Codes, Floats]:
        """A matrix as it is stored.

        Args:
            name: The tensor.
            rows: Its first dimension, the outputs of the layer.

        Returns:
            Codes 0–15 of shape (rows, columns), and scales of shape (rows, columns / 32).
        """
        kind, _, offset, size = self._tensors[name]
        if kind != _Q4:
            raise ValueError(f"tensor {name} is not Q4_0")
        blocks = np.frombuffer(self._bytes, np.uint8, size, offset).reshape(-1, _BLOCK_BYTES)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32).reshape(rows, -1)
        packed = blocks[:, 2:]
        codes = np.concatenate([packed & 15, packed >> 4], axis=1).reshape(rows, -1)
        return codes, scales

    def matrix(self, name: str, rows: int) -> Floats:
        """A quantised matrix in float32, of shape (rows, columns)."""
        codes, scales = self.quantised(name, rows)
        weights = codes.reshape(rows, -1, BLOCK).astype(np.float32) - 8
        weights *= scales[:, :, None]
        return weights.reshape(rows, -1)

    def _take(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from(form, self._bytes, self._at)
        self._at += struct.calcsize(form)
        return values

    def _read_sizes(self) -> Sizes:
        if self._bytes[:4] != b"E5S1":
            raise ValueError(f"magic is {self._bytes[:4]!r}")
        self._at = 4
        _version, hidden, layers, heads, inner, words, positions, types = self._take("<I7i")
        (epsilon,) = struct.unpack_from("<f", self._bytes, self._at)
        self._at += 4
        (block,) = self._take("<i")
        if block != BLOCK:
            raise ValueError(f"blocks of {block} weights")
        return Sizes(hidden, layers, heads, inner, words, positions, types, round(epsilon, 15))

    def _read_vocabulary(self) -> Vocabulary:
        count, bos, eos, pad, unk, length = self._take("<5iQ")
        offsets = np.frombuffer(self._bytes, "<u4", count + 1, self._at)
        scores = np.frombuffer(self._bytes, "<f4", count, self._at + 4 * (count + 1))
        self._at += 4 * (count + 1) + 4 * count
        text = self._bytes[self._at : self._at + length]
        self._at += length
        ends = offsets.tolist()
        pieces = [text[a:b].decode() for a, b in itertools.pairwise(ends)]
        rules: dict[str, str] = {}
        rule_count, _ = self._take("<iI")
        for _ in range(rule_count):
            source, outputs = self._take("<IB")
            rules[chr(source)] = "".join(map(chr, self._take(f"<{outputs}I")))
        return Vocabulary(pieces, scores.tolist(), bos, eos, pad, unk, rules)

    def _read_directory(self) -> dict[str, tuple[int, int, int, int]]:
        tensors: dict[str, tuple[int, int, int, int]] = {}
        (count,) = self._take("<i")
        for _ in range(count):
            (length,) = self._take("<H")
            name = self._bytes[self._at : self._at + length].decode()
            self._at += length
            kind, numbers, offset, size = self._take("<BIQQ")
            if offset + size > len(self._bytes):
                raise ValueError(f"tensor {name} lies beyond the end of the file")
            tensors[name] = (kind, numbers, offset, size)
        return tensors
