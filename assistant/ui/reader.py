"""The reading view: any entry, whole, over whatever tab is open. The page links to it by `#entry=`.

What is drawn stands in a dialog of its own; the component here only lends it the server.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import process

from assistant.errors import UsageError, ZhituError
from assistant.ui.desk import Desk, Failure
from assistant.ui.interview_tab import served
from assistant.ui.note_desk import NoteDesk

_OFFERED = 5  # entries, where the one that is wanted isn't there

_MOUNT = """
import(new URL("zhitu/reader.js", document.baseURI)).then((reader) =>
  reader.mount(element, {server}));
"""


class _Wanted(BaseModel):
    """The entry to open, as an address of the page names it: by its id or any of its names."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1, max_length=400)


def _near(name: str, desk: Desk) -> list[dict[str, str]]:
    """Entries whose titles are like the last part of a name that no entry has."""
    nodes = desk.outline().nodes
    titles = [node.title for node in nodes]
    found = process.extract(name.rpartition("/")[2], titles, limit=_OFFERED)
    return [{"id": nodes[i].id, "title": title} for title, _, i in found]


def build(desk: Desk) -> None:
    """Add the reading view to the page that is being built."""

    def entry(wanted: Any) -> dict[str, Any]:
        try:
            asked = _Wanted.model_validate(wanted)
            return desk.assistant().read(asked.id).model_dump(mode="json")
        except UsageError as error:
            near = _near(asked.id, desk)
            return {"failure": Failure.of(error).model_dump(), "near": near}
        except (ZhituError, ValidationError) as error:
            return {"failure": Failure.of(error).model_dump()}

    notes = NoteDesk(desk)
    edits = served(notes.note_lines, notes.note_open, notes.note_save, notes.note_undo)
    gr.HTML(
        html_template="<div hidden></div>",
        js_on_load=_MOUNT,
        apply_default_css=False,
        server_functions=[entry, *edits],
        elem_id="zt-reader",
    )
