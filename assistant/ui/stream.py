"""One answer on its way from the Assistant to one browser tab."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Generator

from pydantic import BaseModel, ConfigDict, Field

from assistant.schema import AnswerEvent, Turn
from assistant.ui.desk import Desk, Failure
from assistant.ui.turns import TurnView, advance

_PAUSE = 0.05  # seconds between two pictures: a fast model must not keep the browser busy

log = logging.getLogger(__name__)


class AskRequest(BaseModel):
    """What the browser sends with a question. The conversation lives there, not here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(max_length=64)
    question: str
    scope: str | None = None
    history: tuple[Turn, ...] = Field(default=(), max_length=32)


async def stream(desk: Desk, request: AskRequest) -> AsyncIterator[TurnView]:
    """Ask, and yield the answer as it grows.

    The Assistant's iterator blocks, so a thread of its own drains it: a slow model holds up neither
    another browser tab nor the Stop button. When this generator is closed, the thread closes the
    iterator at the next event.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[AnswerEvent | Failure | None] = asyncio.Queue()
    stopped = threading.Event()

    def put(event: AnswerEvent | Failure | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: the server is shutting down
            loop.call_soon_threadsafe(events.put_nowait, event)

    def drain() -> None:
        try:
            answering = desk.assistant().ask(
                request.question, history=request.history, scope=request.scope or None
            )
            try:
                for event in answering:
                    if stopped.is_set():
                        return
                    put(event)
            finally:
                if isinstance(answering, Generator):
                    answering.close()  # stops the model
        except Exception as error:
            failure = Failure.of(error)
            if failure.kind == "Unexpected":
                log.exception("Answering failed")
            put(failure)
        finally:
            put(None)

    threading.Thread(target=drain, name="zhitu-ask", daemon=True).start()
    view = TurnView(id=request.id)
    try:
        yield view
        over = False
        while not over:
            waiting = [await events.get()]
            while not events.empty():  # one picture for all that came in the pause
                waiting.append(events.get_nowait())
            for event in waiting:
                if event is None:
                    over = True
                    if view.phase != "failed":
                        view = view.model_copy(update={"phase": "done", "pending": ""})
                else:
                    view = advance(view, event)
            desk.cited(citation.source.file for citation in view.citations)
            yield view
            await asyncio.sleep(_PAUSE)
    finally:
        stopped.set()
