"""An entry as a person reads it: whole, with its place on the map, its references and errata."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict
from rapidfuzz.distance import OSA

from assistant.errors import SourceError
from assistant.lexicon import compact
from assistant.loaders import is_web
from assistant.loaders.corpus import front_matter, names_in
from assistant.loaders.links import SYMMETRIC, bullets_behind
from assistant.loaders.names import split_title
from assistant.markup import Head, Markup, Part
from assistant.own_notes import claims_of, own_parts
from assistant.schema import Chunk, Entry, Erratum, Kind, Link, LinkKind

_ORIGIN, _ERRATA, _ASKED = "出处", "勘误", "追问"
_BULLET = re.compile(r"^[-*]\s+(.+?)\s*$", re.MULTILINE)
_ASKED_PART = re.compile(rf"^##\s+{_ASKED}\s*$(.*?)(?=^##\s|\Z)", re.MULTILINE | re.DOTALL)
_DIGITS = re.compile(r"\d+")
_LONG_NAME = 9  # letters, from which on two slips of the pen leave a name what it was


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Place(_Value):
    """Another entry: where it is, and what it is about, as HTML."""

    id: str
    title: str
    lead: str = ""


class Neighbour(_Value):
    """An entry related to this one; `lead` is the bullet that says how, as HTML.

    `from_here`: this entry is the first of the relation, as in `this one is a variant of that`.
    """

    id: str
    title: str
    kind: LinkKind
    from_here: bool
    lead: str = ""


class Section(_Value):
    """A part of the entry; `title` is text, `html` is safe to show, `heads` stand in it."""

    title: str
    html: str
    heads: tuple[tuple[str, str], ...] = ()  # (id of the element, words as HTML)


class Correction(_Value):
    """An erratum as HTML; `entry` is named where it stands in another source's entry."""

    claim: str
    right: str
    entry: Place | None = None


class FollowUp(_Value):
    """What an interviewer asks next, as it is asked of the notes, and as HTML as it is written.

    `scoped`: it is asked of this entry, for it names no other.
    """

    text: str
    html: str
    scoped: bool


class Cited(_Value):
    """A reference; `n` is its number in the text, or None where no sentence cites it."""

    n: int | None
    id: str
    title: str
    authors: tuple[str, ...] = ()
    year: str = ""
    venue: str = ""
    url: str = ""
    digest: str = ""  # HTML


