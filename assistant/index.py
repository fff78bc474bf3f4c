"""The index on disk: Chroma for the vectors, BM25 beside it, the chunks in SQLite.

One folder a generation, written whole and then pointed at by `current.json`; a reader never sees
half of one, and a kill at any moment leaves the old one serving. The generation before stays until
the next one is there, for processes that still read it.

    index/current.json
    index/g000007/{manifest.json, chunks.sqlite, vectors.npy, asked.npy, background.npy, bm25/, …}
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from assistant.chroma import close_client, open_client
from assistant.errors import IndexStateError
from assistant.schema import Chunk, Entry, Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

INDEX_VERSION = 3
POINTER = "current.json"
_KEPT = 4096  # chunks that stay parsed: a search looks at 60 to 100 of them
EMBEDDED = "zhitu"  # name of the collection where each generation has a Chroma of its own

# a question is nearer to any other question than to a claim
_ASKED_LESS = 0.02

T = TypeVar("T")
Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


class Manifest(BaseModel):
    """What made a generation. A reader compares it with the settings in force."""

    model_config = ConfigDict(frozen=True)

    version: int
    embedder: str
    revision: str
    dimension: int
    chunker: str
    chunk_tokens: int
    lexicon: str  # hash of the lexicon
    chunks: int
    entries: int
    sources: dict[str, str]  # source → SHA-256 of what it held
    corpus: bool
    background: str  # hash of the questions on other fields
    mentioned: tuple[str, ...] = ()  # compact names of the field's concepts in the text
    collection: str = ""  # name on the Chroma server; empty: embedded


class Index:
    """One generation, open for reading. Rows number its chunks in reading order."""

    def __init__(self, folder: Path, chroma_url: str = "") -> None:
        self.folder = folder
        self._chroma_url = chroma_url
        self._opening = threading.Lock()
        self._client: ClientAPI | None = None
        self._collection: Collection | None = None
        self._bm25: Any = None
        self._vectors: Vectors | None = None
        self.entries: list[Entry] = []
        self._parsed: dict[int, Chunk] = {}
        self._spans: dict[str, tuple[int, int]] = {}  # entry → rows, end exclusive
        with _reading(folder):
            self.manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
            self._db = sqlite3.connect(
                f"file:{folder / 'chunks.sqlite'}?mode=ro", uri=True, check_same_thread=False
            )
        try:
            self._read_entries()
        except IndexStateError:
            self._db.close()
            raise

    def verify(self) -> None:
        """Open every part, and see that all of them hold the same chunks.

        Raises:
            IndexStateError: One is damaged or gone, or the Chroma server doesn't answer.
        """
        n = self.manifest.chunks
        with _reading(self.folder):
            (rows,) = self._db.execute("SELECT count(*) FROM chunks").fetchone()
            sizes = {
                "chunks": rows,
                "vectors": len(self.vectors),
                "words": int(self._words().scores["num_docs"]),
                "Chroma": self._chroma(lambda collection: collection.count()),
            }
            if self.background.ndim != 2:
                raise ValueError("no background")
        if wrong := [f"{part} {size}" for part, size in sizes.items() if size != n]:
            raise _damaged(self.folder, f"{n} chunks, but {', '.join(wrong)}")

    @property
    def vectors(self) -> Vectors:
        """All vectors, mapped from disk: (n, d) float32, rows of length 1."""
        if self._vectors is None:
            with _reading(self.folder):
                self._vectors = np.load(self.folder / "vectors.npy", mmap_mode="r")
        return self._vectors

    @cached_property
    def background(self) -> Vectors:
        """Vectors of questions on other fields, (m, d) float32, rows of length 1."""
        with _reading(self.folder):
            vectors: Vectors = np.load(self.folder / "background.npy")
        return vectors

    @cached_property
    def asked(self) -> tuple[Rows, Vectors]:
        """How people ask for chunks: rows (m,), and vectors (m, d) float32 of length 1."""
        with _reading(self.folder):
            rows: Rows = np.load(self.folder / "asked_rows.npy")
            vectors: Vectors = np.load(self.folder / "asked.npy")
        return rows, vectors

    def rows(self, entries: Iterable[str]) -> list[tuple[int, int]]:
        """Row spans (end exclusive) of the entries, neighbours joined, in order."""
        spans = sorted(s for e in entries if (s := self._spans.get(e)) and s[0] < s[1])
        joined: list[tuple[int, int]] = []
        for first, end in spans:
            if joined and joined[-1][1] == first:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((first, end))
        return joined

    def dense(self, query: npt.NDArray[np.float32], k: int) -> tuple[Rows, Scores]:
        """The `k` nearest chunks through Chroma: rows and cosines, best first."""
        if not self.manifest.chunks:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        result = self._chroma(
            lambda collection: collection.query(
                query_embeddings=[query],  # type: ignore[arg-type]  # its list is invariant
                n_results=min(k, self.manifest.chunks),
                # fetching the metadata of 60 chunks takes longer than finding them
                include=["distances"],
            )
        )
        distances = result["distances"]
        assert distances is not None  # they were asked for
        rows = np.array([row_of(identity) for identity in result["ids"][0]], np.int64)
        scores = 1.0 - np.array(distances[0], np.float32)
        return _best_of(*self._with_asked(query, rows, scores), k)

    def dense_within(
        self, query: npt.NDArray[np.float32], spans: Sequence[tuple[int, int]], k: int
    ) -> tuple[Rows, Scores]:
        """The `k` nearest chunks among some rows, by exact comparison.

        Chroma's metadata filter takes 7 times as long as a plain search at 100,000 chunks; a scope
        is a few runs of rows, whose vectors lie side by side.
        """
        if not spans:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        rows = np.concatenate([np.arange(first, end) for first, end in spans])
        scores = np.concatenate([self.vectors[first:end] @ query for first, end in spans])
        rows, scores = self._with_asked(query, rows, scores)
        inside = np.zeros(len(rows), bool)
        for first, end in spans:
            inside |= (rows >= first) & (rows < end)
        return _best_of(rows[inside], scores[inside], k)

    def cosines(self, query: npt.NDArray[np.float32], rows: Sequence[int]) -> Scores:
        """Of some chunks, in their order: the nearer of the chunk and of a way to ask for it."""
        wanted = np.array(rows, np.int64)
        best = np.full(self.manifest.chunks, -1.0, np.float32)
        np.maximum.at(best, *self._with_asked(query, wanted, self.vectors[wanted] @ query))
        nearest: Scores = best[wanted]
        return nearest

    def _with_asked(
        self, query: npt.NDArray[np.float32], rows: Rows, scores: Scores
    ) -> tuple[Rows, Scores]:
        """Add the rows that are asked for in near words; a row may then stand several times."""
        asked_rows, vectors = self.asked
        if not len(asked_rows):
            return rows, scores
        return (
            np.concatenate([rows, asked_rows]),
            np.concatenate([scores, vectors @ query - _ASKED_LESS]),
        )

    def lexical(self, query: Sequence[str]) -> Scores:
        """BM25 score of every chunk for the terms of a query: (n,) float32, 0 without a match."""
        bm25 = self._words()
        known = [term for term in query if term in bm25.vocab_dict]
        if not known:
            return np.zeros(self.manifest.chunks, np.float32)
        scores: Scores = bm25.get_scores(known)
        return scores

    def knows(self, term: str) -> bool:
        """Whether a term stands in any chunk."""
        return term in self._words().vocab_dict

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks of `rows`, in that order."""
        wanted = [int(row) for row in rows]
        if len(self._parsed) > _KEPT:
            self._parsed = {}  # a new one: another thread may be reading the old
        parsed = self._parsed
        missing = [row for row in wanted if row not in parsed]
        with _reading(self.folder):
            if missing:
                marks = ",".join("?" * len(missing))
                for row, text in self._db.execute(
                    f"SELECT row, chunk FROM chunks WHERE row IN ({marks})", missing
                ):
                    parsed[row] = Chunk.model_validate_json(text)
            return [parsed[row] for row in wanted]

    def hashes(self) -> dict[str, str]:
        """Entry id → hash of all that was indexed of it."""
        return dict(self._db.execute("SELECT id, hash FROM entries"))

    def vector_rows(self) -> dict[str, int]:
        """Hash of an embedded text → the row that holds its vector."""
        return dict(self._db.execute("SELECT text_hash, row FROM chunks"))

    def asked_places(self) -> dict[str, int]:
        """Hash of a way to ask → its place in `asked`."""
        return dict(self._db.execute("SELECT text_hash, place FROM asked"))

    def close(self) -> None:
        """Let go of the files."""
        self._db.close()
        self._vectors = None
        self._bm25 = None
        self._collection = None
        if self._client is not None and not self._chroma_url:
            close_client(self._client)
        self._client = None

    def _read_entries(self) -> None:
        with _reading(self.folder):
            for text, first, end in self._db.execute(
                "SELECT entry, first, end FROM entries ORDER BY place"
            ):
                entry = Entry.model_validate_json(text)
                self.entries.append(entry)
                self._spans[entry.id] = (first, end)

    def _words(self) -> Any:
        if self._bm25 is None:
            import bm25s

            with _reading(self.folder):
                self._bm25 = bm25s.BM25.load(str(self.folder / "bm25"), mmap=True)
        return self._bm25

    def _chroma(self, ask: Callable[[Collection], T]) -> T:
        try:
            with self._opening:
                if self._collection is None:
                    self._client = open_client(self.folder / "chroma", self._chroma_url)
                    name = self.manifest.collection or EMBEDDED
                    self._collection = self._client.get_collection(name)
            return ask(self._collection)
        except IndexStateError:
            raise
        except Exception as error:  # chromadb raises many kinds for one thing: not there
            raise IndexStateError(
                f"The vectors of the index can't be read at {self._chroma_url or self.folder} "
                f"({error})",
                "See that the server runs; if it lost them, run `zhitu index`."
                if self._chroma_url
                else "Run `zhitu index` to make them again.",
            ) from error


