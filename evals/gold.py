"""The gold sets by name: `retrieval.dev` and the like in `evals/gold`, and the learner's `own`.

What the rows mean stands in `evals/gold/README.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import UsageError
from evals.own import OWN, own_path
from evals.rows import ROWS, GoldError, R, RetrievalRow, read_rows

GOLD = Path(__file__).resolve().parent / "gold"
SAMPLE_SEED = 7


def held_out(name: str) -> bool:
    """Whether the rows of this set are run and never looked at."""
    return name.endswith(".test")


def names(kind: str) -> list[str]:
    """The sets of one kind that are there: `retrieval.dev`, `retrieval.test`."""
    return sorted(path.stem for path in GOLD.glob(f"{kind}.*.jsonl"))


def load(name: str, row: type[R], data_dir: Path) -> list[R]:
    """Read a set.

    Args:
        name: As `names` gives it, or `own`.
        row: What the rows must be: one of `ROWS`.
        data_dir: Where the learner's own questions lie.

    Raises:
        UsageError: There is no such set, or it is one of another kind.
        GoldError: The set is not on this machine, is empty, or a row is damaged.
    """
    own = issubclass(row, RetrievalRow)
    if name == OWN and own:
        rows = read_rows(own_path(data_dir), row)
        if not rows:
            raise GoldError(
                "You have no questions of your own yet",
                "Add one under an answer in the page: what should have been found.",
            )
        return rows
    if not GOLD.is_dir():
        raise GoldError(
            f"The gold sets are not here: there is no folder {GOLD}",
            "Run it from a checkout of the repository; an installed package knows `own` only.",
        )
    kind = next(kind for kind, model in ROWS.items() if model is row)
    known = names(kind)
    if name not in known:
        offered = ", ".join([*known, *([OWN] if own else [])])
        hint = " A seed set is judged by fragments: `make bench`." if "seed" in name else ""
        raise UsageError(f"No {kind} set is called {name!r}", f"There are: {offered}.{hint}")
    return read_rows(GOLD / f"{name}.jsonl", row)


def sample(rows: Sequence[R], size: int | None, seed: int = SAMPLE_SEED) -> list[R]:
    """`size` rows, in their order: always the same ones, and a larger sample holds the smaller."""
    if size is None or size >= len(rows):
        return list(rows)
    by_chance = sorted(rows, key=lambda r: hashlib.sha256(f"{seed}:{r.id}".encode()).digest())
    chosen = {row.id for row in by_chance[:size]}
    return [row for row in rows if row.id in chosen]
