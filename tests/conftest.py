"""Fixtures: a data folder with a small index, made with a fake embedder or with the real one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import NOTES, HashEmbedder, use_corpus, use_embedder, write_corpus

from assistant.config import Settings, load_settings
from assistant.model_store import ModelStore
from assistant.pipeline import Assistant

TESTS = Path(__file__).parent

MakeAssistant = Callable[..., Assistant]
RunCli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A developer's own zhitu.toml and ZHITU_* must not change a test; the models are theirs."""
    for name in [n for n in os.environ if n.startswith("ZHITU_") and n != "ZHITU_MODELS_DIR"]:
        monkeypatch.delenv(name)
    nothing_set = tmp_path_factory.getbasetemp() / "zhitu.toml"
    nothing_set.touch()
    monkeypatch.setenv("ZHITU_CONFIG", str(nothing_set))


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A small outline of notes."""
    path = tmp_path / "notes.txt"
    path.write_text(NOTES, encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small built-in corpus in the place of the real one."""
    folder = write_corpus(tmp_path / "corpus")
    use_corpus(folder, monkeypatch.setattr)
    return folder


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> HashEmbedder:
    """The fake embedder that every Assistant of this test opens."""
    fake = HashEmbedder()
    use_embedder(fake, monkeypatch.setattr)
    return fake


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that isn't there yet."""
    return tmp_path / "data"


@pytest.fixture
def make(data: Path, corpus: Path, embedder: HashEmbedder) -> Iterator[MakeAssistant]:
    """Builds Assistants with the fake embedder; all are closed at the end."""
    made: list[Assistant] = []

    def build(data_dir: Path = data, **settings: object) -> Assistant:
        given = {"data_dir": data_dir, "model": "none", **settings}
        made.append(Assistant(load_settings(**given)))
        return made[-1]

    yield build
    for assistant in made:
        assistant.close()


@pytest.fixture
def asked(make: MakeAssistant, notes: Path) -> Assistant:
    """An Assistant whose index holds the small notes alone."""
    assistant = make()
    assistant.index(files=[str(notes)], corpus=False)
    return assistant


@pytest.fixture
def cli(corpus: Path) -> RunCli:
    """Runs `zhitu` with the fake embedder in a process of its own."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, TESTS / "fake_cli.py", *map(str, arguments)],
            env={**os.environ, "FAKE_CORPUS": str(corpus), **environment},
            capture_output=True,
            text=True,
            encoding=environment.get("PYTHONIOENCODING", "utf-8"),
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def real_settings() -> Settings:
    """Settings under which the real embedder is there; without it the test is skipped."""
    settings = load_settings(model="none")
    store = ModelStore(settings.models_dir)
    if not store.ready(settings.embedder):
        pytest.skip(f"{settings.embedder} is not in {settings.models_dir}: run `zhitu models pull`")
    return settings


@pytest.fixture(scope="session")
def real(real_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An Assistant with the real embedder over the small notes; shared, so read only."""
    with pytest.MonkeyPatch.context() as patch:
        assistant = _over_small_notes(real_settings, tmp_path_factory.mktemp("real"), patch)
    yield assistant
    assistant.close()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The same with the fake embedder; shared, so read only."""
    with pytest.MonkeyPatch.context() as patch:
        use_embedder(HashEmbedder(), patch.setattr)
        settings = load_settings(model="none")
        assistant = _over_small_notes(settings, tmp_path_factory.mktemp("shared"), patch)
    yield assistant
    assistant.close()


def _over_small_notes(settings: Settings, folder: Path, patch: pytest.MonkeyPatch) -> Assistant:
    use_corpus(write_corpus(folder / "corpus"), patch.setattr)
    (folder / "notes.txt").write_text(NOTES, encoding="utf-8")
    assistant = Assistant(settings.model_copy(update={"data_dir": folder / "data"}))
    assistant.index(files=[str(folder / "notes.txt")], corpus=False)
    assistant.services()
    return assistant
