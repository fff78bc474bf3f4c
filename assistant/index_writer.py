"""Writes a generation of the index: beside the serving one, then pointed at."""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.chroma import close_client, open_client
from assistant.errors import IndexStateError, ZhituError, explain_os_error
from assistant.files import write_whole
from assistant.index import EMBEDDED, POINTER, IndexFolder, Manifest, vector_id
from assistant.schema import Chunk, Entry, Vectors
from assistant.tokenization import terms

_BATCH = 512
_HALF = "manifest.part.json"  # the manifest of a generation that is not whole yet

Embed = Callable[[Sequence[Chunk]], Vectors]


@dataclass(frozen=True)
class Asked:
    """How people ask for chunks: one row of a chunk, hash of the text and vector each."""

    rows: Sequence[int]
    hashes: Sequence[str]
    vectors: Vectors  # (m, d) float32, rows of length 1


class IndexWriter:
    """Writes generations into one `IndexFolder`. The caller holds the folder's lock."""

    def __init__(self, folder: IndexFolder) -> None:
        self.root = folder.root
        self.chroma_url = folder.chroma_url
        self._serving = folder.current()

    def write(
        self,
        manifest: Manifest,
        entries: Sequence[Entry],
        entry_hashes: Sequence[str],
        chunks: Sequence[Chunk],
        text_hashes: Sequence[str],
        embed: Embed,
        background: Vectors,
        asked: Asked | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> str:
        """Write a generation beside the others and point at it.

        Args:
            manifest: What makes it; `collection` is filled in here.
            entries: In reading order.
            entry_hashes: One an entry.
            chunks: In reading order, an entry's chunks together.
            text_hashes: One a chunk, of the text that is embedded.
            embed: Gives the vectors of some chunks, (n, d) float32, rows of length 1.
            background: Vectors of questions on other fields, (m, d) float32.
            asked: How people ask for some of the chunks.
            progress: Called with chunks done so far and their number.

        Returns:
            The generation's name.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        keep = {self._serving} if self._serving else set()
        # before sweeping: chromadb remembers paths, so the name of a swept half must not come back
        number = 1 + max((int(p.name[1:]) for p in self.root.glob("g[0-9]*")), default=0)
        name = f"g{number:06d}"
        self._sweep(keep)
        folder = self.root / name
        folder.mkdir()
        collection = f"zhitu-{uuid.uuid4().hex[:12]}-{name}" if self.chroma_url else ""
        manifest = manifest.model_copy(update={"collection": collection})
        # first of all: whoever sweeps up after a kill must know the collection's name
        write_whole(folder / _HALF, manifest.model_dump_json(indent=1))
        try:
            _write_chunks(folder / "chunks.sqlite", entries, entry_hashes, chunks, text_hashes)
            _write_bm25(folder / "bm25", chunks)
            vectors = self._ingest(folder, collection or EMBEDDED, chunks, embed, progress)
            np.save(folder / "background.npy", background)
            _write_asked(folder, asked, manifest.dimension)
            np.save(folder / "vectors.npy", vectors.reshape(len(chunks), manifest.dimension))
            (folder / _HALF).replace(folder / "manifest.json")
            write_whole(self.root / POINTER, json.dumps({"generation": name}))
        except Exception:
            _empty(folder)  # the disk may be full
            raise
        self._sweep({name, *keep})
        return name

    def _ingest(
        self,
        folder: Path,
        name: str,
        chunks: Sequence[Chunk],
        embed: Embed,
        progress: Callable[[int, int], None] | None,
    ) -> Vectors:
        """LlamaIndex's pipeline: nodes → vectors → Chroma. Returns the vectors."""
        import httpx
        from chromadb.errors import ChromaError
        from llama_index.core.ingestion import IngestionPipeline
        from llama_index.core.schema import BaseNode, TextNode, TransformComponent
        from llama_index.vector_stores.chroma import ChromaVectorStore

        made: list[npt.NDArray[np.float32]] = []
        batch: Sequence[Chunk] = ()

        class EmbedChunks(TransformComponent):
            def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
                vectors = embed(batch)
                made.append(vectors)
                for node, vector in zip(nodes, vectors, strict=True):
                    node.embedding = vector.tolist()
                return nodes

        try:
            client = open_client(folder / "chroma", self.chroma_url)
        except ChromaError as error:
            raise self._chroma_failed(error) from error
        try:
            collection = client.create_collection(
                name, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
            )
            pipeline = IngestionPipeline(
                transformations=[EmbedChunks()],
                vector_store=ChromaVectorStore(chroma_collection=collection),
                disable_cache=True,  # vectors are reused by text, from the generation before
            )
            for begin in range(0, len(chunks), _BATCH):
                batch = chunks[begin : begin + _BATCH]
                nodes = [
                    TextNode(
                        id_=vector_id(begin + i, chunk.id),
                        text=chunk.text,
                        metadata={"row": begin + i, "entry": chunk.entry, "kind": chunk.kind},
                    )
                    for i, chunk in enumerate(batch)
                ]
                pipeline.run(nodes=nodes, show_progress=False)
                if progress:
                    progress(begin + len(batch), len(chunks))
        except (ChromaError, httpx.HTTPError) as error:
            raise self._chroma_failed(error) from error
        finally:
            if not self.chroma_url:
                close_client(client)
        return np.concatenate(made) if made else np.empty((0, 1), np.float32)

    def _chroma_failed(self, error: Exception) -> ZhituError:
        if not self.chroma_url:
            return explain_os_error(error, self.root)
        return IndexStateError(
            f"The Chroma server at {self.chroma_url} failed ({error})",
            "See that it runs and has room, then run `zhitu index` again.",
        )

    def _sweep(self, keep: set[str]) -> None:
        """Delete generations that nothing points at: older ones, and halves that a kill left."""
        for folder in self.root.glob("g[0-9]*"):
            if folder.name in keep:
                continue
            if self.chroma_url:
                self._drop_collection(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def _drop_collection(self, folder: Path) -> None:
        for file in ("manifest.json", _HALF):
            try:
                name = json.loads((folder / file).read_bytes()).get("collection")
            except (FileNotFoundError, json.JSONDecodeError):
                continue
            client = open_client(folder, self.chroma_url)
            if name and name in [c.name for c in client.list_collections()]:
                client.delete_collection(name)


def _empty(folder: Path) -> None:
    """Give back the room that a half took; its name and that of its collection stay known."""
    if (folder / "manifest.json").exists():
        (folder / "manifest.json").replace(folder / _HALF)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != _HALF:
            path.unlink(missing_ok=True)


def _write_chunks(
    path: Path,
    entries: Sequence[Entry],
    entry_hashes: Sequence[str],
    chunks: Sequence[Chunk],
    text_hashes: Sequence[str],
) -> None:
    spans: dict[str, tuple[int, int]] = {}
    for row, chunk in enumerate(chunks):
        first, _ = spans.get(chunk.entry, (row, row))
        spans[chunk.entry] = (first, row + 1)
    db = sqlite3.connect(path)
    with db:
        db.execute(
            "CREATE TABLE entries (place INTEGER PRIMARY KEY, id TEXT, entry TEXT, hash TEXT, "
            "first INTEGER, end INTEGER)"
        )
        db.execute("CREATE TABLE chunks (row INTEGER PRIMARY KEY, chunk TEXT, text_hash TEXT)")
        db.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    place,
                    entry.id,
                    entry.model_copy(update={"claims": ()}).model_dump_json(),
                    digest,
                    *spans.get(entry.id, (0, 0)),
                )
                for place, (entry, digest) in enumerate(zip(entries, entry_hashes, strict=True))
            ],
        )
        db.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?)",
            [
                (row, chunk.model_dump_json(), digest)
                for row, (chunk, digest) in enumerate(zip(chunks, text_hashes, strict=True))
            ],
        )
    db.close()


