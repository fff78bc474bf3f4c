"""The built-in corpus: a tree of Markdown entries that is the map, and the references they cite."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import yaml

from assistant.errors import SourceError
from assistant.loaders.markdown import blocks, clean_heading, plain, table_rows
from assistant.loaders.phrasings import with_phrasings
from assistant.schema import Claim, Document, Entry, Erratum

CORPUS = "built-in corpus"
FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)
_CITED = re.compile(r"\s*\[((?:@[\w:.-]+[;,\uff1b\uff0c\s]*)+)\]")
_ID = re.compile(r"@([\w:.-]+)")
_ERRATUM = re.compile(r"^原笔记\s*[:\uff1a]\s*(.+?)\s*→\s*更正\s*[:\uff1a]\s*(.+)$", re.S)
_FOLDER_NUMBER = re.compile(r"^\d+(?:\.\d+)*-")
_UNQUOTED = {"勘误", "追问"}  # an erratum is shown beside its passage; a question answers nothing


def corpus_folder() -> Path:
    """Where the corpus of this checkout lies."""
    return Path(__file__).resolve().parents[2] / "corpus"


def load_corpus(folder: Path) -> Document:
    """Load notes and references; entries in the order of the map, references after them.

    Raises:
        SourceError: A file breaks the contract of an entry; the message names it.
    """
    notes = folder / "notes"
    if not notes.is_dir():
        raise SourceError(f"{notes} does not exist", "Run from a whole checkout of the project.")
    references = {
        entry.id: entry
        for path in sorted((folder / "references").glob("*.md"))
        for entry in [_reference(path, folder)]
    }
    urls = {reference: entry.url for reference, entry in references.items()}
    entries: list[Entry] = []
    _walk(notes, (), "", folder, urls, entries)
    entries = [with_phrasings(entry, folder) for entry in entries]
    owners: dict[str, Entry] = {}
    for entry in entries:
        for reference in entry.references:
            owners.setdefault(reference, entry)
    for reference, entry in references.items():
        if (owner := owners.get(reference)) is None:
            continue  # nothing on the map leads to it
        entries.append(
            entry.model_copy(
                update={
                    "id": f"references/{reference}",
                    "path": (*owner.path, entry.title),
                    "owner": owner.id,
                }
            )
        )
    return Document(source=CORPUS, sha256=corpus_digest(folder), entries=tuple(entries))


def corpus_files(folder: Path) -> list[Path]:
    """The files that entries and references come from, in a fixed order."""
    return sorted([*folder.rglob("*.md"), *(folder / "phrasings").rglob("*.txt")])


def corpus_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files that the entries come from."""
    digest = hashlib.sha256()
    for path in corpus_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def children_of(folder: Path) -> dict[str, Path]:
    """What lies in a folder of the map, by the last part of its id."""
    return {
        _FOLDER_NUMBER.sub("", child.stem if child.is_file() else child.name): child
        for child in sorted(folder.iterdir())
        if child.is_dir() or (child.suffix == ".md" and child.name != "_index.md")
    }


def _walk(
    folder: Path,
    path: tuple[str, ...],
    prefix: str,
    root: Path,
    urls: dict[str, str],
    entries: list[Entry],
) -> None:
    children = children_of(folder)
    order = list(children)
    index = folder / "_index.md"
    if index.exists():
        front, body, offset = front_matter(index)
        entry = _entry(index, root, front, body, offset, prefix, path, urls)
        if prefix:
            entries.append(entry)
            path = entry.path
        listed = [str(name) for name in front.get("order") or []]
        order = [n for n in listed if n in children] + [n for n in order if n not in listed]
    elif prefix:
        raise SourceError(f"{folder} has no _index.md", "Every folder of the map needs one.")
    for name in order:
        child = children[name]
        identity = f"{prefix}/{name}" if prefix else name
        if child.is_dir():
            _walk(child, path, identity, root, urls, entries)
        else:
            front, body, offset = front_matter(child)
            entries.append(_entry(child, root, front, body, offset, identity, path, urls))


def front_matter(path: Path) -> tuple[dict[str, Any], str, int]:
    """The front matter of a file, the text after it, and the place where that begins.

    Raises:
        SourceError: It has none, or one without a title.
    """
    text = path.read_text(encoding="utf-8")
    match = FRONT.match(text)
    if not match:
        raise SourceError(f"{path} has no front matter", "Start it with --- title: … ---.")
    try:
        front = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise SourceError(f"The front matter of {path} is no YAML: {error}", "Mend it.") from error
    if not isinstance(front, dict) or not front.get("title"):
        raise SourceError(f"The front matter of {path} has no title", "Add `title: …`.")
    return front, text[match.end() :], match.end()


def names_in(front: dict[str, Any], key: str) -> tuple[str, ...]:
    """The names under a key: `aliases`, or `misspellings`, which link too but aren't to be read."""
    return tuple(str(name) for name in front.get(key) or ())


def _entry(
    path: Path,
    root: Path,
    front: dict[str, Any],
    body: str,
    offset: int,
    identity: str,
    above: tuple[str, ...],
    urls: dict[str, str],
) -> Entry:
    name = str(front["title"])
    at = max(path.read_text(encoding="utf-8").find(name), 0)
    claims: list[Claim] = []
    errata: list[Erratum] = []
    part = sub = ""
    for block in blocks(body, offset):
        if block.level:
            title = clean_heading(block.text)[0]
            part, sub = (title, "") if block.level <= 2 else (part, title)
            continue
        cited = tuple(i for group in _CITED.findall(block.text) for i in _ID.findall(group))
        text = plain(_CITED.sub("", block.text))
        if part == "勘误":
            if match := _ERRATUM.match(text):
                errata.append(
                    Erratum(entry=identity, claim=match[1], correction=match[2], references=cited)
                )
            continue
        if part in _UNQUOTED or not text:
            continue
        url = next((urls[i] for i in cited if urls.get(i)), "")
        heading = f"{part} › {sub}" if sub else part
        for row in table_rows(block) or [block]:
            text = plain(_CITED.sub("", row.text))
            claims.append(Claim(text=text, start=row.start, end=row.end, part=heading, url=url))
    return Entry(
        id=identity,
        path=(*above, name),
        aliases=(*names_in(front, "aliases"), *names_in(front, "misspellings")),
        references=tuple(str(r) for r in front.get("references") or ()),
        claims=tuple(claims),
        errata=tuple(errata),
        file=path.relative_to(root).as_posix(),
        start=at,
        end=at + len(name),
    )


def _reference(path: Path, root: Path) -> Entry:
    front, body, offset = front_matter(path)
    claims = []
    part = anchor = ""
    url = str(front.get("url") or "")
    for block in blocks(body, offset):
        if block.level:
            part, anchor = clean_heading(block.text)
        elif text := plain(block.text):
            at = f"{url}#{anchor}" if anchor and not url else url
            claims.append(Claim(text=text, start=block.start, end=block.end, part=part, url=at))
    return Entry(
        id=str(front.get("id") or path.stem),
        path=(str(front["title"]),),
        kind="reference",
        claims=tuple(claims),
        file=path.relative_to(root).as_posix(),
        url=url,
    )
