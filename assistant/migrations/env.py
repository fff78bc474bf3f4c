"""Alembic's environment: it uses the connection, and so the transaction, that it is given."""

from __future__ import annotations

from alembic import context

from assistant.store_tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