class Reading(_Value):
    """All that the page shows of one entry."""

    id: str
    title: str
    kind: Kind
    own: bool  # from a file of the learner's
    path: tuple[Place, ...] = ()  # what stands above it
    aliases: tuple[str, ...] = ()
    file: str = ""  # name of the learner's file
    url: str = ""
    sections: tuple[Section, ...] = ()
    errata: tuple[Correction, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    references: tuple[Cited, ...] = ()
    children: tuple[Place, ...] = ()
    siblings: tuple[Place, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    cited_by: tuple[Place, ...] = ()  # of a reference
    about: Cited | None = None  # of a reference: itself
    previous: Place | None = None
    next: Place | None = None


class Library:
    """Opens entries to read.

    Args:
        entries: All entries of the index in reading order, references among them.
        corpus: The folder that the files of the built-in corpus are in.
        names: Ids of the entries that a text names.
        chunks: What the index keeps of the text of an entry, by its id.
        links: The relations between entries.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        corpus: Path,
        names: Callable[[str], Iterable[str]],
        chunks: Callable[[str], Sequence[Chunk]],
        links: Sequence[Link] = (),
    ) -> None:
        self._entries = entries
        self._corpus = corpus
        self._names = names
        self._chunks = chunks
        self._links = links

    def open(self, identity: str) -> Reading:
        """Put an entry together.

        Raises:
            KeyError: No entry has this id.
            SourceError: Its file is gone, or broken.
        """
        entry = next((entry for entry in self._entries if entry.id == identity), None)
        if entry is None:
            raise KeyError(identity)
        markup = Markup(self._reference_files())
        own = _shelf(entry) != ""
        text, slips = ("", ()) if own else self._body(entry.file)
        if own:
            parts = own_parts(entry, claims_of(self._chunks(entry.id)), markup)
        else:
            parts = markup.parts(text)
        errata = tuple(self._errata(entry, markup))  # after the parts: its numbers follow theirs
        asked = tuple(self._follow_ups(entry, text, markup))
        shelf = [e for e in self._entries if e.kind != "reference" and _shelf(e) == _shelf(entry)]
        here = next((i for i, other in enumerate(shelf) if other.id == entry.id), None)
        beside = [e for e in shelf if e.path[:-1] == entry.path[:-1] and e.id != entry.id]
        return Reading(
            id=entry.id,
            title=entry.title,
            kind=entry.kind,
            own=own and entry.kind != "reference",
            path=tuple(self._above(entry)),
            aliases=tuple(_shown_names(entry, slips)),
            file=Path(entry.file).name if own and not is_web(entry.file) else "",
            url=entry.url,
            sections=tuple(_section(p) for p in parts if p.title not in (_ERRATA, _ASKED)),
            errata=errata,
            follow_ups=asked,
            references=tuple(self._references(entry, markup)),
            children=tuple(self._child(e, shelf) for e in shelf if e.path[:-1] == entry.path),
            siblings=() if here is None else tuple(map(_place, beside)),
            neighbours=tuple(self._neighbours(entry)),
            cited_by=tuple(self._cited_by(entry)),
            about=self._cited(_name(entry), None) if entry.kind == "reference" else None,
            previous=_place(shelf[here - 1]) if here else None,
            next=_place(shelf[here + 1]) if here is not None and here + 1 < len(shelf) else None,
        )

    def _child(self, entry: Entry, shelf: Sequence[Entry]) -> Place:
        """An entry with its first claim; of a mere group, what it holds."""
        claims = claims_of(self._chunks(entry.id))
        below = " · ".join(e.title for e in shelf if e.path[:-1] == entry.path)
        if claims and not (below and claims[0].part == _ORIGIN):
            lead = Markup().inline(claims[0].text)
        else:
            lead = Markup().words(below)
        return _place(entry).model_copy(update={"lead": lead})

    def _body(self, file: str) -> tuple[str, tuple[str, ...]]:
        """The text of a file of the corpus, and the names that only people's slips give it."""
        try:
            front, body, _ = front_matter(self._corpus / file)
        except FileNotFoundError as error:
            raise SourceError(
                f"{file} is gone", "Run `zhitu index`, then open it again."
            ) from error
        return body, names_in(front, "misspellings")

    def _reference_files(self) -> set[str]:
        return {path.stem for path in (self._corpus / "references").glob("*.md")}

    def _above(self, entry: Entry) -> Iterable[Place]:
        shelf = "" if entry.kind == "reference" else _shelf(entry)  # it hangs on the map
        for length in range(1, len(entry.path)):
            path = entry.path[:length]
            for other in self._entries:
                if other.path == path and _shelf(other) == shelf:
                    yield _place(other)
                    break

    def _errata(self, entry: Entry, markup: Markup) -> Iterable[Correction]:
        """Those of the entry itself, and of entries of the same name in another source."""
        if entry.kind == "reference":
            return
        key = compact(entry.title)[0]
        named = {other for other in self._names(entry.title) if other != entry.id}
        for other in (entry, *(e for e in self._entries if e.id in named)):
            if other is not entry and (_shelf(other) == _shelf(entry) or not _is_named(other, key)):
                continue
            for erratum in other.errata:
                yield _correction(erratum, markup, None if other is entry else _place(other))

    def _follow_ups(self, entry: Entry, text: str, markup: Markup) -> Iterable[FollowUp]:
        part = _ASKED_PART.search(text)
        for question in _BULLET.findall(part[1]) if part else ():
            named = set(self._names(question))
            scoped = all(_related(other, entry.id) for other in named)
            # on its own `为什么至少两层` names nothing that the notes could be asked about
            name = "" if entry.id in named or not scoped else split_title(entry.title)[0]
            text = f"{name}\uff1a{question}" if name else question
            yield FollowUp(text=text, html=markup.inline(question), scoped=scoped)

    def _references(self, entry: Entry, markup: Markup) -> Iterable[Cited]:
        for name, number in markup.numbers.items():
            yield self._cited(name, number)
        for name in entry.references:
            if name not in markup.numbers and entry.kind != "reference":
                yield self._cited(name, None)

    def _cited(self, name: str, number: int | None) -> Cited:
        path = self._corpus / "references" / f"{name}.md"
        if not path.is_file():
            return Cited(n=number, id=name, title=name)
        front, body, _ = front_matter(path)
        return Cited(
            n=number,
            id=name,
            title=str(front["title"]),
            authors=tuple(map(str, front.get("authors") or ())),
            year=str(front.get("year") or ""),
            venue=str(front.get("venue") or ""),
            url=str(front.get("url") or ""),
            digest=Markup().block(body, shift=2),
        )

    def _neighbours(self, entry: Entry) -> Iterable[Neighbour]:
        """In the order of the relations' kinds, and of each kind those from here first."""
        there = {e.id: e for e in self._entries}
        kinds = get_args(LinkKind)
        found = [link for link in self._links if entry.id in (link.source, link.target)]
        for link in sorted(found, key=lambda li: (kinds.index(li.kind), li.source != entry.id)):
            from_here = link.source == entry.id
            other = there.get(link.target if from_here else link.source)
            if other is None:
                continue  # the index doesn't hold it
            said = bullets_behind(link, claims_of(self._chunks(link.entry)))
            yield Neighbour(
                id=other.id,
                title=other.title,
                kind=link.kind,
                from_here=from_here or link.kind in SYMMETRIC,
                lead=Markup().inline(said[0].text) if said else "",
            )

    def _cited_by(self, entry: Entry) -> Iterable[Place]:
        if entry.kind == "reference":
            yield from (_place(e) for e in self._entries if _name(entry) in e.references)


def _shelf(entry: Entry) -> str:
    """The source that an entry stands in: empty for the corpus, else the learner's file."""
    return entry.file if is_web(entry.file) or Path(entry.file).is_absolute() else ""


def _name(entry: Entry) -> str:
    """The name of a reference: `references/NAME`, or `references/NAME/page` where it is fetched."""
    return entry.id.split("/")[1] if "/" in entry.id else entry.id


def _place(entry: Entry) -> Place:
    return Place(id=entry.id, title=entry.title)


def _section(part: Part) -> Section:
    heads: tuple[Head, ...] = part.heads
    return Section(title=part.title, html=part.html, heads=tuple((h.id, h.html) for h in heads))


def _correction(erratum: Erratum, markup: Markup, entry: Place | None) -> Correction:
    right = markup.inline(erratum.correction) + markup.marks(erratum.references)
    return Correction(claim=markup.inline(erratum.claim), right=right, entry=entry)


def _is_named(entry: Entry, key: str) -> bool:
    return any(compact(name)[0] == key for name in (entry.title, *entry.aliases))


def _related(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _shown_names(entry: Entry, slips: Sequence[str]) -> Iterable[str]:
    """The aliases worth reading: not those that only catch another spelling or a slip."""
    shown, in_brackets = split_title(entry.title)
    kept = [compact(name)[0] for name in (entry.title, shown, *in_brackets)]
    for alias in entry.aliases:
        key = compact(alias)[0]
        if alias not in slips and not any(_is_spelling_of(key, other) for other in kept):
            kept.append(key)
            yield alias


def _is_spelling_of(key: str, other: str) -> bool:
    if key == other:
        return True
    shorter = min(len(key), len(other))
    if not (key + other).isascii() or shorter < 4 or _DIGITS.findall(key) != _DIGITS.findall(other):
        return False
    return OSA.distance(key, other) <= (2 if shorter >= _LONG_NAME else 1)
