"""What a run was made under: the machine, the libraries, the index; and who waits for it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from assistant.errors import ZhituError
from assistant.parts import Services

Progress = Callable[[str, int, int], None]  # what is being done, how much is, of how much

_PACKAGES = ("zhitu", "bm25s", "chromadb", "ir-measures", "numpy", "onnxruntime", "xllamacpp")


class StoppedError(ZhituError):
    """Whoever waited for the run has stopped it; nothing was kept."""


@dataclass(frozen=True)
class Watch:
    """Who waits for a run: is told how far it is, and may stop it."""

    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None  # `threading.Event().is_set` fits

    def step(self, what: str, done: int, total: int) -> None:
        """Tell how far it is.

        Raises:
            StoppedError: It is to stop.
        """
        if self.cancelled is not None and self.cancelled():
            raise StoppedError("The run was stopped, and nothing of it is kept", "Start it again.")
        if self.progress is not None:
            self.progress(what, done, total)


def machine() -> dict[str, Any]:
    """Processors, system and versions: figures of speed mean nothing without them."""
    return {
        "cpus": os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def index_card(services: Services) -> dict[str, Any]:
    """Which generation of the index was asked, what made it, and a hash of what it holds."""
    manifest = services.index.manifest
    sources = json.dumps(manifest.sources, sort_keys=True).encode()
    return {
        "generation": services.generation,
        "holds": hashlib.sha256(sources).hexdigest()[:16],
        **manifest.model_dump(
            mode="json",
            include={
                *("version", "embedder", "revision", "chunker", "chunk_tokens", "lexicon"),
                *("chunks", "entries", "corpus"),
            },
        ),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
