"""The tree of entries as the page shows it, and example questions that these notes can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from assistant.schema import Entry, Language

EXAMPLES_SHOWN = 6

# (entries that must exist, each by any of its names; the question in Chinese, in English)
_CHOSEN: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("ResNet",), "ResNet 为什么能缓解梯度消失？", "Why does ResNet ease vanishing gradients?"),
    (("WGAN", "LSGAN"), "比较 WGAN 和 LSGAN", "Compare WGAN and LSGAN"),
    (("KL|KL散度|KL 散度",), "KL 散度为什么不是距离？", "Why is KL divergence not a distance?"),
    (("GRU", "LSTM"), "GRU 和 LSTM 的门有什么不同？", "How do the gates of GRU and LSTM differ?"),
    (("MobileNet",), "MobileNet 为什么又小又快？", "What makes MobileNet small and fast?"),
    (("RetinaNet",), "RetinaNet 为什么用 Focal Loss？", "Why does RetinaNet use focal loss?"),
)


class Node(BaseModel):
    """An entry in the scope selector."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    depth: int  # 0 for a section
    path: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    source: str = ""  # name of the learner's own file; the built-in corpus has none


class Outline(BaseModel):
    """All entries in reading order, and questions to begin with."""

    model_config = ConfigDict(frozen=True)

    nodes: tuple[Node, ...] = ()
    examples: dict[Language, tuple[str, ...]] = {}


def outline_of(entries: Sequence[Entry]) -> Outline:
    """Make the outline of `entries`; references are no place of the map and are left out."""
    places = [entry for entry in entries if entry.kind != "reference"]
    return Outline(
        nodes=tuple(
            Node(
                id=entry.id,
                title=entry.title,
                depth=len(entry.path) - 1,
                path=entry.path,
                aliases=entry.aliases,
                source=Path(entry.file).name if Path(entry.file).is_absolute() else "",
            )
            for entry in places
        ),
        examples={"zh": _examples(places, "zh"), "en": _examples(places, "en")},
    )


def _examples(entries: Sequence[Entry], language: Language) -> tuple[str, ...]:
    """Questions about entries that exist: chosen ones first, then one a section, then the rest."""
    questions = dict.fromkeys(chain(_chosen(entries, language), _made(entries, language)))
    return tuple(questions)[:EXAMPLES_SHOWN]


def _chosen(entries: Sequence[Entry], language: Language) -> Iterator[str]:
    known = {name.casefold() for entry in entries for name in (entry.title, *entry.aliases)}
    for needed, chinese, english in _CHOSEN:
        if all(known.intersection(names.casefold().split("|")) for names in needed):
            yield chinese if language == "zh" else english


def _made(entries: Sequence[Entry], language: Language) -> Iterator[str]:
    subjects = [entry for entry in entries if entry.claims]
    if language == "en":  # a Chinese title inside an English sentence helps nobody
        subjects = [entry for entry in subjects if entry.title.isascii()]
    first_of_section: dict[str, Entry] = {}
    for entry in subjects:
        first_of_section.setdefault(entry.path[0], entry)
    for entry in first_of_section.values():
        if language == "zh":
            yield f"{_spaced(entry.title)}的核心思想是什么？"
        else:
            yield f"What is {entry.title} about?"
    for one, two in pairwise(subjects):
        if one.path[:-1] == two.path[:-1]:
            if language == "zh":
                yield f"{_spaced(one.title)}和 {_spaced(two.title)}有什么区别？"
            else:
                yield f"How do {one.title} and {two.title} differ?"


def _spaced(title: str) -> str:
    """Chinese sets a blank between its own characters and Latin ones, and none elsewhere."""
    return f"{title} " if title[-1].isascii() else title
