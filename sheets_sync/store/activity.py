"""What was done last: looks that changed something, and attempts, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, literal_column, select

from sheets_sync.store.schema import attempts, deliveries, passes, tabs


@dataclass(frozen=True, slots=True)
class Pass:
    """A look that changed something; how many rows of each kind of change."""

    mapping: str
    at: float
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt; `outcome` is None while it is in flight."""

    mapping: str
    key: str
    number: int
    intended_at: float
    answered_at: float | None
    outcome: str | None
    message: str


def last_passes(connection: Connection, most: int) -> list[Pass]:
    """So many at most."""
    query = (
        select(tabs.c.mapping, passes.c.at, passes.c.counts)
        .join(tabs, tabs.c.id == passes.c.tab_id)
        .order_by(passes.c.id.desc())
        .limit(most)
    )
    return [Pass(*row) for row in connection.execute(query)]


def last_tries(connection: Connection, most: int) -> list[Try]:
    """So many at most; in the order in which SQLite keeps them, which needs no sorting."""
    is_sqlite = connection.dialect.name == "sqlite"
    newest = literal_column("attempts.rowid") if is_sqlite else attempts.c.intended_at
    last = select(attempts).order_by(newest.desc()).limit(most).subquery()
    query = (
        select(
            tabs.c.mapping,
            deliveries.c.key,
            deliveries.c.number,
            last.c.intended_at,
            last.c.answered_at,
            last.c.outcome,
            last.c.message,
        )
        .join(deliveries, deliveries.c.id == last.c.delivery_id)
        .join(tabs, tabs.c.id == deliveries.c.tab_id)
        .order_by(last.c.intended_at.desc())
    )
    return [Try(*row) for row in connection.execute(query)]
