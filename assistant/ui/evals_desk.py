"""What the Evals tab does on the server: one run at a time in a thread, and the runs that are kept.

`evals` is imported when something is asked for, so that the page starts without it.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.config import SearchName
from assistant.errors import UsageError, ZhituError
from assistant.ui.desk import Desk, Failure

if TYPE_CHECKING:
    from evals.runs import Run, RunStore

SEARCHES: tuple[SearchName, ...] = ("dense", "bm25", "fused", "taxonomy")  # what each one adds

log = logging.getLogger(__name__)


class Asked(BaseModel):
    """What the page wants to have measured."""

    model_config = ConfigDict(frozen=True)

    set: str = Field(max_length=80)
    searches: tuple[SearchName, ...] = Field(min_length=1)
    section: str = Field(default="", max_length=400)
    sample: int | None = Field(default=None, ge=1, le=100_000)


class Job(BaseModel):
    """The run under way, or how the last one ended."""

    model_config = ConfigDict(frozen=True)

    running: bool = False
    stopping: bool = False
    stopped: bool = False  # the last one was, and nothing of it is kept
    what: str = ""
    done: int = 0
    total: int = 0
    run: str = ""  # id of the last one that was finished
    failure: Failure | None = None


class EvalDesk:
    """The evaluations behind all browser tabs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._store: RunStore | None = None
        self.job = Job()

    @property
    def data_dir(self) -> Path:
        """Where runs and the learner's own questions lie."""
        return self._desk.assistant().settings.data_dir

    @property
    def store(self) -> RunStore:
        """The runs that are kept; one object, since it remembers what it has read."""
        from evals.runs import RunStore

        if self._store is None:
            self._store = RunStore(self.data_dir)
        return self._store

    def start(self, asked: Asked) -> Job:
        """Begin to measure; returns at once.

        Raises:
            UsageError: Another run is under way.
        """
        with self._lock:
            if self.job.running:
                raise UsageError("A run is under way", "Wait until it is finished, or cancel it.")
            self._stop = stop = threading.Event()
            self.job = Job(running=True, run=self.job.run)
        arguments = (asked, stop)
        threading.Thread(target=self._run, args=arguments, name="zhitu-eval", daemon=True).start()
        return self.job

    def cancel(self) -> Job:
        """Stop the run under way at its next question."""
        with self._lock:
            self._stop.set()
            if self.job.running:
                self.job = self.job.model_copy(update={"stopping": True})
        return self.job

    def _run(self, asked: Asked, stop: threading.Event) -> None:
        from evals import retrieval
        from evals.circumstances import StoppedError, Watch

        last = self.job.run
        try:
            chosen = tuple(name for name in SEARCHES if name in asked.searches)
            options = retrieval.Options(
                set=asked.set, searches=chosen, section=asked.section, sample=asked.sample
            )
            watch = Watch(self._progress, stop.is_set)
            made = retrieval.run(self._desk.assistant(), options, watch)
            watch.step("", 1, 1)  # stopped while the intervals were worked out
            self.store.save(made)
            ended = Job(run=made.id)
        except StoppedError:
            ended = Job(run=last, stopped=True)
        except Exception as error:  # a thread has nobody to raise to: the page shows it
            if not isinstance(error, ZhituError):
                log.exception("An evaluation failed")
            ended = Job(run=last, failure=Failure.of(error))
        with self._lock:
            self.job = ended

    def _progress(self, what: str, done: int, total: int) -> None:
        with self._lock:
            self.job = self.job.model_copy(update={"what": what, "done": done, "total": total})

    def sets(self) -> list[dict[str, Any]]:
        """The sets to choose from, and how many questions are the learner's own."""
        from evals import gold
        from evals.own import OWN, own_rows

        names = [*gold.names("retrieval"), OWN]
        own = len(own_rows(self.data_dir))
        return [
            {"name": n, "held_out": gold.held_out(n), "n": own if n == OWN else None} for n in names
        ]

    def runs(self) -> list[dict[str, Any]]:
        """A line a run, newest first."""
        from evals.tables import main_measure

        lines = []
        for run in self.store.all():
            main = main_measure(run)
            best = max(
                (one for one in run.configurations if main in one.metrics),
                key=lambda one: one.metrics[main].value,
                default=None,
            )
            lines.append(
                {
                    "id": run.id,
                    "kind": run.kind,
                    "set": run.set,
                    "started": run.started.isoformat(),
                    "section": str(run.settings.get("section") or ""),
                    "names": [one.name for one in run.configurations],
                    "measure": main,
                    "best": best.name if best else "",
                    "score": asdict(best.metrics[main]) if best else None,
                }
            )
        return lines

    def opened(self, reference: str) -> dict[str, Any]:
        """A run with its figures, and what each configuration missed."""
        from evals.gold import held_out
        from evals.tables import main_measure, missed

        run = self._load(reference)
        hidden = held_out(run.set)
        misses = {
            one.name: [] if hidden else [item.model_dump(mode="json") for item in missed(one)]
            for one in run.configurations
        }
        return {
            **run.without_items().model_dump(mode="json"),
            "n": len(run.configurations[0].items),
            "main": main_measure(run),
            "misses": misses,
            "held_out": hidden,
        }

    def compared(self, first: str, second: str) -> dict[str, Any]:
        """What `RUN@CONFIGURATION` second has more than first."""
        from evals.compare import Side, compare

        sides = []
        for reference in (first, second):
            identity, _, name = reference.partition("@")
            run = self._load(identity)
            sides.append(Side(run, run.configuration(name)))
        return asdict(compare(*sides))

    def report(self, reference: str) -> dict[str, str]:
        """The run as one HTML file."""
        from evals import report
        from evals.compare import within

        run = self._load(reference)
        return {"name": f"zhitu-{run.id}.html", "html": report.page(run, within(run))}

    def passage(self, entry: str, chunk: str) -> dict[str, Any]:
        """The text of a hit's passage, as the index holds it now."""
        index = self._desk.assistant().services().index
        rows = [row for span in index.rows([entry]) for row in range(*span)]
        for one in index.chunks(rows):
            if one.id == chunk:
                return {"text": one.text}
        raise UsageError("The passage is no longer in the index", "Run the evaluation again.")

    def _load(self, reference: str) -> Run:
        from evals.runs import RunError

        if "/" in reference or "\\" in reference or not reference:
            # a browser may ask for anything; a path would be read
            raise RunError(f"No run is called {reference!r}", "Choose one from the list.")
        return self.store.load(reference)
