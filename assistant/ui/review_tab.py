"""The Review tab: what is due, a card at a time, and how it stands with the memory."""

from __future__ import annotations

import gradio as gr

from assistant.ui.desk import Desk
from assistant.ui.interview_tab import served
from assistant.ui.review_desk import ReviewDesk

TITLE = "tab_review"  # key of the tab's name in the texts

_MOUNT = """
import(new URL("zhitu/review.js", document.baseURI)).then((review) =>
  review.mount(element, {server}));
"""


def build(desk: Desk) -> None:
    """Add the tab to the page that is being built."""
    reviews = ReviewDesk(desk)
    gr.HTML(
        html_template='<div class="zt zt-review"></div>',
        js_on_load=_MOUNT,
        apply_default_css=False,
        server_functions=served(
            reviews.stats,
            reviews.begin,
            reviews.card,
            reviews.rate,
            reviews.mark,
            reviews.anki,
            reviews.export,
            reviews.delete,
            reviews.optimise,
            reviews.default_weights,
        ),
        elem_id="zt-review",
    )
