"""From sources to an index: load, compare with what is there, embed what is new, swap in."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from assistant.chunking import CHUNKER, chunk_entries
from assistant.config import Settings
from assistant.errors import DataFolderError, IndexStateError, SourceError, explain_os_error
from assistant.files import write_whole
from assistant.index import INDEX_VERSION, Index, IndexFolder, Manifest
from assistant.index_writer import IndexWriter
from assistant.lexicon import Lexicon
from assistant.loaders import is_web, load_source
from assistant.loaders.corpus import CORPUS, corpus_digest, corpus_files, corpus_folder, load_corpus
from assistant.loaders.references import FETCHED, FOLDER, fetched_digest, load_fetched
from assistant.reuse import Reuse, text_hash
from assistant.schema import Document, Embedder, Entry, Vectors

Progress = Callable[[str, int, int], None]  # what, done, total


@dataclass(frozen=True)
class Sources:
    """What a data folder is made of: remembered for the next `zhitu index`."""

    corpus: bool = True
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexReport:
    """What a run of the index did. `added` to `unchanged` count entries and references."""

    added: int
    changed: int
    removed: int
    unchanged: int
    entries: int
    chunks: int
    embedded: int  # chunks that went through the embedder; the rest kept their vectors
    seconds: float

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


class Ingestion:
    """Keeps the index of one data folder up to date."""

    def __init__(
        self,
        settings: Settings,
        folder: IndexFolder,
        lexicon: Lexicon,
        other_fields: Sequence[str],
        open_embedder: Callable[[], Embedder],
    ) -> None:
        """Build it.

        Args:
            settings: Where the data folder is, and how long a chunk may be.
            folder: The index of that data folder.
            lexicon: The names of the field.
            other_fields: Questions on other fields, for what the notes can't answer.
            open_embedder: Called when a run begins.
        """
        self._settings = settings
        self._folder = folder
        self._lexicon = lexicon
        self._other_fields = tuple(other_fields)
        self._open_embedder = open_embedder
        self._remembered = settings.data_dir / "sources.json"
        self._seen: dict[str, tuple[int, str]] = {}  # source → what its files looked like, its hash

    def sources(self) -> Sources:
        """The sources of the last run; the corpus alone where there was none."""
        try:
            stored = json.loads(self._remembered.read_text(encoding="utf-8"))
            return Sources(bool(stored["corpus"]), tuple(str(f) for f in stored["files"]))
        except FileNotFoundError:
            return Sources()
        except OSError as error:
            raise explain_os_error(error, self._settings.data_dir) from error
        except (ValueError, KeyError, TypeError) as error:
            raise DataFolderError(
                f"{self._remembered} is damaged", "Delete it and run `zhitu index --source …`."
            ) from error

    def run(
        self,
        files: Sequence[str] | None = None,
        corpus: bool | None = None,
        progress: Progress | None = None,
    ) -> IndexReport:
        """Bring the index up to date.

        Args:
            files: The sources to hold; None keeps the remembered ones.
            corpus: Whether to hold the built-in corpus; None keeps what is remembered, or holds it
                where sources are given.
            progress: Called while it works.

        Raises:
            SourceError: A source can't be read; the index stays as it was.
            DataFolderError: Another run is at work, or the folder can't be written.
        """
        began = time.perf_counter()
        report = progress or (lambda what, done, total: None)
        before = self.sources()
        if files is None:
            wanted = Sources(before.corpus if corpus is None else corpus, before.files)
        else:
            wanted = Sources(corpus is not False, tuple(dict.fromkeys(map(_absolute, files))))
        try:
            with self._lock():
                result = self._update(wanted, report)
        except (OSError, sqlite3.Error) as error:
            raise explain_os_error(error, self._settings.data_dir) from error
        return IndexReport(**{**asdict(result), "seconds": time.perf_counter() - began})

    def stale(self, manifest: Manifest) -> tuple[str, ...]:
        """Sources that are not as they were when the index was made."""
        changed = []
        for source, digest in manifest.sources.items():
            if is_web(source):
                continue  # only `zhitu index` asks the network
            try:
                now = self._digest_now(source)
            except (SourceError, OSError):
                now = ""
            if now != digest:
                changed.append(source)
        return tuple(changed)

    def _digest_now(self, source: str) -> str:
        """Hash of a source as it is; read again only when a file's size or time changed."""
        fetched = self._settings.data_dir / FOLDER
        if source in (CORPUS, FETCHED):
            files = (
                corpus_files(corpus_folder()) if source == CORPUS else list(fetched.glob("*.md"))
            )
        else:
            files = [Path(source)]
        stats = [(str(file), file.stat()) for file in files]
        signature = hash(tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats))
        known = self._seen.get(source)
        if known is None or known[0] != signature:
            if source == CORPUS:
                digest = corpus_digest(corpus_folder())
            elif source == FETCHED:
                digest = fetched_digest(fetched)
            else:
                digest = hashlib.sha256(files[0].read_bytes()).hexdigest()
            known = self._seen[source] = (signature, digest)
        return known[1]

    def _update(self, wanted: Sources, report: Progress) -> IndexReport:
        documents = self._load(wanted, report)
        # before the swap: a kill between the two must not bring the old sources back
        self._remember(wanted)
        entries = _in_order(documents)
        embedder = self._open_embedder()
        chunks = chunk_entries(entries, embedder.count_tokens, self._settings.chunk_tokens)
        entry_hashes = [_entry_hash(entry) for entry in entries]
        manifest = Manifest(
            version=INDEX_VERSION,
            embedder=embedder.name,
            revision=embedder.revision,
            dimension=embedder.dimension,
            chunker=CHUNKER,
            chunk_tokens=self._settings.chunk_tokens,
            lexicon=self._lexicon.digest,
            chunks=len(chunks),
            entries=len(entries),
            sources={document.source: document.sha256 for document in documents},
            corpus=wanted.corpus,
            background=hashlib.sha256("\n".join(self._other_fields).encode()).hexdigest()[:16],
        )
        old = self._open_old()
        try:
            known = old.hashes() if old else {}
            new = dict(zip((e.id for e in entries), entry_hashes, strict=True))
            counts = {
                "added": len(new.keys() - known.keys()),
                "removed": len(known.keys() - new.keys()),
                "changed": sum(known[i] != h for i, h in new.items() if i in known),
                "unchanged": sum(known[i] == h for i, h in new.items() if i in known),
                "entries": len(entries),
                "chunks": len(chunks),
                "seconds": 0.0,
            }
            if (
                old
                and old.manifest.model_copy(update={"mentioned": (), "collection": ""}) == manifest
                and not (counts["added"] or counts["removed"] or counts["changed"])
            ):
                return IndexReport(**counts, embedded=0)  # type: ignore[arg-type]
            reuse = Reuse(old, embedder)
            mentioned = {
                mention.key
                for chunk in chunks
                for mention in self._lexicon.find(f"{' '.join(chunk.path)} {chunk.text}")
            }
            IndexWriter(self._folder).write(
                manifest.model_copy(update={"mentioned": tuple(sorted(mentioned))}),
                entries,
                entry_hashes,
                chunks,
                [text_hash(chunk) for chunk in chunks],
                reuse.vectors,
                self._background(manifest, reuse.old, embedder),
                reuse.asked(chunks),
                lambda done, total: report("index", done, total),
            )
            return IndexReport(**counts, embedded=reuse.embedded)  # type: ignore[arg-type]
        finally:
            if old:
                old.close()

    def _background(self, manifest: Manifest, old: Index | None, embedder: Embedder) -> Vectors:
        if old and old.manifest.background == manifest.background:
            return old.background
        if not self._other_fields:
            return np.empty((0, embedder.dimension), np.float32)
        return embedder.embed_documents(self._other_fields)

    def _load(self, wanted: Sources, report: Progress) -> list[Document]:
        total = len(wanted.files) + wanted.corpus
        documents = []
        if wanted.corpus:
            corpus = load_corpus(corpus_folder())
            documents.append(corpus)
            references = [entry for entry in corpus.entries if entry.kind == "reference"]
            if fetched := load_fetched(self._settings.data_dir / FOLDER, references):
                documents.append(fetched)
            report("load", 1, total)
        for source in wanted.files:
            documents.append(load_source(source))
            report("load", len(documents), total)
        if not documents:
            raise SourceError(
                "There is nothing to index: no source is given and the built-in corpus is off",
                "Run `zhitu index --source FILE`, or `zhitu index --corpus`.",
            )
        return documents

    def _open_old(self) -> Index | None:
        """The generation that serves; None where there is none, or none that is whole."""
        try:
            old = self._folder.open()
        except IndexStateError:
            return None
        try:
            old.verify()
        except IndexStateError:
            old.close()
            return None
        return old

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._settings.data_dir / ".lock", timeout=0):
                yield
        except Timeout as error:
            raise DataFolderError(
                f"Another run is indexing into {self._settings.data_dir}",
                "Wait until it is done, or choose another folder with --data-dir.",
            ) from error

    def _remember(self, sources: Sources) -> None:
        text = json.dumps({"corpus": sources.corpus, "files": sources.files}, ensure_ascii=False)
        write_whole(self._remembered, text)


