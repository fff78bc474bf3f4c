"""FSRS's weights fitted to a learner; one who has none takes the default ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "weights",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("profile", name="pk_weights"),
        sa.ForeignKeyConstraint(
            ["profile"], ["profiles.id"], name="fk_weights_profile", ondelete="CASCADE"
        ),
    )
