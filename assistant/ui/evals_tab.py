"""The Evals tab: measure the searches on a set of questions, look at a run, compare two."""

from __future__ import annotations

from typing import Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field

from assistant.ui import own_questions
from assistant.ui.desk import Desk, Failure, told
from assistant.ui.evals_desk import SEARCHES, Asked, EvalDesk

TITLE = "tab_evals"  # key of the tab's name in the texts

_MOUNT = """
import(new URL("zhitu/evals.js", document.baseURI)).then((evals) =>
  evals.mount(element, {server}));
"""


class _Reference(BaseModel):
    """A run, by its id."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(max_length=200)


class _Two(BaseModel):
    """Two sides, each `RUN@CONFIGURATION`."""

    model_config = ConfigDict(frozen=True)

    first: str = Field(max_length=400)
    second: str = Field(max_length=400)


class _Place(BaseModel):
    """A passage of an entry."""

    model_config = ConfigDict(frozen=True)

    entry: str = Field(max_length=400)
    chunk: str = Field(max_length=400)


def overview(desk: Desk, evaluations: EvalDesk) -> dict[str, Any]:
    """All that the tab shows before a run is opened."""
    nodes = desk.outline().nodes
    return {
        "sets": evaluations.sets(),
        "searches": list(SEARCHES),
        "sections": [
            {"id": node.id, "title": node.title}
            for node in nodes
            if node.depth == 0 and not node.source
        ],
        "job": evaluations.job.model_dump(mode="json"),
        "runs": evaluations.runs(),
        "damaged": [Failure.of(e).model_dump() for e in evaluations.store.damaged().values()],
        "own": own_questions.listed(desk),
    }


def build(desk: Desk) -> None:
    """Add the tab to the page that is being built."""
    evaluations = EvalDesk(desk)

    def state(_: Any) -> dict[str, Any]:
        return told(lambda: overview(desk, evaluations))

    def start(asked: Any) -> dict[str, Any]:
        return told(lambda: evaluations.start(Asked.model_validate(asked)).model_dump(mode="json"))

    def cancel(_: Any) -> dict[str, Any]:
        return evaluations.cancel().model_dump(mode="json")

    def job(_: Any) -> dict[str, Any]:
        return evaluations.job.model_dump(mode="json")

    def run(wanted: Any) -> dict[str, Any]:
        return told(lambda: evaluations.opened(_Reference.model_validate(wanted).id))

    def compare(wanted: Any) -> dict[str, Any]:
        def answer() -> dict[str, Any]:
            two = _Two.model_validate(wanted)
            return evaluations.compared(two.first, two.second)

        return told(answer)

    def report(wanted: Any) -> dict[str, Any]:
        return told(lambda: dict(evaluations.report(_Reference.model_validate(wanted).id)))

    def passage(wanted: Any) -> dict[str, Any]:
        def answer() -> dict[str, Any]:
            place = _Place.model_validate(wanted)
            return evaluations.passage(place.entry, place.chunk)

        return told(answer)

    def add_own(wanted: Any) -> dict[str, Any]:
        return own_questions.add(desk, wanted)

    def remove_own(kept: Any) -> dict[str, Any]:
        return own_questions.remove(desk, kept)

    gr.HTML(
        html_template='<div class="zt zt-evals"></div>',
        js_on_load=_MOUNT,
        apply_default_css=False,
        server_functions=[
            *(state, start, cancel, job, run, compare, report, passage),
            *(add_own, remove_own),
        ],
        elem_id="zt-evals",
    )
