"""All attempts for a record by one index, since a note in doubt is looked for in all of them."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_index("ix_attempts_unresolved", table_name="attempts")
    op.create_index("ix_attempts_of_record", "attempts", ["record_id", "endpoint"])
