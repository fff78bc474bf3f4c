"""Opens the database of the learners' progress: connections, transactions and the way up to date.

SQLite: one writer at a time, who takes its turn before it reads, so that none is refused half-way.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    create_engine,
    event,
    func,
    inspect,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from assistant.errors import StoreError
from assistant.store_errors import Place, damaged, explained, place_of
from assistant.store_tables import METADATA, REVISION, VERSION_TABLE, attempts, profiles

_WAIT = 30  # seconds for another process to end its writing
_LOCK = 0x7A686974755F7067  # of PostgreSQL, while the tables are brought up to date
_MODE = "PRAGMA journal_mode"


class Database:
    """An open database, up to date. Safe to use from several threads.

    Args:
        where: A file of SQLite, or an address as `place_of` takes it.

    Raises:
        StoreError: It can't be opened, is damaged, or was made by a newer version.
    """

    def __init__(self, where: str | Path) -> None:
        self.place = place_of(where)
        self._turn = threading.Lock() if self.place.file else nullcontext()
        with explained(self.place):
            _bring_up_to_date(self.place)
            self._engine = _engine(self.place)
        self._writer = self._engine.execution_options(immediate=True)
        self._insert = sqlite.insert if self.place.file else postgresql.insert

    def close(self) -> None:
        """Let go of all connections; the last one to a file writes its log into it."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One snapshot, whatever is written meanwhile."""
        with explained(self.place), self._engine.connect() as connection:
            if not self.place.file:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction: all of it is kept, or nothing."""
        with explained(self.place), self._turn, self._writer.begin() as connection:
            yield connection

    def _wrote(self, connection: Connection, put: sqlite.Insert | postgresql.Insert) -> bool:
        """Run an insert that gives way to a row that is there; says whether it wrote."""
        return connection.execute(put.returning(literal_column("1"))).first() is not None

    def _forget(self) -> None:
        """After something was deleted: nor shall a file's log hold it."""
        if self.place.file:
            with explained(self.place), self._turn, self._engine.connect() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def look(where: str | Path) -> str:
    """What is kept there, in words; makes and changes nothing.

    Raises:
        StoreError: It can't be opened, is damaged, or was made by a newer version.
    """
    place = place_of(where)
    if place.file is not None and not place.file.exists():
        return "none yet"
    with explained(place), _engine(place, migrating=True).connect() as connection:
        if place.file and (found := connection.scalar(text("PRAGMA quick_check(1)"))) != "ok":
            raise damaged(place.file, str(found).splitlines()[-1])
        revision = _revision(connection, place)
        if revision != REVISION:
            _refuse_newer(revision, place)
            return f"{place.name}, to be brought up to date at its next use"
        learners, answers = (
            connection.scalar(select(func.count()).select_from(table))
            for table in (profiles, attempts)
        )
        return f"{place.name}, learners: {learners}, answers: {answers}"


def _engine(place: Place, migrating: bool = False) -> Engine:
    """An engine. One that migrates checks no foreign keys: a copied table would take rows along."""
    options: dict[str, Any] = {
        "hide_parameters": True,  # answers of learners have no business in a log
        "json_serializer": lambda value: _whole(json.dumps(value, ensure_ascii=False)),
    }
    if migrating:
        options["poolclass"] = NullPool
    else:
        options.update(pool_size=5, max_overflow=35, pool_timeout=_WAIT)
    if place.file is None:
        options.update(pool_pre_ping=True, connect_args={"connect_timeout": 10})
        try:
            return create_engine(place.url, **options)
        except ImportError:
            raise StoreError(
                "PostgreSQL needs a driver that is not installed",
                "Install it: pip install 'zhitu[postgres]'",
            ) from None
    engine = create_engine(place.url, connect_args={"timeout": _WAIT}, **options)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # Python's own begins too late: see begin
        if not migrating:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")  # stored is stored, power cut or not
            connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _whole(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)  # half a pair can't be written as UTF-8


def _bring_up_to_date(place: Place) -> None:
    """Make or migrate the tables, in one transaction, unless they are as they shall be."""
    if place.file is not None:
        place.file.parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(place, migrating=True)
    with engine.connect() as connection:
        if _revision(connection, place) == REVISION and _is_wal(connection, place):
            return
    lock = FileLock(f"{place.file}.lock", timeout=_WAIT) if place.file else nullcontext()
    with lock:
        if place.file:
            _turn_on_wal(engine)
        with engine.execution_options(immediate=True).begin() as connection:
            if not place.file:
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
            _migrate(connection, place)


def _migrate(connection: Connection, place: Place) -> None:
    revision = _revision(connection, place)  # again: another process may have been quicker
    if revision != REVISION:
        from assistant import migrations

        _refuse_newer(revision, place)
        migrations.upgrade(connection)


def _refuse_newer(revision: str, place: Place) -> None:
    from assistant import migrations

    if revision and not migrations.known(revision):
        raise StoreError(
            f"The progress in {place.name} was written by a newer version (its tables are "
            f"{revision}, those known here {REVISION})",
            "Install that version: pip install --upgrade zhitu. Nothing was changed.",
        )


def _revision(connection: Connection, place: Place) -> str:
    """The revision of the tables; empty where there are none.

    Raises:
        StoreError: There are tables, and they are not ours.
    """
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE in tables:
        return str(connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) or "")
    if not set(METADATA.tables).isdisjoint(tables) or (place.file and tables):
        raise StoreError(
            f"{place.name} is the database of another program: it was left as it is",
            "Name one of Zhitu's own in ZHITU_STORE_URL, or move that file elsewhere.",
        )
    return ""


def _is_wal(connection: Connection, place: Place) -> bool:
    return not place.file or connection.exec_driver_sql(_MODE).scalar() == "wal"


def _turn_on_wal(engine: Engine) -> None:
    """Readers and the writer don't wait for each other then. SQLite itself doesn't wait here."""
    end = time.monotonic() + _WAIT
    while True:
        raw = engine.raw_connection()
        try:
            raw.cursor().execute(f"{_MODE} = WAL")
            return
        except Exception as error:
            busy = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
            if not busy or time.monotonic() > end:
                raise OperationalError(_MODE, None, error) from None
            time.sleep(0.02)
        finally:
            raw.close()
