"""Brings a database of progress from any revision to the newest, through Alembic.

A new revision is a file in `versions` that names the one before it. It runs in one transaction with
foreign keys unchecked in SQLite, so `op.batch_alter_table`, which copies and drops a table there,
takes no rows of others along.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection


def config() -> Config:
    """Alembic's configuration; it needs no ini file and names the folder by its package."""
    made = Config()
    made.set_main_option("script_location", "assistant:migrations")
    return made


def known(revision: str) -> bool:
    """Whether a revision is one of ours; that of a newer version isn't."""
    try:
        return ScriptDirectory.from_config(config()).get_revision(revision) is not None
    except CommandError:
        return False


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database up to `revision` in the transaction of `connection`."""
    made = config()
    made.attributes["connection"] = connection
    command.upgrade(made, revision)
