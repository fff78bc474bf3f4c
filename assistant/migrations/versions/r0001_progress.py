"""The first tables: profiles and all that belongs to one."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column("n", sa.Integer(), nullable=False, autoincrement=True)


def _time(name: str, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _owner(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_profile"
    return sa.ForeignKeyConstraint(["profile"], ["profiles.id"], name=name, ondelete="CASCADE")


def _keys(table: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("n", name=f"pk_{table}"),
        sa.UniqueConstraint("id", name=f"uq_{table}_id"),
    ]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "profiles",
        _number(),
        _id("id"),
        _id("name"),
        _id("folded"),
        _time("created", nullable=False),
        *_keys("profiles"),
        sa.UniqueConstraint("folded", name="uq_profiles_folded"),
    )
    op.create_table(
        "cards",
        _id("profile"),
        _id("question_id"),
        sa.Column("stability", sa.Float()),
        sa.Column("difficulty", sa.Float()),
        _time("due"),
        _time("last_review"),
        sa.Column("reps", sa.Integer(), nullable=False),
        sa.Column("lapses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("profile", "question_id", name="pk_cards"),
        _owner("cards"),
    )
    op.create_table(
        "reviews",
        _number(),
        _id("id"),
        _id("profile"),
        _id("question_id"),
        sa.Column("rating", sa.Integer(), nullable=False),
        _time("at", nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        *_keys("reviews"),
        _owner("reviews"),
    )
    op.create_index("ix_reviews_profile_at", "reviews", ["profile", "at"])
    op.create_table(
        "attempts",
        _number(),
        _id("id"),
        _id("profile"),
        _id("session"),
        _id("question_id"),
        _id("kind"),
        _id("asked"),
        _time("at", nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        _id("outcome"),
        _id("answer"),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.Column("grade", sa.JSON()),
        sa.Column("overruled", sa.JSON()),
        sa.Column("rating", sa.Integer()),
        *_keys("attempts"),
        _owner("attempts"),
    )
    op.create_index("ix_attempts_profile_at", "attempts", ["profile", "at"])
    op.create_index("ix_attempts_session", "attempts", ["session"])
    op.create_table(
        "sessions",
        _number(),
        _id("id"),
        _id("profile"),
        sa.Column("plan", sa.JSON(), nullable=False),
        _time("started", nullable=False),
        _time("ended"),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.Column("used", sa.Float(), nullable=False),
        _time("resumed"),
        *_keys("sessions"),
        _owner("sessions"),
    )
    op.create_index("ix_sessions_profile_started", "sessions", ["profile", "started"])
    op.create_table(
        "conversations",
        _number(),
        _id("id"),
        _id("profile"),
        _time("updated", nullable=False),
        _id("question"),
        sa.Column("turns", sa.JSON(), nullable=False),
        *_keys("conversations"),
        _owner("conversations"),
    )
    op.create_index("ix_conversations_profile_updated", "conversations", ["profile", "updated"])
