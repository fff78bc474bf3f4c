"""Sources of notes, one file a format. `load_source` picks by what the file is."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import SourceError
from assistant.loaders.markdown import parse_markdown
from assistant.loaders.outline import looks_like_outline, parse_outline
from assistant.loaders.text import read_text
from assistant.schema import Document, Entry

TEXT_SUFFIXES = {".txt", ".md", ".markdown", ".text", ""}


def load_source(source: str) -> Document:
    """Load one file of notes: an indented outline, or Markdown, or plain paragraphs.

    Raises:
        SourceError: It can't be read, or holds no entry.
    """
    path = Path(source).expanduser()
    file = read_text(path)
    entries: tuple[Entry, ...]
    if looks_like_outline(file.text):
        entries = parse_outline(file.text, str(path)).entries
    else:
        entries = parse_markdown(file.text, str(path), path.stem)
    if not any(entry.claims for entry in entries) and len(entries) < 2:
        raise SourceError(
            f"No entry was found in {path}",
            "Notes are an outline with numbered headings, or Markdown with # headings.",
        )
    return Document(source=str(path), sha256=file.sha256, entries=entries)
