"""The fetched pages of references, from the data folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.loaders.markdown import parse_markdown
from assistant.loaders.text import read_text
from assistant.schema import Document, Entry

FOLDER = "references"  # in the data folder
FETCHED = "fetched references"


def page_files(folder: Path, name: str) -> tuple[Path, Path]:
    """Where the text of a reference lies, and its card."""
    return folder / f"{name}.md", folder / f"{name}.json"


def read_card(folder: Path, name: str) -> dict[str, Any] | None:
    """What is known of a fetched reference; None where it is not there whole."""
    text_file, card_file = page_files(folder, name)
    if not (text_file.exists() and card_file.exists()):
        return None
    try:
        card = json.loads(card_file.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return card if isinstance(card, dict) else None


def load_fetched(folder: Path, references: Sequence[Entry]) -> Document | None:
    """What was fetched of these references; None where nothing was.

    Args:
        folder: The data folder's `references/`.
        references: The corpus's entries of kind `reference`, for their place on the map.
    """
    entries: list[Entry] = []
    for reference in references:
        name = reference.id.rsplit("/", 1)[1]
        card = read_card(folder, name)
        if card is None:
            continue
        text_file, _ = page_files(folder, name)
        file = read_text(text_file)
        claims = [
            claim
            for part in parse_markdown(file.text, str(text_file), reference.title)
            for claim in part.claims
        ]
        entries.append(
            reference.model_copy(
                update={
                    "id": f"{reference.id}/page",
                    "claims": tuple(claims),
                    "file": str(text_file),
                    "url": card.get("url") or reference.url,
                }
            )
        )
    if not entries:
        return None
    return Document(source=FETCHED, sha256=fetched_digest(folder), entries=tuple(entries))


def fetched_digest(folder: Path) -> str:
    """SHA-256 over all fetched texts."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.md")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
