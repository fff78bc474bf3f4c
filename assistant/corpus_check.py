"""Checks the built-in corpus against its contract. Every finding has a file and a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.corpus_check_english import english_troubles
from assistant.corpus_check_links import link_troubles
from assistant.errors import SourceError, ZhituError
from assistant.lexicon import compact
from assistant.loaders.corpus import FRONT, children_of, front_matter, load_corpus
from assistant.loaders.links import LINKS
from assistant.loaders.phrasings import claim_of, phrasing_file, read_phrasings
from assistant.loaders.questions import load_questions, question_files, read_questions
from assistant.schema import Entry

_PARTS = ("要点", "详解", "追问")
_HEADING = re.compile(r"^##\s+(\S+)", re.M)
_CITED = re.compile(r"@([\w:.-]*\w)")
_CITATION = re.compile(r"\[(?:@[\w:.-]+[;,\s]*)+\]")
_QUESTION = re.compile(r"^(?:- |  )id:", re.M)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_MATH = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+?)\$(?!\$)", re.S)
_MIN_QUESTIONS = 4
_SET_BY_KATEX = {"\\lfloor", "\\rfloor", "\\lceil", "\\rceil", "\\arg"}  # not by the converter


@dataclass(frozen=True)
class Finding:
    """One breach of the contract."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True)
class _Note:
    path: Path
    file: str
    text: str
    front: dict[str, object]
    entry: Entry

    def line(self, name: str) -> int:
        """Where a name first stands by itself, not as a part of a longer one."""
        found = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self.text)
        return _line_at(self.text, found.start()) if found else 1


def check_corpus(folder: Path) -> list[Finding]:
    """All findings, by file and line; an empty list is a clean corpus."""
    if broken := list(_unreadable(folder)):
        return broken  # until these are mended nothing can be loaded
    try:
        document = load_corpus(folder)
    except ZhituError as error:
        return [Finding("corpus", 1, error.found)]
    notes = [_note(folder, entry) for entry in document.entries if entry.kind == "note"]
    references = {path.stem: path for path in (folder / "references").glob("*.md")}
    findings = [
        *_unreachable(folder, notes),
        *(finding for note in notes for finding in _check_note(note, references)),
        *_aliases(notes),
        *_references(folder, notes, references),
        *_questions(folder, notes),
        *_phrasings(folder, notes),
        *_links(folder, notes),
        *_english(folder),
    ]
    return sorted(findings, key=lambda finding: (finding.file, finding.line))


