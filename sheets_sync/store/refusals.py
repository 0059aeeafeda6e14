"""Why the newest configuration was refused, while an older one is running."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from sheets_sync.store.schema import refusals


def problems(connection: Connection) -> list[str]:
    """All that is wrong with it, empty where the newest configuration is running."""
    return list(connection.execute(select(refusals.c.problem).order_by(refusals.c.id)).scalars())


def note_problems(connection: Connection, found: Sequence[str]) -> None:
    """Take these in place of those that were noted before."""
    connection.execute(delete(refusals))
    if found:
        connection.execute(insert(refusals), [{"problem": problem} for problem in found])
