"""Opening the progress: made, brought up to date, or refused with nothing of it changed."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from store_kit import NOW, attempt, card, grade, review

from assistant import migrations
from assistant.config import Settings, load_settings
from assistant.doctor import Check, examine
from assistant.errors import StoreError, ZhituError
from assistant.pipeline import Assistant
from assistant.store import Store
from assistant.store_tables import METADATA, REVISION, VERSION_TABLE

ROOT = Path(__file__).resolve().parents[1]
REVISIONS = [s.revision for s in ScriptDirectory.from_config(migrations.config()).walk_revisions()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "progress.sqlite3"


def contents(folder: Path) -> dict[str, bytes]:
    """What the files hold; a lock holds nothing."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix != ".lock"}


def refused(file: Path, match: str) -> ZhituError:
    """Opening it fails so, and changes no file and leaves none."""
    before = contents(file.parent)
    with pytest.raises(StoreError, match=match) as raised:
        Store(file)
    assert contents(file.parent) == before
    assert raised.value.next_step
    return raised.value


def used(file: Path) -> str:
    """Make a database with something in it; returns the learner."""
    store = Store(file)
    me = store.default_profile(NOW).id
    store.record(attempt(me, grade=grade(), rating=3), card(), review())
    store.close()
    return me


def read_all(file: Path, profile: str) -> None:
    store = Store(file)
    try:
        store.export_all(profile)
    finally:
        store.close()


