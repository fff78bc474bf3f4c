"""The page around the tabs: the header with its chips and switches, and the tabs that exist."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.ui import ask, evals_tab, home_tab, interview_tab, reader, review_tab
from assistant.ui.desk import Desk, told
from assistant.ui.people import People
from assistant.ui.texts import catalog

# A tab is one module here: `TITLE`, the key of its name in the texts, and `build(desk)`.
TABS = (home_tab, ask, interview_tab, review_tab, evals_tab)

_MOUNT = """
import(new URL("zhitu/header.js", document.baseURI)).then((header) =>
  header.mount(element, {server}));
"""


def build_page(desk: Desk) -> gr.Blocks:
    """Build the page; every browser tab gets it, and keeps its own conversation."""

    def status(_: Any) -> dict[str, Any]:
        return desk.status().model_dump(mode="json")

    def reindex(_: Any) -> dict[str, Any]:
        desk.start_indexing()
        return desk.status().model_dump(mode="json")

    people = People(desk)

    def profiles(given: Any) -> dict[str, Any]:
        return told(lambda: people.listed(given))

    def create_profile(given: Any) -> dict[str, Any]:
        return told(lambda: people.create(given))

    def rename_profile(given: Any) -> dict[str, Any]:
        return told(lambda: people.rename(given))

    page = gr.Blocks(title="知图 Zhitu", analytics_enabled=False, fill_width=True, fill_height=True)
    with page:
        gr.HTML(
            html_template='<div class="zt zt-header"></div>',
            js_on_load=_MOUNT,
            apply_default_css=False,
            server_functions=[status, reindex, profiles, create_profile, rename_profile],
            elem_id="zt-header",
        )
        if len(TABS) == 1:
            TABS[0].build(desk)
        else:
            names = catalog("zh")
            # Narrow screens scroll the row; a menu of what does not fit would be Gradio's own.
            with gr.Tabs(elem_id="zt-tabs", overflow_behavior="wrap"):
                for tab in TABS:
                    elem_id = tab.TITLE.replace("_", "-")
                    with gr.Tab(names[tab.TITLE], elem_id=f"zt-{elem_id}"):
                        tab.build(desk)
        reader.build(desk)
    return page
