"""The Ask tab: the conversation, the passages beside it, and the stream between page and Assistant.

The conversation lives in the browser tab (sessionStorage), so a reload keeps it and two tabs never
mix. The page sends a question with the turns before it, and gets back pictures of the growing
answer, each of them whole. When a turn has ended, the page sends the conversation to be kept: see
`talks_desk`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import ZhituError
from assistant.ui import own_questions
from assistant.ui.desk import Desk, Failure
from assistant.ui.interview_tab import served
from assistant.ui.stream import AskRequest, stream
from assistant.ui.talks_desk import TalksDesk
from assistant.ui.turns import TurnView

TITLE = "tab_ask"  # key of the tab's name in the texts

# js_on_load is a function body with `element`, `trigger`, `props`, `server` and `watch` in scope.
_MOUNT = """
import(new URL("zhitu/ask.js", document.baseURI)).then((ask) =>
  ask.mount(element, {trigger, props, server, watch, events: ["submit", "stop"]}));
"""


class _Place(BaseModel):
    """A citation's place in its source, as the browser names it."""

    model_config = ConfigDict(frozen=True)

    file: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


def build(desk: Desk) -> None:
    """Add the tab to the page that is being built."""

    def outline(_: Any) -> dict[str, Any]:
        try:
            return desk.outline().model_dump(mode="json")
        except ZhituError:  # the status says what is wrong
            return {}

    def source(place: Any) -> dict[str, Any]:
        try:
            asked = _Place.model_validate(place)
            return desk.excerpt(asked.file, asked.start, asked.end).model_dump()
        except (ZhituError, ValidationError) as error:
            return {"failure": Failure.of(error).model_dump()}

    def add_own(wanted: Any) -> dict[str, Any]:
        return own_questions.add(desk, wanted)

    def remove_own(kept: Any) -> dict[str, Any]:
        return own_questions.remove(desk, kept)

    async def ask(event: gr.EventData) -> AsyncIterator[dict[str, Any]]:
        try:
            request = AskRequest.model_validate(event._data)
        except ValidationError as error:
            sent = event._data if isinstance(event._data, dict) else {}
            view = TurnView(id=str(sent.get("id", "")), phase="failed", failure=Failure.of(error))
            yield view.model_dump(mode="json")
            return
        async for view in stream(desk, request):
            yield view.model_dump(mode="json")

    talks = TalksDesk(desk)
    tab = gr.HTML(
        html_template='<div class="zt zt-ask"></div>',
        js_on_load=_MOUNT,
        apply_default_css=False,
        server_functions=[
            *(outline, source, add_own, remove_own),
            *served(talks.keep, talks.talks, talks.talk, talks.forget),
        ],
        elem_id="zt-ask",
    )
    # No limit: the page of one reader must not wait for the answer of another.
    asking = tab.submit(
        ask,
        None,
        tab,
        show_progress="hidden",
        concurrency_limit=None,
        trigger_mode="multiple",
        api_visibility="private",
    )
    tab.stop(None, None, None, cancels=[asking], api_visibility="private")
