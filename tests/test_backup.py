"""A data folder as one file and back: whole, or not at all."""

from __future__ import annotations

import io
import json
import random
import sqlite3
import tarfile
import threading
from pathlib import Path

import pytest
from conftest import MakeAssistant
from filelock import FileLock
from store_kit import NOW, attempt, card, review

from assistant.backup import back_up, restore
from assistant.cli import main
from assistant.errors import DataFolderError, SourceError
from assistant.pipeline import Assistant
from assistant.store import Store

QUESTION = "捷径怎样缓解梯度消失"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture
def saved(asked: Assistant, data: Path, tmp_path: Path) -> Path:
    """A backup of the small index, which is closed."""
    asked.close()
    target = tmp_path / "saved.tar.gz"
    size = back_up(data, target)
    assert size == target.stat().st_size > 0
    return target


def test_a_backup_comes_back_whole_in_another_place(
    saved: Path, data: Path, tmp_path: Path, make: MakeAssistant
) -> None:
    other = tmp_path / "elsewhere" / "data"
    count = restore(saved, other)
    assert contents(other) == contents(data)
    assert count == len(contents(data))
    assert make(other).search(QUESTION) == make(data).search(QUESTION)
    assert make(other).ingestion.sources() == make(data).ingestion.sources()


def test_restoring_takes_the_place_of_what_was_there(
    saved: Path, data: Path, notes: Path, make: MakeAssistant
) -> None:
    before = contents(data)
    notes.write_text("1 甲\n    乙\n        丙丁\n2 戊\n    己\n        庚辛\n", encoding="utf-8")
    changed = make()
    changed.index()
    changed.close()
    (data / "later.txt").write_text("made after the backup")
    restore(saved, data)
    assert contents(data) == before
    assert make().search(QUESTION)[0].path[-1] == "ResNet"
    assert not list(data.parent.glob("data.*"))  # neither .restoring nor .before is left


def test_a_backup_is_made_while_the_index_answers(
    asked: Assistant, data: Path, tmp_path: Path, make: MakeAssistant
) -> None:
    before = asked.search(QUESTION)
    back_up(data, tmp_path / "b.tar.gz")
    assert asked.search(QUESTION) == before
    restore(tmp_path / "b.tar.gz", tmp_path / "copy")
    assert make(tmp_path / "copy").search(QUESTION) == before


def test_a_backup_into_the_data_folder_does_not_hold_itself(asked: Assistant, data: Path) -> None:
    asked.close()
    target = data / "own.tar.gz"
    back_up(data, target)
    back_up(data, target)
    with tarfile.open(target) as tar:
        names = tar.getnames()
    assert "own.tar.gz.part" not in names
    assert "index/current.json" in names


def test_without_an_index_there_is_nothing_to_back_up(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="holds no index.*zhitu index"):
        back_up(data, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


def test_while_an_index_run_is_at_work_both_wait_for_it(
    saved: Path, data: Path, tmp_path: Path
) -> None:
    before, kept = contents(data), saved.read_bytes()
    with FileLock(data / ".lock"):
        with pytest.raises(DataFolderError, match="at work"):
            back_up(data, saved)
        with pytest.raises(DataFolderError, match="at work"):
            restore(saved, data)
    assert contents(data) == before
    assert saved.read_bytes() == kept


def test_a_target_that_cannot_be_written_is_a_clear_error(
    asked: Assistant, data: Path, tmp_path: Path
) -> None:
    asked.close()
    (tmp_path / "file").write_text("in the way")
    for target in (tmp_path / "no" / "such" / "b.tar.gz", tmp_path / "file" / "b.tar.gz"):
        with pytest.raises(DataFolderError):
            back_up(data, target)


def refused(source: Path, data: Path, match: str) -> None:
    before = contents(data)
    with pytest.raises(SourceError, match=match):
        restore(source, data)
    assert contents(data) == before
    assert not list(data.parent.glob("data.*"))


def test_a_missing_backup_is_refused(saved: Path, data: Path, tmp_path: Path) -> None:
    refused(tmp_path / "none.tar.gz", data, "does not exist")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00", bytes(5000)])
def test_what_is_no_backup_is_refused(
    saved: Path, data: Path, tmp_path: Path, content: bytes
) -> None:
    other = tmp_path / "other.tar.gz"
    other.write_bytes(content)
    refused(other, data, "no whole backup")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_backup_cut_short_is_refused(saved: Path, data: Path, share: float) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * share)])
    refused(saved, data, "no whole backup")


def test_a_backup_with_one_wrong_byte_is_refused(saved: Path, data: Path) -> None:
    whole = saved.read_bytes()
    rng = random.Random(7)
    for _ in range(25):
        place = rng.randrange(64, len(whole))  # behind gzip's header, which has a free field
        saved.write_bytes(
            whole[:place] + bytes([whole[place] ^ (1 << rng.randrange(8))]) + whole[place + 1 :]
        )
        refused(saved, data, "no whole backup")