def _write_asked(folder: Path, asked: Asked | None, dimension: int) -> None:
    if asked is None:
        asked = Asked((), (), np.empty((0, dimension), np.float32))
    np.save(folder / "asked.npy", asked.vectors)
    np.save(folder / "asked_rows.npy", np.array(asked.rows, np.int64))
    db = sqlite3.connect(folder / "chunks.sqlite")
    with db:
        db.execute("CREATE TABLE asked (place INTEGER PRIMARY KEY, text_hash TEXT)")
        db.executemany("INSERT INTO asked VALUES (?, ?)", enumerate(asked.hashes))
    db.close()


def _write_bm25(folder: Path, chunks: Sequence[Chunk]) -> None:
    import bm25s

    bm25 = bm25s.BM25(method="lucene")
    bm25.index([lexical_terms(chunk) or [""] for chunk in chunks], show_progress=False)
    bm25.save(str(folder), show_progress=False)


def lexical_terms(chunk: Chunk) -> list[str]:
    """What BM25 sees of a chunk: its words, the names it stands under, how people ask for it."""
    shown = terms(chunk.text) + terms(" ".join(chunk.path[-2:])) + terms(chunk.part)
    asked = {term for text in chunk.asked for term in terms(text)}
    return shown + sorted(asked.difference(shown))
