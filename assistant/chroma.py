"""Opens and closes clients of Chroma: embedded in a folder, or a server."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import IndexStateError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

_TABLE = threading.Lock()  # chromadb's table of open clients can't bear two threads at once


def open_client(folder: Path, chroma_url: str) -> ClientAPI:
    """Open the embedded Chroma in `folder`, or the server where an address is given.

    Raises:
        IndexStateError: No server answers there.
    """
    import chromadb
    from chromadb.config import Settings

    if not chroma_url:

        def embedded() -> ClientAPI:
            return chromadb.PersistentClient(
                str(folder), settings=Settings(anonymized_telemetry=False)
            )

        with _TABLE:
            try:
                return embedded()
            except Exception:
                # what didn't open stays in chromadb's table; the next call fails too and clears it
                with suppress(Exception):
                    return embedded()
                raise
    from urllib.parse import urlsplit

    parts = urlsplit(chroma_url)
    try:
        with _TABLE:
            return chromadb.HttpClient(
                host=parts.hostname or "127.0.0.1",
                port=parts.port or (443 if parts.scheme == "https" else 80),
                ssl=parts.scheme == "https",
                settings=Settings(anonymized_telemetry=False),
            )
    except Exception as error:  # chromadb wraps each failure to connect into another kind
        raise IndexStateError(
            f"No Chroma server answers at {chroma_url}",
            "Start it (`chroma run --path FOLDER`), or unset ZHITU_CHROMA_URL.",
        ) from error


def close_client(client: Any) -> None:
    """Let go of an embedded Chroma (whose type in chromadb doesn't know of `close`)."""
    with _TABLE:
        client.close()
