"""The tables of the learners' progress, the same in SQLite and in PostgreSQL.

A change here needs a revision in `migrations/versions` and its number in `REVISION`; a test holds
the tables that the migrations make against these.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
)

REVISION = "0002"  # the newest: known here, so that to open what is up to date needs no Alembic
VERSION_TABLE = "zhitu_version"  # a server's database may be shared, also with users of Alembic

_UNSTORABLE = re.compile("[\\0\ud800-\udfff]")  # PostgreSQL takes no NUL, UTF-8 no half pairs


def storable(text: str) -> str:
    """The text with U+FFFD for what a database refuses: better than an answer that is lost."""
    return _UNSTORABLE.sub("\ufffd", text)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the time {value} has no zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from outside: whatever a person or a page sends can be stored and looked up."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text without what a database refuses."""
        return None if value is None else storable(value)


METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _document() -> JSON:
    return JSON(none_as_null=True)  # JSON, not JSONB: that refuses \u0000


def _owner() -> Column[Any]:
    """Whose row it is; it goes with its profile."""
    key = ForeignKey("profiles.id", ondelete="CASCADE")
    return Column("profile", Words, key, nullable=False)


def _number() -> Column[Any]:
    """In the order stored: tells apart what bears the same time."""
    return Column("n", Integer, primary_key=True, autoincrement=True)


profiles = Table(
    "profiles",
    METADATA,
    _number(),
    Column("id", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("folded", Words, nullable=False, unique=True),  # the name as names are compared
    Column("created", Moment, nullable=False),
)
cards = Table(
    "cards",
    METADATA,
    _owner(),
    Column("question_id", Words, nullable=False),
    Column("stability", Float),
    Column("difficulty", Float),
    Column("due", Moment),
    Column("last_review", Moment),
    Column("reps", Integer, nullable=False),
    Column("lapses", Integer, nullable=False),
    PrimaryKeyConstraint("profile", "question_id"),
)
reviews = Table(
    "reviews",
    METADATA,
    _number(),
    Column("id", Words, nullable=False, unique=True),  # of the attempt: counted once
    _owner(),
    Column("question_id", Words, nullable=False),
    Column("rating", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("seconds", Float, nullable=False),
    Index(None, "profile", "at"),
)
attempts = Table(
    "attempts",
    METADATA,
    _number(),
    Column("id", Words, nullable=False, unique=True),
    _owner(),
    Column("session", Words, nullable=False),
    Column("question_id", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("asked", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("answer", Words, nullable=False),
    Column("hints", Integer, nullable=False),
    Column("grade", _document()),
    Column("overruled", _document()),  # null where nothing is disputed
    Column("rating", Integer),
    Index(None, "profile", "at"),
    Index(None, "session"),
)
sessions = Table(
    "sessions",
    METADATA,
    _number(),
    Column("id", Words, nullable=False, unique=True),
    _owner(),
    Column("plan", _document(), nullable=False),
    Column("started", Moment, nullable=False),
    Column("ended", Moment),
    Column("choices", _document(), nullable=False),
    Column("hints", Integer, nullable=False),
    Column("used", Float, nullable=False),
    Column("resumed", Moment),
    Index(None, "profile", "started"),
)
conversations = Table(
    "conversations",
    METADATA,
    _number(),
    Column("id", Words, nullable=False, unique=True),
    _owner(),
    Column("updated", Moment, nullable=False),
    Column("question", Words, nullable=False),  # the first: a list needn't read the turns
    Column("turns", _document(), nullable=False),
    Index(None, "profile", "updated"),
)
weights = Table(
    "weights",
    METADATA,
    _owner(),
    Column("values", _document(), nullable=False),
    Column("at", Moment, nullable=False),
    Column("reviews", Integer, nullable=False),
    PrimaryKeyConstraint("profile"),
)
