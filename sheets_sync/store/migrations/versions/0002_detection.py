"""Drive's tokens, and what Drive told of each spreadsheet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "watches",
        sa.Column("spreadsheet", sa.String(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=True),
        sa.Column("read_at", sa.Float(), nullable=True),
        sa.Column("revision", sa.String(), nullable=True),
        sa.Column("detection", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("spreadsheet", name=op.f("pk_watches")),
    )
    op.create_table(
        "drive_tokens",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_drive_tokens")),
    )
