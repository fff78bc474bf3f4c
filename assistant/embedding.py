"""Texts to vectors: ONNX Runtime for the embedder we convert, sentence-transformers for any other.

A question must not wait for an import: the first of the two needs only numpy, onnxruntime and
sentencepiece, and is there in half a second; sentence-transformers alone takes 7 s to import.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from assistant.errors import ModelDamagedError, ModelMissingError, UsageError
from assistant.schema import Embedder, TokenIds, Vectors

if TYPE_CHECKING:
    from assistant.model_store import ModelStore

# Padded tokens in one call of the model: with 2,048 the peak is 40 MB higher and nothing faster.
_BATCH_TOKENS = 1024


class OnnxEmbedder:
    """The embedder made by `e5_convert`, in int8. Safe to use from several threads.

    Args:
        folder: The converted model.
        threads: Threads for one call; by default as many as there are processors, at most 4.

    Raises:
        ModelDamagedError: A file is missing or can't be read.
    """

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        import sentencepiece

        try:
            card = json.loads((folder / "embedder.json").read_text(encoding="utf-8"))
            self.name: str = card["name"]
            self.revision: str = card["revision"]
            self.dimension: int = card["dimension"]
            self._prefixes: tuple[str, str] = (card["query_prefix"], card["passage_prefix"])
            self._ends: tuple[int, int, int] = (card["bos"], card["eos"], card["pad"])
            self._room: int = card["max_tokens"] - 2
            self._pieces = sentencepiece.SentencePieceProcessor(
                model_file=str(folder / "tokenizer.model")
            )
            self._session = session(folder / "model.onnx", threads)
            self._words = session(folder / "words.onnx", threads)
        # ONNX Runtime's own exceptions share no base class below Exception.
        except Exception as error:
            raise ModelDamagedError(
                f"The embedder in {folder} can't be loaded ({error})",
                "Build it again: zhitu models pull",
            ) from error

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions. Returns float32 of shape (n, dimension), rows of length 1."""
        return self._embed(texts, self._prefixes[0])

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed passages. Returns float32 of shape (n, dimension), rows of length 1.

        What lies beyond 512 tokens of a text is not seen.
        """
        return self._embed(texts, self._prefixes[1])

    @property
    def ends(self) -> tuple[int, int, int]:
        """The tokens that begin a text, end it and fill it up."""
        return self._ends

    def pieces(self, text: str) -> list[int]:
        """The model's tokens of a text, without prefix, start and end."""
        # A lone surrogate, half of a broken emoji, has no UTF-8.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        return cast(list[int], self._pieces.encode(clean))

    def words(self, ids: TokenIds) -> Vectors:
        """Rows of the table of words, float32 of shape (n, tokens, dimension).

        Args:
            ids: Tokens, int64 of shape (n, tokens).
        """
        return cast(Vectors, self._words.run(["words"], {"input_ids": ids})[0])

    def count_tokens(self, text: str) -> int:
        """Length of `text` in the model's own tokens, without prefix and special tokens."""
        return len(self.pieces(text))

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        bos, eos, _ = self._ends
        rows = [[bos, *self.pieces(prefix + text)[: self._room], eos] for text in texts]
        vectors = np.empty((len(rows), self.dimension), np.float32)
        for batch in batches([len(row) for row in rows]):
            vectors[batch] = self._run([rows[place] for place in batch])
        return vectors

    def _run(self, rows: list[list[int]]) -> Vectors:
        ids, mask = side_by_side(rows, self._ends[2]), mask_of(rows)
        output = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return cast(Vectors, output[0])


