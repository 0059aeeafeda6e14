"""What replicas need that share a state in Postgres."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    commits = op.create_table(
        "commits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commits")),
    )
    op.bulk_insert(commits, [{"id": 1, "count": 0}])
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_attempts_intended_at", "attempts", ["intended_at"])