def _in_order(documents: Sequence[Document]) -> list[Entry]:
    """All entries, numbered; a document whose ids are taken already gets a prefix of its own."""
    taken: set[str] = set()
    found: list[Entry] = []
    for document in documents:
        prefix = ""
        number = 1
        while any(f"{prefix}{entry.id}" in taken for entry in document.entries):
            number += 1
            prefix = (
                f"{Path(document.source).stem}-{number}/"
                if number > 2
                else (f"{Path(document.source).stem}/")
            )
        for entry in document.entries:
            owner = f"{prefix}{entry.owner}" if entry.owner else ""
            update = {"id": f"{prefix}{entry.id}", "owner": owner, "order": len(found)}
            renamed = entry.model_copy(update=update)
            taken.add(renamed.id)
            found.append(renamed)
    return found


def _entry_hash(entry: Entry) -> str:
    """Hash of an entry's words; places are left out, so that a line added above changes nothing."""
    words = [
        entry.path,
        entry.aliases,
        entry.references,
        [(claim.text, claim.part, claim.asked) for claim in entry.claims],
        [(e.claim, e.correction) for e in entry.errata],
    ]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()[:16]


def _absolute(source: str) -> str:
    if is_web(source):
        return source
    return os.path.abspath(Path(source).expanduser())  # `notes/../notes` is the same source
