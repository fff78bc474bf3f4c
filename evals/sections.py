"""Sections of the map: which one a question belongs to, and which one `--section` means."""

from __future__ import annotations

from assistant.parts import Services


def section_id(services: Services, wanted: str) -> str:
    """The entry that is meant by an id, a title, an alias, or a section's number from 1.

    Raises:
        UsageError: No entry has that name; the message offers near ones.
    """
    sections = list(dict.fromkeys(e.id.partition("/")[0] for e in services.taxonomy.entries))
    if wanted.isdecimal() and 1 <= int(wanted) <= len(sections):
        return sections[int(wanted) - 1]
    return services.taxonomy.scope(wanted)


def inside(entry: str, scope: str) -> bool:
    """Whether an entry is the scope or lies below it."""
    return f"{entry}/".startswith(f"{scope}/")


def titles(services: Services) -> dict[str, str]:
    """The title of its section, for each entry of the index by id."""
    return {entry.id: entry.path[0] for entry in services.index.entries}
