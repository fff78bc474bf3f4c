"""The words of a PDF, a paragraph a block of lines."""

from __future__ import annotations

import io
import logging
import re

from assistant.errors import SourceError

_MAX_PAGES = 200


def pdf_text(data: bytes, name: str) -> str:
    """The text of a PDF, pages apart by blank lines, words cut at a line end joined again.

    Raises:
        SourceError: It is damaged, locked, or holds pictures only.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports each breach of the norm
    try:
        reader = PdfReader(io.BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
        pages = [] if locked else [p.extract_text() or "" for p in reader.pages[:_MAX_PAGES]]
    except DependencyError as error:
        raise SourceError(
            f"{name} is encrypted in a way that isn't read: {error}", "Give an open copy."
        ) from error
    except Exception as error:  # on a broken file pypdf raises TypeError and what not
        raise SourceError(f"{name} is a damaged PDF: {error}", "Give another copy.") from error
    if locked:
        raise SourceError(f"{name} is locked with a password", "Give an open copy.")
    text = "\n\n".join(page.strip() for page in pages if page.strip())
    text = re.sub(r"(\w)-\n(\w)", r"\1\2", text)
    text = re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u4e00-\u9fff])", "", text)
    text = re.sub(r"(?<![.。!?:\n\uff1a])\n(?=\S)", " ", text)
    if len(re.findall(r"\w", text)) < 20:
        raise SourceError(f"{name} holds no text, only pictures", "Give a PDF with text.")
    return text
