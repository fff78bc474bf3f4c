"""A run: what was measured, under what, and every item of it. One file each in `DATA_DIR/runs`."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import ZhituError, explain_os_error
from assistant.files import write_whole
from assistant.schema import Leg
from evals.classes import Bin
from evals.metrics import Estimate

RunKind = Literal["retrieval", "support", "grading", "answers", "rgb"]
LAST = "last"


class RunError(ZhituError):
    """A run is not there, or its file is damaged."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Found(_Value):
    """A hit as a run keeps it."""

    entry: str
    path: tuple[str, ...]
    score: float
    chunk: str
    linked: bool = False  # the question names this entry
    legs: dict[str, Leg] = Field(default_factory=dict)


class Wanted(_Value):
    """A right entry, and where the search had it; `rank` None: not among its first hundred."""

    entry: str
    path: tuple[str, ...]
    rank: int | None = None
    legs: dict[str, Leg] = Field(default_factory=dict)


class Item(_Value):
    """One question of a run. Of a held-out set only id, kind, section and measures are kept."""

    id: str
    q: str = ""
    kind: str
    section: str = ""
    cluster: str = ""  # items of one cluster are drawn again together; empty: it stands alone
    measures: dict[str, float]
    latency_ms: float | None = None


class RetrievalItem(Item):
    """What a search found for a question."""

    wanted: tuple[Wanted, ...] = ()
    hits: tuple[Found, ...] = ()


class JudgedItem(Item):
    """What a judge said of one pair: `q` is the sentence or answer, `against` passage or point."""

    against: str = ""
    expected: str
    given: str
    chances: dict[str, float] = Field(default_factory=dict)


class Said(_Value):
    """A sentence of an answer, and whether its citations hold in the sense of `citations.py`."""

    text: str
    status: str
    citations: tuple[int, ...] = ()
    holds: bool | None = None  # None: it was written, and not shown
    precise: tuple[bool, ...] = ()  # one a citation


class AnswerItem(Item):
    """What was answered to a question. Counts are kept of a held-out set too, texts are not."""

    answerable: bool
    refused: bool
    statuses: dict[str, int] = Field(default_factory=dict)  # sentences by what the check said
    answer: str = ""
    sentences: tuple[Said, ...] = ()
    verdicts: dict[str, str] = Field(default_factory=dict)  # key point → verdict
    stated: tuple[str, ...] = ()  # of what must not be said


class Confusion(_Value):
    """Counts: a row for what is right, a column for what was given."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Configuration(_Value):
    """One search with one embedder, or one judge: its measures over the whole set and by group."""

    name: str
    settings: dict[str, Any]
    fingerprint: str  # of the Settings in force; see Settings.fingerprint
    metrics: dict[str, Estimate]
    groups: dict[str, dict[str, dict[str, Estimate]]]  # kind | section → group → measure
    latency_ms: dict[str, float] = Field(default_factory=dict)  # p50, p95, and what it is of
    confusion: Confusion | None = None
    reliability: tuple[Bin, ...] = ()
    items: tuple[RetrievalItem | JudgedItem | AnswerItem | Item, ...] = ()


class Run(_Value):
    """One evaluation: its circumstances, and one configuration or several on the same items."""

    id: str
    kind: RunKind
    set: str
    started: datetime  # UTC
    seconds: float
    settings: dict[str, Any]  # options of the run: k, sample, section …
    index: dict[str, Any]  # the generation asked, with the hash of what it holds; empty: none
    embedder: str = ""
    model: str = "none"  # that wrote what is judged
    judge: str = ""  # that judged
    machine: dict[str, Any]
    notes: tuple[str, ...] = ()  # what a reader must know of this run
    configurations: tuple[Configuration, ...] = Field(min_length=1)

    def configuration(self, name: str = "") -> Configuration:
        """The one of that name; without a name the first.

        Raises:
            RunError: There is none.
        """
        for one in self.configurations:
            if name in ("", one.name):
                return one
        known = ", ".join(one.name for one in self.configurations)
        raise RunError(f"Run {self.id} has no configuration {name!r}", f"It has: {known}.")

    def without_items(self) -> Run:
        """The figures alone, for lists of many runs."""
        bare = tuple(one.model_copy(update={"items": ()}) for one in self.configurations)
        return self.model_copy(update={"configurations": bare})


def new_id(kind: str, started: datetime) -> str:
    """An id that sorts by time: `20261124-103812-retrieval-3f2a`."""
    return f"{started.astimezone(UTC):%Y%m%d-%H%M%S}-{kind}-{secrets.token_hex(2)}"


class RunStore:
    """The runs of a data folder. Files are whole or not there; a damaged one hides no other."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "runs"
        self._seen: dict[Path, tuple[int, Run]] = {}  # with time of change: a page lists often

    def save(self, run: Run) -> Path:
        """Keep a run; returns its file.

        Raises:
            DataFolderError: The folder can't be written to.
        """
        path = self.folder / f"{run.id}.json"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, run.model_dump_json() + "\n")
        except OSError as error:
            raise explain_os_error(error, self.folder) from error
        return path

    def all(self, kind: str = "") -> list[Run]:
        """All runs that can be read, newest first, without their items."""
        return [
            run for run in self._each().values() if isinstance(run, Run) and kind in ("", run.kind)
        ]

    def damaged(self) -> dict[Path, RunError]:
        """The files that can't be read, and why."""
        return {path: run for path, run in self._each().items() if isinstance(run, RunError)}

    def load(self, reference: str, kind: str = "") -> Run:
        """The run that is meant.

        Args:
            reference: `last`, an id, its beginning or end, or the path of a file.
            kind: Look only among runs of this kind.

        Raises:
            RunError: None is, or several are, or its file is damaged.
        """
        if reference != LAST and Path(reference).is_file():
            return _read(Path(reference))
        ids = [path.stem for path in self._files()]
        meant = [i for i in ids if i.startswith(reference) or i.endswith(f"-{reference}")]
        if reference in ids:
            meant = [reference]
        if reference == LAST:
            found = self.all(kind)
            if not found:
                raise RunError(
                    f"There is no {kind + ' ' if kind else ''}run yet in {self.folder}",
                    f"Make one with `zhitu eval {kind or 'retrieval'}`.",
                )
            meant = [found[0].id]
        if len(meant) == 1:
            return _read(self.folder / f"{meant[0]}.json")
        if meant:
            raise RunError(f"{len(meant)} runs are called {reference}…", "Give more of the id.")
        raise RunError(f"No run is called {reference!r}", "`zhitu eval list` shows what there is.")

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"), reverse=True)

    def _each(self) -> dict[Path, Run | RunError]:
        found: dict[Path, Run | RunError] = {}
        for path in self._files():
            try:
                changed = path.stat().st_mtime_ns
                if self._seen.get(path, (0,))[0] != changed:
                    self._seen[path] = (changed, _read(path).without_items())
                found[path] = self._seen[path][1]
            except RunError as error:
                found[path] = error
            except FileNotFoundError:
                continue  # deleted meanwhile
        return found


def _read(path: Path) -> Run:
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RunError(f"{path} can't be read: {error}", "Check the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][:3]) or "JSON"
        raise RunError(
            f"{path} is no run, or a damaged one: {place}: {first['msg']}",
            "Delete it, and run the evaluation again.",
        ) from error
