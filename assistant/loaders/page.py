"""The words of what an address held, by the kind that its server says or its first bytes show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import SourceError
from assistant.loaders.html import html_text
from assistant.loaders.pdf import pdf_text
from assistant.loaders.text import decode, refuse_unreadable

if TYPE_CHECKING:
    from assistant.web import Page


def page_text(page: Page) -> tuple[str, str]:
    """The words of a page as Markdown, and its title where it has one.

    Raises:
        SourceError: It holds no text, or is of a kind that isn't read.
    """
    title = ""
    kind = page.content_type.split(";")[0].strip()
    if kind == "application/pdf" or page.data[:5] == b"%PDF-":
        text = pdf_text(page.data, page.url)
    elif kind in ("text/html", "application/xhtml+xml") or (
        not kind and page.data.lstrip()[:1] == b"<"
    ):
        text, title = html_text(page.data, page.url)
    elif kind.startswith("text/") or not kind:
        text = decode(page.data, page.url)
    else:
        raise SourceError(
            f"{page.url} is {kind}, which isn't read", "Give text, Markdown, HTML or PDF."
        )
    refuse_unreadable(text, page.url)  # kept, it would stop every later run of the index
    return text, title
