"""Sources of notes, one file a format. `load_source` picks by what the file is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from assistant.errors import SourceError
from assistant.loaders.html import html_text
from assistant.loaders.markdown import parse_markdown
from assistant.loaders.outline import looks_like_outline, parse_outline
from assistant.loaders.page import page_text
from assistant.loaders.pdf import pdf_text
from assistant.loaders.text import read_bytes, read_text
from assistant.schema import Document, Entry, Kind

_EXTRACTED = {".pdf", ".html", ".htm", ".xhtml"}


def is_web(source: str) -> bool:
    """Whether a source is an address; else it is a file."""
    return source.startswith(("http://", "https://"))


def load_source(source: str) -> Document:
    """Load notes: an indented outline, Markdown, plain paragraphs, HTML or PDF; file or address.

    Raises:
        SourceError: It can't be read, or holds no entry.
    """
    if is_web(source):
        return _from_web(source)
    words = read_words(Path(source).expanduser())
    return _document(source, words.sha256, words.text, words.title, words.kind)


@dataclass(frozen=True)
class Words:
    """The text of a file as its claims' offsets count it."""

    text: str
    title: str
    kind: Kind
    sha256: str


def read_words(path: Path) -> Words:
    """Read a file of any format: as it is, or the words taken out of HTML or PDF."""
    suffix = path.suffix.lower()
    if suffix not in _EXTRACTED:
        file = read_text(path)
        return Words(file.text, path.stem, "note", file.sha256)
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    if suffix == ".pdf":
        return Words(pdf_text(data, str(path)), path.stem, "document", digest)
    text, title = html_text(data, str(path))
    return Words(text, title or path.stem, "document", digest)


def _from_web(url: str) -> Document:
    from assistant.web import Fetcher, is_private

    # the user typed it: it may well be a server on their own machine. A public page may still not
    # lead into it.
    with Fetcher(allow_private=is_private(url)) as fetcher:
        page = fetcher.get(url)
    if page is None:
        raise SourceError(f"{url} answers with nothing", "Check the address.")
    text, title = page_text(page)
    name = title or Path(unquote(urlsplit(url).path)).stem or urlsplit(url).netloc
    kind: Kind = "note" if page.content_type.startswith("text/plain") else "document"
    return _document(url, hashlib.sha256(page.data).hexdigest(), text, name, kind, url)


def _document(
    source: str, digest: str, text: str, name: str, kind: Kind, url: str = ""
) -> Document:
    entries: tuple[Entry, ...]
    if looks_like_outline(text):
        entries = parse_outline(text, source).entries
    else:
        entries = parse_markdown(text, source, name, kind)
    if not any(entry.claims for entry in entries) and len(entries) < 2:
        raise SourceError(
            f"No entry was found in {source}",
            "Notes are an outline with numbered headings, or Markdown with # headings.",
        )
    if url:
        entries = tuple(entry.model_copy(update={"url": url}) for entry in entries)
    return Document(source=source, sha256=digest, entries=entries)
