"""Fetches the pages and PDFs behind the corpus's references into the data folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import SourceError, UsageError, explain_os_error
from assistant.files import write_whole
from assistant.loaders.page import page_text
from assistant.loaders.references import FOLDER, page_files, read_card
from assistant.schema import Entry
from assistant.web import Fetcher

Progress = Callable[[str, int, int], None]


@dataclass
class FetchReport:
    """What came of a fetch; `failed` says why, by reference."""

    fetched: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def fetch_references(
    references: Sequence[Entry],
    data_dir: Path,
    fetcher: Fetcher,
    wanted: Sequence[str] = (),
    progress: Progress | None = None,
) -> FetchReport:
    """Fetch what is not there or has changed. One that fails doesn't stop the others.

    Args:
        references: Entries of kind `reference`.
        data_dir: Its folder `references/` receives a text and a card for each.
        fetcher: Open; the caller closes it.
        wanted: Ids to fetch; none means all.
        progress: Called after each.

    Raises:
        UsageError: A wanted id is no reference.
        DataFolderError: The folder can't be written.
    """
    by_id = {entry.id.rsplit("/", 1)[1]: entry for entry in references}
    for name in wanted:
        if name not in by_id:
            raise UsageError(f"There is no reference {name!r}", "See `zhitu references`.")
    chosen = [name for name in by_id if not wanted or name in wanted]
    folder = data_dir / FOLDER
    report = FetchReport()
    for done, name in enumerate(chosen, 1):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if _fetch(by_id[name], name, folder, fetcher):
                report.fetched.append(name)
            else:
                report.unchanged.append(name)
        except SourceError as error:
            report.failed[name] = str(error)
        except OSError as error:
            raise explain_os_error(error, data_dir) from error
        if progress:
            progress(name, done, len(chosen))
    return report


def _fetch(entry: Entry, name: str, folder: Path, fetcher: Fetcher) -> bool:
    if not entry.url:
        raise SourceError("It has no address", "Add `url` to its file.")
    asked = _document_url(entry.url)
    card = read_card(folder, name) or {}
    if card.get("asked") != asked:
        card = {}  # the corpus names another page now, of which the old one's date says nothing
    page = fetcher.get(asked, card.get("etag", ""), card.get("modified", ""))
    if page is None:
        return False
    text, title = page_text(page)
    text_file, card_file = page_files(folder, name)
    write_whole(text_file, text)
    new = {
        "id": name,
        "asked": asked,
        "url": page.url,
        "title": title,
        "etag": page.etag,
        "modified": page.modified,
    }
    write_whole(card_file, json.dumps(new, ensure_ascii=False, indent=1))
    return True


def _document_url(url: str) -> str:
    """Of a paper's page on arXiv, the PDF: the page itself holds only the abstract."""
    return url.replace("arxiv.org/abs/", "arxiv.org/pdf/")