class SentenceTransformerEmbedder:
    """Any model that sentence-transformers loads, with the prompts it was trained with.

    Args:
        folder: The model's folder.
        name: What to call it.
        revision: What identifies its vectors; by default a hash of the folder's files.
        prefixes: What stands before a question and before a passage. By default the prompts in the
            model's own configuration.

    Raises:
        ModelMissingError: sentence-transformers is not installed.
        ModelDamagedError: The folder holds no model that it can load.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        revision: str = "",
        prefixes: tuple[str, str] | None = None,
    ) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ModelMissingError(
                f"The embedder {name} needs the package sentence-transformers ({error})",
                "Install it: pip install sentence-transformers",
            ) from error
        try:
            self._model = SentenceTransformer(str(folder), local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelDamagedError(
                f"{folder} holds no model that sentence-transformers can load ({error})",
                "Name another with ZHITU_EMBEDDER, or fetch it again: zhitu models pull",
            ) from error
        prompts = self._model.prompts or {}
        own = (prompts.get("query") or "", prompts.get("document") or prompts.get("passage") or "")
        self._prefixes = prefixes or own
        self.name = name
        self.revision = revision or folder_hash(folder)[:12]
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions. Returns float32 of shape (n, dimension), rows of length 1."""
        return self._embed(texts, self._prefixes[0])

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed passages. Returns float32 of shape (n, dimension), rows of length 1."""
        return self._embed(texts, self._prefixes[1])

    def count_tokens(self, text: str) -> int:
        """Length of `text` in the model's own tokens, without prefix and special tokens."""
        tokenizer: Any = self._model.tokenizer
        return len(tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"])

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode(
            list(texts),
            prompt=prefix,
            batch_size=8,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)


def open_embedder(store: ModelStore, name: str, threads: int | None = None) -> Embedder:
    """Open an embedder of the manifest, or any folder that sentence-transformers can load.

    Args:
        store: Where models lie.
        name: A name of the manifest, or the path of a folder.
        threads: Threads for one call, for the embedder in ONNX.

    Raises:
        ModelMissingError: It is not on this machine.
        ModelDamagedError: It is, and can't be loaded.
        UsageError: There is neither such a model nor such a folder.
    """
    spec = store.find(name)
    if spec is None:
        folder = Path(name).expanduser()
        if not folder.is_dir():
            known = ", ".join(spec.name for spec in store.manifest if spec.role == "embedder")
            raise UsageError(
                f"There is no embedder {name}",
                f"Known are {known}; or give the path of a folder.",
            )
        if (folder / "embedder.json").is_file():
            return OnnxEmbedder(folder, threads)
        return SentenceTransformerEmbedder(folder, folder.name)
    if spec.role != "embedder":
        raise UsageError(f"{name} is no embedder", "See: zhitu models")
    if spec.converted:
        return OnnxEmbedder(store.derived(name, "onnx"), threads)
    prefixes = None
    if spec.query_prefix is not None:
        prefixes = (spec.query_prefix, spec.passage_prefix or "")
    return SentenceTransformerEmbedder(
        store.path(name), name, store.fingerprint(name)[:12], prefixes
    )


def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of the files in a folder."""
    total = hashlib.sha256()
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts of like length, so that little is spent on padding; longest batch last."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[place] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def side_by_side(rows: Sequence[Sequence[int]], fill: int) -> TokenIds:
    """Rows filled up to the longest, int64 of shape (n, tokens)."""
    filled = np.full((len(rows), max(map(len, rows))), fill, np.int64)
    for place, row in enumerate(rows):
        filled[place, : len(row)] = row
    return filled


def mask_of(rows: Sequence[Sequence[int]]) -> TokenIds:
    """1 where a row has a token, 0 where it is filled up, int64 of shape (n, tokens)."""
    return side_by_side([[1] * len(row) for row in rows], 0)


def session(path: Path, threads: int | None = None) -> Any:
    """ONNX Runtime on one of our graphs."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime.InferenceSession(
        str(path),
        _session_options(onnxruntime, threads or _processors()),
        providers=["CPUExecutionProvider"],
    )


def _processors() -> int:
    allowed = getattr(os, "sched_getaffinity", None)
    count = len(allowed(0)) if allowed else os.cpu_count() or 1
    return min(count, 4)


def _session_options(onnxruntime: Any, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # The arena keeps the largest batch's memory for good, and without it nothing was slower.
    options.enable_cpu_mem_arena = False
    # Threads that spin while they wait save 1.4 ms of a query's 5 on an idle machine, and cost 5 on
    # a busy one; the local chat model works on the same cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors only: warnings of the runtime are no use to a reader
    return options
