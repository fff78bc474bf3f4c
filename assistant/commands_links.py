"""`zhitu links`: how the entries of the built-in corpus are related, and what says so."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.cli_output import Row, emit

if TYPE_CHECKING:
    from assistant.schema import Entry, Link

# (read from its source, read from its target)
_WORDS = {
    "variant_of": ("is a variant of", "has the variant"),
    "replaced": ("replaced", "was replaced by"),
    "solves": ("solves a problem of", "has a problem solved by"),
    "compared_with": ("compared with", "compared with"),
    "uses": ("uses", "is used by"),
    "part_of": ("is part of", "has the part"),
}


def add_parser(subparsers: Any, common: Callable[[], argparse.ArgumentParser]) -> None:
    """Add `links` to the command line.

    Args:
        subparsers: Where commands are added.
        common: Makes the options that every command has.
    """
    text = "how entries are related: nodes, typed edges, and the bullet that states each"
    made = subparsers.add_parser("links", help=text, description=text, parents=[common()])
    made.add_argument("--entry", metavar="E", help="only this entry and all below it")
    made.set_defaults(run=links)


def links(arguments: argparse.Namespace) -> int:
    """`zhitu links`."""
    from assistant.loaders.corpus import corpus_folder, load_corpus
    from assistant.loaders.links import load_links
    from assistant.mastery import below
    from assistant.taxonomy import Taxonomy

    taxonomy = Taxonomy(load_corpus(corpus_folder()).entries)
    found = load_links(corpus_folder())
    scope = taxonomy.scope(arguments.entry) if arguments.entry else ""
    if scope:
        found = [
            link for link in found if below(link.source, [scope]) or below(link.target, [scope])
        ]
    if arguments.json:
        emit(_document(found, taxonomy.by_id))
    else:
        _show(found, taxonomy.by_id, scope)
    return 0


def _document(found: Sequence[Link], entries: Mapping[str, Entry]) -> Row:
    ends = {end for link in found for end in (link.source, link.target)}
    nodes = [entry for identity, entry in entries.items() if identity in ends]
    return {
        "nodes": [{"id": n.id, "title": n.title, "path": list(n.path)} for n in nodes],
        "edges": [
            {
                "from": link.source,
                "to": link.target,
                "kind": link.kind,
                "entry": link.entry,
                "bullet": _bullet(link, entries),
            }
            for link in found
        ],
    }


def _show(found: Sequence[Link], entries: Mapping[str, Entry], scope: str) -> None:
    """Each entry in the order of the map, and below it the links that leave it.

    Those of one entry alone are told from its side, whichever end it is.
    """
    for identity, entry in entries.items():
        rows = [(link, link.target, 0) for link in found if link.source == identity]
        if identity == scope:
            rows += [(link, link.source, 1) for link in found if link.target == identity]
        elif scope:
            rows = [row for row in rows if row[1] != scope]  # told at the scope's own entry
        if not rows:
            continue
        print(f"{entry.title}  ({identity})")
        for link, other, side in rows:
            title = entries[other].title if other in entries else other
            print(f"    {_WORDS[link.kind][side]} {title}: {_bullet(link, entries)}")


def _bullet(link: Link, entries: Mapping[str, Entry]) -> str:
    """The whole bullet; its beginning where the corpus has no such one, which its check reports."""
    from assistant.loaders.links import bullets_behind

    entry = entries.get(link.entry)
    claims = bullets_behind(link, entry.claims) if entry else []
    return claims[0].text if claims else link.bullet
