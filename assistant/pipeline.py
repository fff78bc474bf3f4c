"""Builds the services from Settings, once, and hands them to the edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.config import Settings
from assistant.schema import AnswerEvent, Entry, Hit, Turn

ModelState = Literal["none", "absent", "loading", "ready", "failed"]
Progress = Callable[[str, int, int], None]  # what, done, total


@dataclass(frozen=True)
class State:
    """What the page needs to know before it lets a person ask."""

    index: Literal["ready", "missing", "outdated"]  # outdated: other embedder, chunker or version
    index_message: str  # what is wrong and what to run, where it isn't ready
    stale: tuple[str, ...]  # sources that changed since the index was made
    entries: int
    chunks: int
    model: ModelState
    model_name: str
    model_message: str


class Assistant:
    """Everything the edges may ask for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def state(self) -> State:
        """Cheap: called by the page every few seconds."""
        raise NotImplementedError

    def start_model(self) -> None:
        """Begin to load the chat model in the background; returns at once."""
        raise NotImplementedError

    def entries(self) -> list[Entry]:
        """All entries of the index in reading order; for the scope selector."""
        raise NotImplementedError

    def search(self, query: str, k: int | None = None, scope: str | None = None) -> list[Hit]:
        """Find entries and references."""
        raise NotImplementedError

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        scope: str | None = None,
        model: str | None = None,
    ) -> Iterator[AnswerEvent]:
        """Answer: first `Evidence`, then `TextDelta` and `SentenceDone`, at the end `Done`.

        Closing the iterator stops the model. Errors of the request itself (empty question, unknown
        scope, no index) are raised before the first event; a failing model is reported in
        `Answer.model_error` and the quoted passages stand as the answer.
        """
        raise NotImplementedError

    def index(self, progress: Progress | None = None) -> dict[str, float]:
        """Bring the index up to date with its remembered sources."""
        raise NotImplementedError

    def source_text(self, file: str, start: int, end: int) -> str:
        """The text around a citation, for the passages panel."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the chat model and let go of the index."""
        raise NotImplementedError
