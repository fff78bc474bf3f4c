"""The Interview tab: one question at a time, its marking at once, and a report at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field

from assistant.ui.desk import Desk, told
from assistant.ui.interview_desk import InterviewDesk

TITLE = "tab_interview"  # key of the tab's name in the texts

_MOUNT = """
import(new URL("zhitu/interview.js", document.baseURI)).then((interview) =>
  interview.mount(element, {server}));
"""

Served = Callable[[Any], dict[str, Any]]


class _Place(BaseModel):
    """A citation's place in its source."""

    model_config = ConfigDict(frozen=True)

    file: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


def build(desk: Desk) -> None:
    """Add the tab to the page that is being built."""
    interviews = InterviewDesk(desk)

    def source(given: Any) -> dict[str, Any]:
        place = _Place.model_validate(given)
        return desk.excerpt(place.file, place.start, place.end).model_dump()

    gr.HTML(
        html_template='<div class="zt zt-interview"></div>',
        js_on_load=_MOUNT,
        apply_default_css=False,
        server_functions=served(
            interviews.state,
            interviews.start,
            interviews.opened,
            interviews.hint,
            interviews.answer,
            interviews.follow_up,
            interviews.marked,
            interviews.overrule,
            interviews.pause,
            interviews.resume,
            interviews.finish,
            interviews.report,
            interviews.file,
            source,
        ),
        elem_id="zt-interview",
    )


def served(*functions: Served) -> list[Served]:
    """The same functions, each of which tells the page what went wrong."""
    return [_careful(function) for function in functions]


def _careful(function: Served) -> Served:
    def answer(given: Any) -> dict[str, Any]:
        return told(lambda: function(given))

    answer.__name__ = function.__name__  # the page calls it by that
    return answer
