"""A reply that is written by a task in another thread's event loop, and read here."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from typing import Any

from assistant.errors import ChatModelError

Pieces = queue.SimpleQueue["str | ChatModelError | None"]  # None: the reply is over

_CLOSE_WAIT = 1.0  # seconds to wait for a cancelled stream to let go of its connection


class ReplyStream(Iterator[str]):
    """A reply that is being written. `close` may be called at any time, from any thread."""

    def __init__(
        self,
        work: Coroutine[Any, Any, None],
        loop: asyncio.AbstractEventLoop,
        pieces: Pieces,
    ) -> None:
        self._loop = loop
        self._pieces = pieces
        self._ended = threading.Event()
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []  # the one, once the loop has started it
        loop.call_soon_threadsafe(_start, loop, work, self._tasks, pieces, self._ended)

    def __next__(self) -> str:
        if self._over:
            raise StopIteration
        piece = self._pieces.get()
        if isinstance(piece, str):
            return piece
        self._over = True
        if isinstance(piece, ChatModelError):
            raise piece
        raise StopIteration

    def close(self) -> None:
        """Stop the server's work, and end the iteration, also one that waits in another thread."""
        self._stop()
        self._ended.wait(_CLOSE_WAIT)

    def __enter__(self) -> ReplyStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self._stop()

    def _stop(self) -> None:
        self._over = True
        self._pieces.put(None)
        # A loop that was closed has cancelled it already.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_cancel, self._tasks)


# These run in the loop, and hold neither model nor stream, so that both can be collected.


def _start(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, None],
    tasks: list[asyncio.Task[None]],
    pieces: Pieces,
    ended: threading.Event,
) -> None:
    task = loop.create_task(work)
    tasks.append(task)

    def finish(_: asyncio.Task[None]) -> None:
        pieces.put(None)
        ended.set()

    task.add_done_callback(finish)


def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
