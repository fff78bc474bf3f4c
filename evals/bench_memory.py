"""Resident memory of this process and of its children, as Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def resident() -> int | None:
    """Bytes, files that are mapped counted; None where there is no /proc."""
    if not (_PROC / "self" / "status").is_file():
        return None
    parents = _parents()
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(_resident_of(pid) for pid in family)


def _parents() -> dict[int, int]:
    found: dict[int, int] = {}
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        # the name in brackets may hold blanks and brackets itself
        found[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    return found


def _resident_of(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
