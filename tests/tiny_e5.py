"""Writes an embedder file of the 4-bit format with a handful of pieces and random weights."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 64, 2, 4, 128, 24
LETTERS = "▁abcdefghijklmnopqrstuvwxyz:残差网络连接学习"
PIECES = ["<s>", "<pad>", "</s>", "<unk>", *LETTERS, "▁query", "▁passage", "残差", "网络", "<mask>"]
RULES = {"Ａ": "A", "\n": " ", "\t": " ", "㎡": "m2"}


def write_tiny_e5(path: Path, seed: int = 0) -> None:
    """Write a whole file, 60 kB, that `Q4File` reads."""
    random = np.random.default_rng(seed)
    tensors: dict[str, tuple[int, int, bytes]] = {}

    def floats(name: str, count: int, around: float = 0.0) -> None:
        values = (around + 0.1 * random.standard_normal(count)).astype("<f4")
        tensors[name] = (0, count, values.tobytes())

    def matrix(name: str, rows: int, columns: int) -> None:
        blocks = rows * columns // 32
        scales = (0.02 + 0.02 * random.random(blocks)).astype("<f2").view(np.uint8)
        packed = random.integers(0, 256, (blocks, 16), dtype=np.uint8)
        data = np.concatenate([scales.reshape(blocks, 2), packed], axis=1).tobytes()
        tensors[name] = (1, rows * columns, data)

    matrix("emb.word", len(PIECES), HIDDEN)
    floats("emb.pos", POSITIONS * HIDDEN)
    floats("emb.type", 2 * HIDDEN)
    for name in ("emb.ln", *(f"l{n}.{norm}" for n in range(LAYERS) for norm in ("aln", "oln"))):
        floats(f"{name}.w", HIDDEN, around=1.0)
        floats(f"{name}.b", HIDDEN)
    for layer in range(LAYERS):
        for short, rows, columns in (
            *((head, HIDDEN, HIDDEN) for head in ("q", "k", "v", "ao")),
            ("fi", INNER, HIDDEN),
            ("fo", HIDDEN, INNER),
        ):
            matrix(f"l{layer}.{short}.w", rows, columns)
            floats(f"l{layer}.{short}.b", rows)
    path.write_bytes(_assembled(tensors))


def _assembled(tensors: dict[str, tuple[int, int, bytes]]) -> bytes:
    head = b"E5S1" + struct.pack(
        "<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32
    )
    texts = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    scores = np.array(
        [0.0 if text.startswith(b"<") else -10.0 + len(text) for text in texts], "<f4"
    )
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(ends[-1]))
    head += ends.tobytes() + scores.tobytes() + b"".join(texts)
    rules = b"".join(
        struct.pack(f"<IB{len(target)}I", ord(source), len(target), *map(ord, target))
        for source, target in sorted(RULES.items())
    )
    head += struct.pack("<iI", len(RULES), len(rules)) + rules + struct.pack("<i", len(tensors))
    start = len(head) + sum(2 + len(name) + 21 for name in tensors)
    directory, data = b"", b""
    for name, (kind, count, values) in tensors.items():
        place = start + len(data)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, place, len(values))
        data += values
    return head + directory + data
