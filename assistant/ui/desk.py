"""The one Assistant behind all browser tabs: loaded in the background, indexed on request."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import UsageError, ZhituError
from assistant.ui.outline import Outline, outline_of
from assistant.ui.texts_errors import in_chinese, message_in_chinese

if TYPE_CHECKING:  # the pipeline is imported by the thread that loads it, not by the page
    from assistant.pipeline import Assistant

_AROUND = 400  # characters of a source shown before and after a citation
_FRONT_MATTER = re.compile(r"---\n.*?\n---\n", re.DOTALL)

log = logging.getLogger(__name__)


class Failure(BaseModel):
    """An error as a card on the page shows it: what was found, and what to do.

    The page takes the words of its language; it may be switched while the card is shown.
    """

    model_config = ConfigDict(frozen=True)

    kind: str  # the class of the error, so that the page can say it in its own language
    found: str
    next_step: str = ""
    found_zh: str = ""  # empty: nobody but a program wrote the error, and it is shown as it is
    next_step_zh: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Describe `error`; the page has its own words for the kinds it knows."""
        if isinstance(error, ZhituError):
            return cls(
                kind=type(error).__name__,
                found=error.found,
                next_step=error.next_step,
                found_zh=in_chinese(error.found),
                next_step_zh=in_chinese(error.next_step),
            )
        return cls(kind="Unexpected", found=f"{type(error).__name__}: {error}")


def told(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer, or what went wrong as the page shows it."""
    try:
        return answer()
    except (ZhituError, ValidationError) as error:
        return {"failure": Failure.of(error).model_dump()}


class Indexing(BaseModel):
    """How far a run of the indexer is."""

    model_config = ConfigDict(frozen=True)

    running: bool = False
    what: str = ""
    done: int = 0
    total: int = 0
    runs: int = 0  # finished runs; the page reads the outline again when it grows
    failure: Failure | None = None


class Status(BaseModel):
    """What the page shows of the state of things, asked for every few seconds."""

    model_config = ConfigDict(frozen=True)

    phase: Literal["starting", "ready", "failed"]
    failure: Failure | None = None
    index: str = "ready"
    index_message: str = ""
    index_message_zh: str = ""
    stale: tuple[str, ...] = ()
    entries: int = 0
    chunks: int = 0
    model: str = "none"
    model_name: str = ""
    model_message: str = ""
    model_message_zh: str = ""
    indexing: Indexing = Indexing()


class Excerpt(BaseModel):
    """Text of a source. `start` and `end` enclose the cited words in it."""

    model_config = ConfigDict(frozen=True)

    text: str
    start: int
    end: int


class Desk:
    """Holds the Assistant while it loads, and the one run of the indexer that may be under way.

    Args:
        load: Builds the Assistant. It runs in a thread, so that the page is served meanwhile.
    """

    def __init__(self, load: Callable[[], Assistant]) -> None:
        self._load = load
        self._loaded = threading.Event()
        self._assistant: Assistant | None = None
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._indexing = Indexing()
        self._cited: set[str] = set()
        self._outline: tuple[tuple[int, int, int], Outline] | None = None

    def open(self) -> None:
        """Begin to load; returns at once."""
        threading.Thread(target=self._open, name="zhitu-load", daemon=True).start()

    def _open(self) -> None:
        try:
            self._assistant = self._load()
            self._assistant.start_model()
            self._assistant.warm_up()
        except Exception as error:
            # A thread has nobody to raise to: the page shows it, as the start of every answer.
            log.warning("The assistant did not load: %s", error)
            self._failure = error
        finally:
            self._loaded.set()

    def assistant(self) -> Assistant:
        """Return the Assistant, waiting until it is loaded.

        Raises:
            ZhituError: It could not be loaded.
        """
        self._loaded.wait()
        if self._assistant is None:
            failure = self._failure
            if isinstance(failure, ZhituError):
                raise failure
            raise ZhituError(f"The assistant did not start: {failure}", "Run `zhitu doctor`.")
        return self._assistant

    def status(self) -> Status:
        """Say how things stand, without waiting for anything."""
        indexing = self._indexing
        if not self._loaded.is_set():
            return Status(phase="starting", indexing=indexing)
        try:
            state = self.assistant().state()
        except Exception as error:  # whatever it is, the page has to say it
            if not isinstance(error, ZhituError):
                log.exception("The state can't be told")
            return Status(phase="failed", failure=Failure.of(error), indexing=indexing)
        return Status(
            phase="ready",
            index=state.index,
            index_message=state.index_message,
            index_message_zh=message_in_chinese(state.index_message),
            stale=state.stale,
            entries=state.entries,
            chunks=state.chunks,
            model=state.model,
            model_name=state.model_name,
            model_message=state.model_message,
            model_message_zh=message_in_chinese(state.model_message),
            indexing=indexing,
        )

    def start_indexing(self) -> None:
        """Bring the index up to date in the background; a second call joins the run under way."""
        with self._lock:
            if self._indexing.running:
                return
            self._indexing = Indexing(running=True, runs=self._indexing.runs)
        threading.Thread(target=self._index, name="zhitu-index", daemon=True).start()

    def _index(self) -> None:
        failure: Failure | None = None
        try:
            self.assistant().index(self._progress)
        except Exception as error:
            log.warning("Indexing failed: %s", error)
            failure = Failure.of(error)
        self._indexing = Indexing(runs=self._indexing.runs + 1, failure=failure)

    def _progress(self, what: str, done: int, total: int) -> None:
        self._indexing = self._indexing.model_copy(
            update={"what": what, "done": done, "total": total}
        )

    def outline(self) -> Outline:
        """Return the tree of entries and the example questions that fit it."""
        assistant = self.assistant()
        state = assistant.state()
        key = (self._indexing.runs, state.entries, state.chunks)
        if self._outline is None or self._outline[0] != key:
            entries = assistant.entries() if state.index == "ready" else []
            self._outline = (key, outline_of(entries))
        return self._outline[1]

    def cited(self, files: Iterable[str]) -> None:
        """Remember the sources that answers have cited: only these may be read around."""
        self._cited.update(files)

    def excerpt(self, file: str, start: int, end: int) -> Excerpt:
        """Return a citation with the text around it.

        Raises:
            UsageError: `file` was never cited; a browser may ask for anything.
        """
        assistant = self.assistant()
        if file not in self._cited and all(file != entry.file for entry in assistant.entries()):
            raise UsageError(f"{file!r} is no source of an answer", "Ask the question again.")
        begin = max(0, start - _AROUND)
        text = assistant.source_text(file, begin, end + _AROUND)
        at = start - begin  # of the citation in `text`
        if front := _FRONT_MATTER.match(text, 0, at):
            cut = front.end()
        else:  # begin with a whole line, where one begins before the citation
            cut = text.find("\n", 0, at) + 1 if begin else 0
        return Excerpt(text=text[cut:], start=at - cut, end=at - cut + end - start)

    def close(self) -> None:
        """Stop the chat model and let go of the index."""
        if self._assistant is not None:
            with contextlib.suppress(NotImplementedError):
                self._assistant.close()