class IndexFolder:
    """The generations of one data folder."""

    def __init__(self, root: Path, chroma_url: str = "") -> None:
        self.root = root
        self.chroma_url = chroma_url

    def current(self) -> str | None:
        """Name of the generation that serves, or None where there is none."""
        try:
            name = str(json.loads((self.root / POINTER).read_bytes())["generation"])
        except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
            return None
        return name if (self.root / name / "manifest.json").is_file() else None

    def open(self) -> Index:
        """Open the generation that serves.

        Raises:
            IndexStateError: There is none, or one that this version can't read.
        """
        name = self.current()
        if name is None:
            raise IndexStateError(
                f"No index in {self.root.parent}", "Run `zhitu index` to make one."
            )
        with _reading(self.root / name):
            manifest = dict(json.loads((self.root / name / "manifest.json").read_bytes()))
        if manifest.get("version") != INDEX_VERSION:
            raise IndexStateError(
                f"The index was made by another version (format {manifest.get('version')}, "
                f"this one reads {INDEX_VERSION})",
                "Run `zhitu index` to rebuild it.",
            )
        if bool(manifest.get("collection")) != bool(self.chroma_url):
            raise IndexStateError(
                "The index was made for "
                + ("a Chroma server" if manifest.get("collection") else "embedded Chroma")
                + ", and ZHITU_CHROMA_URL says otherwise now",
                "Run `zhitu index` to rebuild it there.",
            )
        return Index(self.root / name, self.chroma_url)


def vector_id(row: int, chunk: str) -> str:
    """The id of a chunk's vector in Chroma: it tells the row without a look at the metadata."""
    return f"{row}-{chunk}"


def row_of(identity: str) -> int:
    """The row in a vector's id."""
    return int(identity.partition("-")[0])


def _best_of(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    """The `k` best rows, each once with its best score."""
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(rows[order], return_index=True)
    best = order[np.sort(first)][:k]
    return rows[best], scores[best]


def top(scores: Scores, k: int) -> Rows:
    """Places of the `k` highest scores, best first; of equals the earlier one first."""
    if k >= len(scores):
        return np.argsort(-scores, kind="stable")
    part = np.argpartition(-scores, k - 1)[:k]
    ordered: Rows = part[np.lexsort((part, -scores[part]))]
    return ordered


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Whatever a file that is gone, cut or overwritten raises becomes one error."""
    try:
        yield
    except (OSError, EOFError, ValueError, LookupError, TypeError, sqlite3.Error) as error:
        raise _damaged(folder, str(error)) from error


def _damaged(folder: Path, why: str) -> IndexStateError:
    return IndexStateError(
        f"The index in {folder} is damaged ({why})", "Run `zhitu index` to rebuild it."
    )
