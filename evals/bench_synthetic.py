"""Generated notes for the figures on speed: a map of any size, with the word counts of a language.

As a program it builds an index of them: `python -m evals.bench_synthetic SHAPE DATA_FOLDER`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.chunking import CHUNKER
from assistant.config import load_settings
from assistant.index import INDEX_VERSION, IndexFolder
from assistant.ingestion import Ingestion
from assistant.pipeline import Assistant
from assistant.schema import Embedder, Vectors

MARKER = "built.json"  # written last: the folder is whole
_VERSION = 1  # of what is generated here: change it with any of it
_WORDS = 8000  # of the invented language
_CENTRES = 4000
_SYLLABLES = ("al", "be", "cor", "den", "el", "fa", "gra", "hi", "jo", "ka", "lu", "mo", "nor",
              "op", "pra", "qui", "res", "sol", "tri", "un", "vex", "wa", "zy")  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """How many of each there are: sections, groups in each, entries in each, claims in each."""

    sections: int
    groups: int
    entries: int
    claims: int


SMALL = Shape(2, 2, 4, 6)  # about 100 chunks
MIDDLE = Shape(4, 5, 10, 10)  # 2,000 passages
LARGE = Shape(8, 10, 25, 50)  # 100,000 chunks under 2,000 entries
SHAPES = {"small": SMALL, "middle": MIDDLE, "large": LARGE}


@dataclass(frozen=True)
class Notes:
    """A generated outline, and what can be asked of it."""

    text: str
    claims: tuple[str, ...]
    questions: tuple[str, ...]
    scopes: tuple[str, ...]  # titles: a section, a group and an entry in turn


def generate(shape: Shape, seed: int = 7, questions: int = 400) -> Notes:
    """Notes of that shape, words and characters as unevenly frequent as in a language (Zipf)."""
    rng = np.random.default_rng(seed)
    words = _Words(rng)
    lines: list[str] = []
    claims: list[str] = []
    tree: list[tuple[str, str, str]] = []
    for i in range(shape.sections):
        section = f"{words.title(i)}{i + 1}部"
        lines.append(f"{i + 1} {section}")
        for j in range(shape.groups):
            group = f"{words.title(j)}{i + 1}之{j + 1}"
            lines.append(f"{i + 1}.{j + 1} {group}")
            for _ in range(shape.entries):
                title = words.title(len(tree))
                tree.append((section, group, title))
                lines.append(f"    {title}")
                own = [words.claim() for _ in range(shape.claims)]
                claims += own
                lines += [f"        {claim}" for claim in own]
    asked = [words.question([tree[k][2] for k in rng.integers(len(tree), size=2)])
             for _ in range(questions)]  # fmt: skip
    scopes = [tree[k][n % 3] for n, k in enumerate(rng.integers(len(tree), size=questions))]
    return Notes("\n".join(lines) + "\n", tuple(claims), tuple(asked), tuple(scopes))


class _Words:
    """An invented language on Chinese characters, with Latin names between."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        characters = [chr(0x4E00 + int(i)) for i in rng.permutation(3000)]
        lengths = rng.choice([1, 2, 3, 4], _WORDS, p=[0.08, 0.72, 0.14, 0.06])
        drawn = iter(_zipf(rng, len(characters), int(lengths.sum()), 0.8))
        self._words = ["".join(characters[next(drawn)] for _ in range(n)) for n in lengths]
        self._latin = ["".join(rng.choice(_SYLLABLES, 2)) for _ in range(600)]

    def title(self, number: int) -> str:
        """A name of its own: Latin with a version, or Chinese."""
        if number % 2:
            name = "".join(self._rng.choice(_SYLLABLES, 3)).capitalize()
            return f"{name}Net V{number % 4 + 1}"
        return "".join(self._pick(2, flat=True)) + "网络"[: number % 3]

    def claim(self) -> str:
        """A line of notes, 10 to 60 characters."""
        words = self._pick(int(self._rng.integers(5, 26)))
        if len(words) > 10:
            words.insert(len(words) // 2, ",")
        if self._rng.random() < 0.35:
            words.insert(2, str(self._latin[int(_zipf(self._rng, len(self._latin), 1, 1.0)[0])]))
        if self._rng.random() < 0.15:
            words.append(f"{int(self._rng.integers(1, 513))}x")
        return "".join(words) + "。"

    def question(self, titles: Sequence[str]) -> str:
        """As people ask: half name an entry, some compare two, some are in other words."""
        words = self._pick(4)
        forms = (
            f"{titles[0]} 为什么{words[0]}{words[1]}?",
            f"{titles[0]} 的{words[0]}{words[1]}有什么用",
            f"{words[0]}{words[1]}和{words[2]}{words[3]}有什么区别",
            f"比较 {titles[0]} 和 {titles[1]}",
            f"怎样{words[0]}{words[1]}才能{words[2]}",
            f"How does {titles[0]} handle {self._latin[int(self._rng.integers(600))]}?",
        )
        return forms[int(self._rng.integers(len(forms)))]

    def _pick(self, count: int, flat: bool = False) -> list[str]:
        return [self._words[i] for i in _zipf(self._rng, _WORDS, count, 0.3 if flat else 1.0)]


def _zipf(rng: np.random.Generator, size: int, count: int, slope: float) -> list[int]:
    """Ranks below `size`, the r-th drawn in proportion to r^-slope (inverse of the integral)."""
    u = rng.random(count)
    if slope == 1.0:
        ranks = np.exp(u * np.log(size + 1))
    else:
        ranks = (1 + u * ((size + 1) ** (1 - slope) - 1)) ** (1 / (1 - slope))
    return [int(rank) for rank in np.minimum(ranks.astype(np.int64) - 1, size - 1)]


class CloudEmbedder:
    """Vectors in clouds around centres that lie as the real embedder's do: no model is run.

    Questions go to the real embedder, whose name it bears, so that the index can be asked.
    """

    def __init__(self, real: Embedder, sample: Sequence[str]) -> None:
        """Look at the real vectors of a few texts: where they lie and how far they spread."""
        self.name, self.revision, self.dimension = real.name, real.revision, real.dimension
        self._real = real
        self._rng = np.random.default_rng(11)
        vectors = real.embed_documents(sample)
        self._spread = vectors.std(axis=0)
        around = self._rng.standard_normal((_CENTRES, self.dimension), np.float32)
        self._centres = vectors.mean(axis=0) + self._spread * around

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The real vectors: float32 (n, d), rows of length 1."""
        return self._real.embed_queries(texts)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Texts under one name lie in a few clouds: float32 (n, d), rows of length 1."""
        keys = [f"{text.partition(':')[0]}{zlib.crc32(text.encode()) % 3}" for text in texts]
        places = [zlib.crc32(key.encode()) % _CENTRES for key in keys]
        noise = self._rng.standard_normal((len(texts), self.dimension), np.float32)
        vectors = self._centres[places] + 0.5 * self._spread * noise
        made: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return made.astype(np.float32)

    def count_tokens(self, text: str) -> int:
        """The real count."""
        return self._real.count_tokens(text)


def build(shape: Shape, folder: Path) -> float:
    """Index generated notes of that shape in a data folder; returns seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    notes = generate(shape)
    source = folder / "notes.txt"
    source.write_text(notes.text, encoding="utf-8")
    settings = load_settings(data_dir=folder, model="none")
    assistant = Assistant(settings)
    embedder = CloudEmbedder(assistant.embedder, notes.claims[:: max(1, len(notes.claims) // 100)])
    ingestion = Ingestion(
        settings, IndexFolder(folder / "index"), assistant.lexicon, [], lambda: embedder
    )
    began = time.perf_counter()
    ingestion.run([str(source)], corpus=False)
    return time.perf_counter() - began


def fingerprint(shape: Shape, revision: str, lexicon: str) -> str:
    """Changes whenever an index of these notes could no longer be asked."""
    settings = load_settings()
    made = (_VERSION, INDEX_VERSION, CHUNKER, settings.chunk_tokens, lexicon, shape, revision)
    return hashlib.sha256(repr(made).encode()).hexdigest()[:12]


def main(arguments: Sequence[str]) -> int:
    """Build, in a process of its own: the one that measures stays clean."""
    folder = Path(arguments[1])
    seconds = build(SHAPES[arguments[0]], folder)
    (folder / MARKER).write_text(json.dumps({"seconds": seconds}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
