"""Relations between entries: `corpus/links.yaml`, one row an edge.

`- {from: ENTRY, to: ENTRY, kind: KIND, bullet: "the first characters of a bullet"}`

The bullet says that the relation holds. It is one of `from` unless `entry` names another.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from assistant.errors import SourceError
from assistant.schema import Claim, Link
from assistant.tokenization import fold

LINKS = "links.yaml"
SYMMETRIC = frozenset({"compared_with"})  # the kinds that read the same from both ends
_POINTS = "要点"
_NAMES = {"from": "source", "to": "target"}


def load_links(folder: Path) -> list[Link]:
    """All relations in their order; none where the corpus has no file of them.

    Raises:
        SourceError: The file is no YAML, or a row breaks the contract; the message says where.
    """
    path = folder / LINKS
    return [link_of(row, path, line) for line, row in link_rows(path)]


def link_rows(path: Path) -> list[tuple[int, Any]]:
    """The rows as they are written, each with its line.

    Raises:
        SourceError: The file is no YAML, or no list.
    """
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        rows = yaml.safe_load(text) or []
    except yaml.YAMLError as error:
        raise SourceError(f"{path} is no YAML: {error}", "Mend it.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8: {error}", "Save it as UTF-8.") from error
    if not isinstance(rows, list):
        raise SourceError(f"{path} holds no list of links", "Begin each with `- {from: …`.")
    nodes = tree.value if tree is not None else []
    return [(node.start_mark.line + 1, row) for node, row in zip(nodes, rows, strict=True)]


def link_of(row: Any, path: Path, line: int) -> Link:
    """One row as a value.

    Raises:
        SourceError: It breaks the contract; the message says where and how.
    """
    where = f"{path}, line {line}"
    if not isinstance(row, dict):
        raise SourceError(f"{where}: {row!r} is no link", "Write `{from: …, to: …, kind: …}`.")
    values = {_NAMES.get(key, key): value for key, value in row.items()}
    values = {"entry": values.get("source"), **values}
    try:
        return Link.model_validate(values)
    except ValidationError as error:
        names = {ours: written for written, ours in _NAMES.items()}
        trouble = "; ".join(
            f"{'.'.join(names.get(str(part), str(part)) for part in one['loc'])}: {one['msg']}"
            for one in error.errors()
        )
        raise SourceError(f"{where}: {trouble}", "Mend it.") from error
    except TypeError as error:  # a key that is no text
        raise SourceError(f"{where}: {error}", "Mend it.") from error


def bullets_behind(link: Link, claims: Iterable[Claim]) -> list[Claim]:
    """What may state a link, among the claims of the entry whose bullet it is; one, where right."""
    begins = fold(link.bullet)
    return [c for c in claims if c.part == _POINTS and fold(c.text).startswith(begins)]