def _line_at(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _unreadable(folder: Path) -> Iterator[Finding]:
    """What keeps the loader from reading the corpus at all."""
    for path in sorted((folder / "notes").rglob("*")):
        if path.is_dir() and not (path / "_index.md").exists():
            yield Finding(path.relative_to(folder).as_posix(), 1, "folder without _index.md")
    for path in (*sorted((folder / "notes").rglob("*.md")), *(folder / "references").glob("*.md")):
        file = path.relative_to(folder).as_posix()
        try:
            match = FRONT.match(path.read_text(encoding="utf-8"))
            front = yaml.safe_load(match[1]) if match else None
        except UnicodeDecodeError as error:
            yield Finding(file, 1, f"not UTF-8: byte {error.start}")
        except yaml.YAMLError as error:
            yield Finding(
                file, _yaml_line(error) + 1, f"the front matter is no YAML: {_why(error)}"
            )
        else:
            if match is None:
                yield Finding(file, 1, "no front matter")
            elif not isinstance(front, dict) or not front.get("title"):
                yield Finding(file, 1, "`title` is missing")


def _yaml_line(error: BaseException | None) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _why(error: BaseException | None) -> str:
    return str(getattr(error, "problem", None) or error).split("\n")[0]


def _note(folder: Path, entry: Entry) -> _Note:
    path = folder / entry.file
    front, _, _ = front_matter(path)
    return _Note(path, entry.file, path.read_text(encoding="utf-8"), front, entry)


def _check_note(note: _Note, references: dict[str, Path]) -> Iterator[Finding]:
    is_index = note.path.name == "_index.md"
    pieces = re.split(r"^##\s+(\S+).*$", note.text, flags=re.M)
    parts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    # a folder that is no subject itself may do without; one with 详解 is a whole entry
    if not is_index or "详解" in parts:
        for part in _PARTS:
            if part not in parts:
                yield Finding(note.file, 1, f"part {part} is missing")
            elif not parts[part].strip():
                yield Finding(note.file, note.line(f"## {part}"), f"part {part} is empty")
    used = set(_CITED.findall("".join(_CITATION.findall(note.text))))
    for reference in sorted(used - set(references)):
        yield Finding(note.file, note.line(f"@{reference}"), f"reference {reference} has no file")
    for reference in sorted(used - set(note.entry.references)):
        yield Finding(note.file, note.line(f"@{reference}"), f"{reference} is not in `references`")
    for reference in sorted(set(note.entry.references) - used):
        yield Finding(note.file, note.line(reference), f"reference {reference} is never cited")
    yield from _bullets(note)
    yield from _math(note.file, note.text)
    for match in _LINK.finditer(note.text):
        target = match[1]
        if (
            not target.startswith(("http://", "https://", "#"))
            and not (note.path.parent / target.split("#")[0]).exists()
        ):
            line = _line_at(note.text, match.start())
            yield Finding(note.file, line, f"link {target} leads nowhere")


def _bullets(note: _Note) -> Iterator[Finding]:
    part = ""
    for number, line in enumerate(note.text.split("\n"), 1):
        if heading := _HEADING.match(line):
            part = heading[1]
        elif part == "要点" and line.startswith("- ") and not _CITATION.search(line):
            yield Finding(note.file, number, "claim without a reference")
        elif part == "勘误" and line.startswith("- "):
            if "→" not in line:
                yield Finding(note.file, number, "erratum without `→ 更正`")
            if not _CITATION.search(line):
                yield Finding(note.file, number, "erratum without a reference")


def _math(file: str, text: str) -> Iterator[Finding]:
    for match in _MATH.finditer(text):
        if trouble := latex_trouble(match[1] or match[2]):
            line = _line_at(text, match.start())
            yield Finding(file, line, f"LaTeX doesn't parse: {trouble}")


def latex_trouble(formula: str) -> str:
    """Why a formula can't be set; empty where it can."""
    from latex2mathml.converter import convert

    bare = re.sub(r"\\[\\{}]", "", formula)
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            return "a } too many"
    if depth:
        return "a { is not closed"
    try:
        shown = convert(formula)
    except Exception as error:  # the converter's errors share no base class
        return type(error).__name__
    # an unknown command comes through as text
    unknown = [name for name in re.findall(r"\\[A-Za-z]+", shown) if name not in _SET_BY_KATEX]
    return f"unknown command {unknown[0]}" if unknown else ""


def _aliases(notes: list[_Note]) -> Iterator[Finding]:
    owners: dict[str, _Note] = {}
    for note in notes:
        for name in dict.fromkeys((note.entry.title, *note.entry.aliases)):
            key = compact(name)[0]
            other = owners.setdefault(key, note)
            if other is not note:
                message = f"name {name!r} is also that of {other.entry.id}"
                yield Finding(note.file, note.line(name), message)


def _references(folder: Path, notes: list[_Note], references: dict[str, Path]) -> Iterator[Finding]:
    cited = {reference for note in notes for reference in note.entry.references}
    for name, path in sorted(references.items()):
        file = path.relative_to(folder).as_posix()
        text = path.read_text(encoding="utf-8")
        front, _, _ = front_matter(path)
        if name not in cited:
            yield Finding(file, 1, f"reference {name} is cited nowhere")
        if front.get("id") != name:
            yield Finding(file, 2, f"id {front.get('id')!r} is not the file's name")
        for key in ("title", "authors", "url"):
            if not front.get(key):
                yield Finding(file, 1, f"`{key}` is missing")
        if "{#" not in text:
            yield Finding(file, 1, "no section has an anchor")
        yield from _math(file, text)


def _unreachable(folder: Path, notes: list[_Note]) -> Iterator[Finding]:
    reached = {note.path for note in notes}
    for path in sorted((folder / "notes").rglob("*.md")):
        if path not in reached and path != folder / "notes" / "_index.md":
            yield Finding(path.relative_to(folder).as_posix(), 1, "no folder leads to this entry")
    for note in notes:
        if note.path.name != "_index.md":
            continue
        order = note.front.get("order")
        listed = set(map(str, order if isinstance(order, list) else []))
        names = set(children_of(note.path.parent))
        for name in sorted(names - listed):
            yield Finding(note.file, note.line("order"), f"`order` doesn't list {name}")
        for name in sorted(listed - names):
            yield Finding(note.file, note.line("order"), f"`order` lists {name}, which isn't there")


def _questions(folder: Path, notes: list[_Note]) -> Iterator[Finding]:
    entries = {note.entry.id: note for note in notes}
    seen: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for path in question_files(folder):
        file = path.relative_to(folder).as_posix()
        text = path.read_text(encoding="utf-8", errors="replace")
        lines = [_line_at(text, match.start()) for match in _QUESTION.finditer(text)]
        questions = []
        try:
            for question in read_questions(path):
                questions.append(question)
        except ZhituError as error:
            if isinstance(error.__cause__, yaml.YAMLError):
                cause = error.__cause__
                yield Finding(file, _yaml_line(cause), f"no YAML: {_why(cause)}")
            else:
                line = (lines[len(questions) :] or [1])[0]
                yield Finding(file, line, error.found.removeprefix(f"{path}").lstrip(", "))
        for question, line in zip(questions, lines, strict=False):
            seen[question.id] += 1
            asked.update(question.entries[:1])
            if seen[question.id] == 2:
                yield Finding(file, line, f"question {question.id} stands twice")
            if not 2 <= len(question.points) <= 5:
                yield Finding(file, line, f"{question.id} has {len(question.points)} key points")
            for entry in question.entries:
                if entry not in entries:
                    yield Finding(file, line, f"{question.id}: there is no entry {entry}")
            for point in question.points:
                if _behind(point.bullet, entries.get(point.entry)) != 1:
                    yield Finding(
                        file, line, f"{question.id}: no single bullet begins {point.bullet!r}"
                    )
    for note in notes:
        has_claims = any(claim.part == "要点" for claim in note.entry.claims)
        if has_claims and asked[note.entry.id] < _MIN_QUESTIONS:
            count = asked[note.entry.id]
            yield Finding(
                note.file, 1, f"{count} questions on it, at least {_MIN_QUESTIONS} wanted"
            )


def _phrasings(folder: Path, notes: list[_Note]) -> Iterator[Finding]:
    files = set((folder / "phrasings").rglob("*.txt"))
    for note in notes:
        path = phrasing_file(folder, note.entry.id)
        if path not in files:
            continue
        files.remove(path)
        for line, begin, ways in read_phrasings(path):
            file = path.relative_to(folder).as_posix()
            if claim_of(begin, note.entry) is None:
                yield Finding(file, line, f"no claim begins {begin!r}")
            if not ways:
                yield Finding(file, line, f"no phrasing for {begin!r}")
    for path in sorted(files):
        yield Finding(path.relative_to(folder).as_posix(), 1, "no entry has these phrasings")


def _links(folder: Path, notes: list[_Note]) -> Iterator[Finding]:
    entries = {note.entry.id: note.entry for note in notes}
    for line, message in link_troubles(folder, entries):
        yield Finding(LINKS, line, message)


def _english(folder: Path) -> Iterator[Finding]:
    try:
        bank = {question.id: question for question in load_questions(folder)}
    except SourceError:
        return  # said above
    for path, line, message in english_troubles(folder, bank):
        yield Finding(path.relative_to(folder).as_posix(), line, message)


def _behind(bullet: str, note: _Note | None) -> int:
    """How many bullets of 要点 begin so."""
    if note is None or not bullet:
        return 0
    part, found = "", 0
    for line in note.text.split("\n"):
        if heading := _HEADING.match(line):
            part = heading[1]
        found += part == "要点" and line.startswith(f"- {bullet}")
    return found
