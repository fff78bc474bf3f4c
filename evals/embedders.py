"""The same sources under another embedder: an index of its own, kept beside the runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from assistant.pipeline import Assistant
from evals.circumstances import Watch


@contextmanager
def opened(
    assistant: Assistant, embedders: Sequence[str], watch: Watch
) -> Iterator[list[Assistant]]:
    """An Assistant for each embedder; the configured one's is the given Assistant itself.

    Args:
        assistant: Whose sources are indexed; its own index stays as it is.
        embedders: Names as in the setting `embedder`; empty: the configured one alone.
        watch: Told how far the indexing is. A second run finds the index made.

    Raises:
        ModelMissingError: An embedder is not at hand; the message says how to fetch it.
    """
    made: list[Assistant] = []
    try:
        yield [
            assistant
            if name == assistant.settings.embedder
            else _under(assistant, name, watch, made)
            for name in embedders or [assistant.settings.embedder]
        ]
    finally:
        for one in made:
            one.close()


def _under(assistant: Assistant, embedder: str, watch: Watch, made: list[Assistant]) -> Assistant:
    folder = hashlib.sha256(embedder.encode()).hexdigest()[:12]  # the name may be a path
    data_dir = assistant.settings.data_dir / "evals" / "embedders" / folder
    # always on disk: a Chroma server would be left with collections that nobody deletes
    changes = {"embedder": embedder, "data_dir": data_dir, "chroma_url": ""}
    other = Assistant(assistant.settings.model_copy(update=changes))
    made.append(other)
    sources = assistant.ingestion.sources()
    other.index(watch.step, list(sources.files), sources.corpus)
    return other
