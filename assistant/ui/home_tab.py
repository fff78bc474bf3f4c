"""Home, the page that opens first: the map of what is known, what is due, and the ways in."""

from __future__ import annotations

import gradio as gr

from assistant.ui.desk import Desk
from assistant.ui.home_desk import HomeDesk
from assistant.ui.interview_tab import served

TITLE = "tab_home"  # key of the tab's name in the texts

_MOUNT = """
import(new URL("zhitu/home.js", document.baseURI)).then((home) =>
  home.mount(element, {server}));
"""


def build(desk: Desk) -> None:
    """Add the tab to the page that is being built."""
    home = HomeDesk(desk)
    gr.HTML(
        html_template='<div class="zt zt-home"></div>',
        js_on_load=_MOUNT,
        apply_default_css=False,
        server_functions=served(home.home, home.entry, home.find),
        elem_id="zt-home",
    )