def archive(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "evil",
    [
        tarfile.TarInfo("../outside.txt"),
        tarfile.TarInfo("index/../../outside.txt"),
        tarfile.TarInfo("/tmp/zhitu-outside.txt"),
        link("index/link", "../../outside.txt", tarfile.SYMTYPE),
        link("index/link", "/etc/passwd", tarfile.SYMTYPE),
        link("index/link", "../outside.txt", tarfile.LNKTYPE),
        link("index/pipe", "", tarfile.FIFOTYPE),
    ],
    ids=lambda info: f"{info.name}-{info.linkname}-{info.type.decode()}",
)
def test_an_archive_that_reaches_outside_writes_nothing_outside(
    saved: Path, data: Path, tmp_path: Path, evil: tarfile.TarInfo
) -> None:
    pointer = (tarfile.TarInfo("index/current.json"), b"{}")
    source = archive(tmp_path / "evil.tar.gz", [pointer, (evil, b"")])
    if evil.name.startswith("/"):  # Python's filter makes it relative: harmless
        restore(source, data)
    else:
        refused(source, data, "no whole backup")
    assert not (tmp_path / "outside.txt").exists()
    assert not Path("/tmp/zhitu-outside.txt").exists()


def test_an_archive_of_something_else_is_refused(saved: Path, data: Path, tmp_path: Path) -> None:
    source = archive(tmp_path / "photos.tar.gz", [(tarfile.TarInfo("photo.jpg"), b"x")])
    refused(source, data, "holds no index.*isn't a backup of Zhitu")


def test_backup_and_restore_on_the_command_line(
    asked: Assistant, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.close()
    target, copy = tmp_path / "b.tar.gz", tmp_path / "copy"
    assert main(["backup", str(target), "--data-dir", str(data), "--json"]) == 0
    size = target.stat().st_size
    assert json.loads(capsys.readouterr().out) == {"file": str(target), "bytes": size}
    assert main(["restore", str(target), "--data-dir", str(copy)]) == 0
    assert contents(copy) == contents(data)
    target.write_bytes(b"damaged")
    capsys.readouterr()
    assert main(["restore", str(target), "--data-dir", str(copy)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"zhitu: {target} is no whole backup")
    assert contents(copy) == contents(data)


def test_progress_comes_back_as_of_one_moment_while_it_is_written(
    data: Path, tmp_path: Path
) -> None:
    store = Store(data / "progress.sqlite3")
    me = store.default_profile(NOW).id
    stop = threading.Event()
    ready = threading.Event()

    def learn() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            store.record(attempt(me, f"a{n}", n), card(reps=n), review(f"a{n}", minute=n))
            if n == 20:
                ready.set()

    writer = threading.Thread(target=learn)
    writer.start()
    found = []
    try:
        assert ready.wait(60)
        for n in range(5):
            target, copy = tmp_path / f"{n}.tar.gz", tmp_path / f"copy{n}"
            back_up(data, target)
            restore(target, copy)
            with tarfile.open(target) as tar:
                assert tar.getnames() == ["progress.sqlite3"]  # no log beside it, no lock
            there = Store(copy / "progress.sqlite3")
            kept = there.attempts(me)
            assert [a.id for a in kept] == [r.id for r in there.reviews(me)]
            (only,) = there.cards(me).values()
            assert only.reps == len(kept)
            there.close()
            found.append(len(kept))
    finally:
        stop.set()
        writer.join(60)
    assert 20 <= found[0] < found[-1] <= len(store.attempts(me))
    store.close()
    assert not list(tmp_path.glob("*.progress*"))


def test_progress_in_the_log_alone_is_in_the_backup(data: Path, tmp_path: Path) -> None:
    store = Store(data / "progress.sqlite3")
    me = store.default_profile(NOW).id
    store.record(attempt(me), card(), review())
    assert (data / "progress.sqlite3-wal").stat().st_size > 0
    back_up(data, data / "own.tar.gz")  # in the data folder: it doesn't hold what it is made of
    restore(data / "own.tar.gz", tmp_path / "copy")
    store.close()
    assert sorted(p.name for p in (tmp_path / "copy").iterdir()) == ["progress.sqlite3"]
    there = Store(tmp_path / "copy" / "progress.sqlite3")
    assert there.attempts(me) == [attempt(me)]
    there.close()


def test_restoring_under_a_program_that_writes_progress_is_refused(saved: Path, data: Path) -> None:
    store = Store(data / "progress.sqlite3")
    me = store.default_profile(NOW).id
    with pytest.raises(DataFolderError, match="open in another program.*zhitu ui"):
        restore(saved, data)
    store.record(attempt(me))
    assert store.attempts(me) == [attempt(me)]
    store.close()
    assert not list(data.parent.glob("data.*"))
    restore(saved, data)  # made before there was any progress
    assert not (data / "progress.sqlite3").exists()


def test_damaged_progress_is_not_backed_up_as_if_it_were_whole_and_may_be_replaced(
    data: Path, tmp_path: Path
) -> None:
    store = Store(data / "progress.sqlite3")
    me = store.default_profile(NOW).id
    for n in range(50):
        store.record(attempt(me, f"a{n}"), card(f"q{n}"), review(f"a{n}", f"q{n}"))
    store.close()
    good, bad = tmp_path / "good.tar.gz", tmp_path / "bad.tar.gz"
    back_up(data, good)
    whole = (data / "progress.sqlite3").read_bytes()
    page = whole.rindex("梯度可以沿捷径回传".encode()) // 4096 * 4096
    for damaged in (b"garbage" * 999, whole[:page] + b"\xff" * 4096 + whole[page + 4096 :]):
        (data / "progress.sqlite3").write_bytes(damaged)
        with pytest.raises(DataFolderError, match="progress.sqlite3 is damaged.*zhitu restore"):
            back_up(data, bad)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "good.tar.gz"]
    restore(good, data)
    raw = sqlite3.connect(data / "progress.sqlite3")
    assert raw.execute("SELECT count(*) FROM attempts").fetchone() == (50,)
    raw.close()
