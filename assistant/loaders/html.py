"""The words of a web page: its article without menus, as Markdown."""

from __future__ import annotations

from assistant.errors import SourceError


def html_text(data: bytes, name: str) -> tuple[str, str]:
    """The article of a page as Markdown, and its title.

    Raises:
        SourceError: No article was found.
    """
    import trafilatura

    text = trafilatura.extract(
        data, output_format="markdown", include_tables=True, include_comments=False
    )
    if not text or not text.strip():
        raise SourceError(f"No text was found in {name}", "Save the page as text, and give that.")
    about = trafilatura.extract_metadata(data)
    return text, str(about.title or "") if about else ""