def at_revision(file: Path, revision: str) -> None:
    """Make the tables as that revision left them."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        migrations.upgrade(connection, revision)
    engine.dispose()


def in_a_process(code: str, *arguments: object) -> object:
    """What `code` prints as JSON in a fresh process; nothing else may be printed by it."""
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""
    return json.loads(run.stdout)


# made and brought up to date


def test_the_newest_migration_is_the_one_the_code_knows() -> None:
    assert ScriptDirectory.from_config(migrations.config()).get_heads() == [REVISION]


def test_the_migrations_make_the_tables_that_the_code_uses(file: Path) -> None:
    Store(file).close()
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_any_revision_is_brought_up_to_date_with_all_in_it(
    file: Path, revision: str
) -> None:
    at_revision(file, revision)
    connection = sqlite3.connect(file)
    connection.execute(
        "INSERT INTO profiles VALUES (1, 'p1', '小明', '小明', '2026-01-02 03:04:05')"
    )
    connection.execute(
        "INSERT INTO attempts (id, profile, session, question_id, kind, asked, at, seconds,"
        " outcome, answer, hints)"
        " VALUES ('a1', 'p1', '', 'e#1', 'quiz', '问', '2026-01-02 03:04:05', 1, 'answered',"
        " '答', 0)"
    )
    connection.commit()
    connection.close()
    store = Store(file)
    assert [profile.name for profile in store.profiles()] == ["小明"]
    assert store.attempts("p1")[0].answer == "答"
    assert store.record(attempt("p1", "a2"), card(), review("a2"))
    assert store.memory("p1") == ({card().question_id: card()}, None)
    store.close()


@pytest.mark.parametrize("there", ["nothing", "an empty file", "no folder"])
def test_an_empty_place_becomes_a_database(tmp_path: Path, there: str) -> None:
    file = tmp_path / "folder" / "progress.sqlite3"
    if there != "no folder":
        file.parent.mkdir()
    if there == "an empty file":
        file.touch()
    used(file)
    raw = sqlite3.connect(file)
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert raw.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [(REVISION,)]
    raw.close()


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = migrations.upgrade

    def fail(connection: object) -> None:
        real(connection)
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "upgrade", fail)
        with pytest.raises(StoreError, match="the power went"):
            Store(file)
    raw = sqlite3.connect(file)
    assert raw.execute("SELECT name FROM sqlite_master").fetchall() == []
    raw.close()
    used(file)


def test_opening_prints_nothing_and_logs_nothing(
    file: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    level, handlers = logging.root.level, list(logging.root.handlers)
    used(file)
    used(file)
    assert capfd.readouterr() == ("", "")
    assert (logging.root.level, logging.root.handlers) == (level, handlers)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_opening_what_is_up_to_date_needs_no_alembic_and_hardly_any_time(file: Path) -> None:
    used(file)
    code = (
        "import json, pathlib, sys, time; from assistant.store import Store; import time\n"
        "file = pathlib.Path(sys.argv[1]); taken = []\n"
        "for _ in range(5):\n"
        "    began = time.perf_counter(); store = Store(file); store.profiles()\n"
        "    taken.append(time.perf_counter() - began); store.close()\n"
        "print(json.dumps([taken, 'alembic' in sys.modules]))"
    )
    taken, alembic = in_a_process(code, file)
    assert alembic is False
    assert min(taken[1:]) < 0.05  # seconds
    assert taken[0] < 0.2


def test_an_assistant_that_only_searches_opens_no_progress(asked: Assistant, data: Path) -> None:
    asked.search("捷径")
    assert not (data / "progress.sqlite3").exists()
    first = asked.store
    assert asked.store is first
    me = first.default_profile(NOW)
    assert (data / "progress.sqlite3").exists()
    asked.close()
    assert not (data / "progress.sqlite3-wal").exists()  # the log was written into the file
    assert asked.store.profiles() == [me]


# refused


def test_a_database_of_a_newer_version_is_refused(file: Path) -> None:
    used(file)
    raw = sqlite3.connect(file)
    raw.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    raw.commit()
    raw.close()
    error = refused(file, "newer version.*9999")
    assert str(file) in error.found
    assert "pip install --upgrade" in error.next_step


@pytest.mark.parametrize("content", [b"no database at all" * 99, b"SQLite format 3\0" + b"x" * 900])
def test_a_file_that_is_no_database_is_refused_by_its_name(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    error = refused(file, "damaged")
    assert str(file) in error.found
    assert "zhitu restore" in error.next_step


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_database_cut_short_is_an_error_at_the_latest_when_it_is_read(
    file: Path, share: float
) -> None:
    store = Store(file)
    me = store.default_profile(NOW).id
    for n in range(60):
        store.record(attempt(me, f"a{n}", grade=grade(), rating=3), card(f"q{n}"), review(f"a{n}"))
    store.close()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share) // 4096 * 4096])
    with pytest.raises(StoreError, match=rf"{file} is damaged.*zhitu restore"):
        read_all(file, me)


def test_a_row_that_makes_no_sense_is_a_clear_error_that_shows_no_answer(file: Path) -> None:
    me = used(file)
    raw = sqlite3.connect(file)
    raw.execute("UPDATE attempts SET grade = '{\"score\": 900}'")
    raw.execute("UPDATE reviews SET at = 'yesterday'")
    raw.execute(f"INSERT INTO weights VALUES ('{me}', '[1, 2]', '2026-01-02 03:04:05', 640)")
    raw.commit()
    raw.close()
    store = Store(file)
    for read in (store.attempts, store.reviews, store.memory):
        with pytest.raises(StoreError, match=rf"{file} holds a row that can't be read") as raised:
            read(me)
        assert "捷径" not in str(raised.value)
    store.close()


def test_the_database_of_another_program_is_left_alone(file: Path) -> None:
    raw = sqlite3.connect(file)
    raw.execute("CREATE TABLE moz_places (url)")
    raw.commit()
    raw.close()
    refused(file, "another program")


def test_a_folder_in_the_place_of_the_file_is_refused(file: Path) -> None:
    file.mkdir()
    with pytest.raises(StoreError, match=str(file)):
        Store(file)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StoreError, match="data.*--data-dir"):
        Store(tmp_path / "data" / "progress.sqlite3")


def test_a_database_that_another_program_holds_is_a_clear_error(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.store_open._WAIT", 0)
    used(file)
    store = Store(file)
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="held by another program"):
        store.default_profile(NOW) and store.create_profile("x", NOW)
    raw.execute("ROLLBACK")
    raw.close()
    assert store.create_profile("x", NOW)
    store.close()


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that an unprivileged user may reach; its owner is us."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def unprivileged() -> Iterator[Callable[[], None]]:
    """Call it to be nobody from then on: root may write anywhere."""
    was = os.geteuid()

    def become_nobody() -> None:
        if was == 0:
            os.seteuid(65534)

    yield become_nobody
    os.seteuid(was)


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_is_read_only_is_a_clear_error(
    shelf: Path, unprivileged: Callable[[], None], there: bool
) -> None:
    file = shelf / "progress.sqlite3"
    if there:
        me = used(file)
    for path in [*shelf.iterdir(), shelf]:
        path.chmod(0o555 if path == shelf else 0o444)
    unprivileged()
    with pytest.raises(StoreError, match=f"{file.parent}.*can't be written.*--data-dir"):
        Store(file).create_profile("x", NOW)
    if os.geteuid() == 65534:
        os.seteuid(0)
    shelf.chmod(0o755)
    if there:
        for path in shelf.iterdir():
            path.chmod(0o644)
        store = Store(file)
        assert len(store.attempts(me)) == 1
        store.close()


# looked at


def progress_of(data: Path) -> Check:
    checks = examine(load_settings(data_dir=data, model="none"))
    return next(check for check in checks if check.name == "progress")


def test_the_doctor_says_what_is_kept_and_makes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "progress.sqlite3"
    assert (progress_of(tmp_path).ok, progress_of(tmp_path).found) == (True, "none yet")
    assert not file.exists()
    used(file)
    before = contents(tmp_path)
    assert progress_of(tmp_path).found == f"{file}, learners: 1, answers: 1"
    assert contents(tmp_path) == before
    file.write_bytes(b"garbage" * 999)
    found = progress_of(tmp_path)
    assert (found.ok, found.needed) == (False, False)
    assert f"{file} is damaged" in found.found
    assert "zhitu restore" in found.next_step
    file.write_bytes(b"")
    assert "brought up to date" in progress_of(tmp_path).found
    assert file.stat().st_size == 0


# what nobody may see


def test_a_deleted_answer_is_in_no_file_any_more(file: Path) -> None:
    store = Store(file)
    me = store.default_profile(NOW).id
    secret = "秘密的回答" * 40
    store.record(attempt(me, session="s1", answer=secret))
    store.save_conversation(me, "c1", [{"question": secret}], NOW)
    assert any(secret.encode() in held for held in contents(file.parent).values())
    store.delete_session("s1")
    store.delete_conversation(me, "c1")
    assert not any("秘密".encode() in held for held in contents(file.parent).values())
    store.close()


def test_an_error_of_the_database_shows_no_answer(file: Path) -> None:
    store = Store(file)
    me = store.default_profile(NOW).id
    raw = sqlite3.connect(file)
    raw.execute("DROP TABLE attempts")
    raw.commit()
    raw.close()
    with pytest.raises(StoreError, match="no such table") as raised:
        store.record(attempt(me, answer="hunter2"))
    assert "hunter2" not in str(raised.value)
    store.close()


SECRET = "postgresql://zhitu:hunter2@127.0.0.1:1/zhitu"


def test_the_address_of_a_server_is_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings(store_url=SECRET, data_dir=tmp_path, model="none")
    assert "hunter2" not in f"{settings!r}{settings!s}{settings.model_dump_json()}"
    assert "hunter2" not in json.dumps(settings.relevant())
    assert settings.fingerprint() == Settings(data_dir=tmp_path, model="none").fingerprint()
    assistant = Assistant(settings)
    with pytest.raises(StoreError, match="127.0.0.1:1") as raised:
        _ = assistant.store
    assert "hunter2" not in str(raised.value)
    for name, value in (("STORE_URL", SECRET), ("MODELS_DIR", str(tmp_path))):
        monkeypatch.setenv(f"ZHITU_{name}", value)
    from assistant.cli import main

    main(["doctor", "--data-dir", str(tmp_path), "--json"])
    assert "hunter2" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("value", ["mysql://u:hunter2@h/d", "hunter2", "http://hunter2@h"])
def test_a_wrong_address_in_the_settings_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ZHITU_STORE_URL", value)
    with pytest.raises(ZhituError, match="ZHITU_STORE_URL") as raised:
        load_settings()
    assert "hunter2" not in f"{raised.value}{raised.value.__cause__}"


def test_every_connection_checks_foreign_keys_and_waits_for_the_disk(file: Path) -> None:
    store = Store(file)
    seen = []
    event.listen(
        store._engine,
        "checkout",
        lambda connection, *_: seen.append(
            [
                connection.execute(f"PRAGMA {p}").fetchone()[0]
                for p in ("foreign_keys", "synchronous")
            ]
        ),
    )
    store.profiles()
    assert seen == [[1, 2]]
    store.close()
