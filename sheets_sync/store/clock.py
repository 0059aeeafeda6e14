"""Makes good what is recorded of a future that a clock put back has taken away."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from sheets_sync.store.schema import attempts, deliveries, mappings, outages, spreadsheets, tabs

_HAPPENED = (
    mappings.c.read_at,
    mappings.c.trouble_since,
    attempts.c.intended_at,
    attempts.c.answered_at,
)
_WAITED_FOR = (deliveries.c.next_attempt_at, deliveries.c.reassert_at, outages.c.until)
_COMPARED = (
    mappings.c.approved_at,
    spreadsheets.c.read_at,
    tabs.c.unwritable_at,
    deliveries.c.observed_at,
    deliveries.c.changed_at,
    deliveries.c.first_tried_at,
)


def follow_back(connection: Connection, now: float) -> float:
    """Move what lies ahead of `now` as far back as the clock went; returns how far (s).

    The clock went back at least as far as what has happened lies ahead of it. Nothing waits for
    longer than it would have, and nothing counts as younger than it is. When a row was accepted
    stays as it is: its status shows it.
    """
    latest = [connection.execute(select(func.max(column))).scalar() for column in _HAPPENED]
    ahead = max((moment for moment in latest if moment is not None), default=now) - now
    if ahead <= 0:
        return 0.0
    for column in (*_HAPPENED, *_WAITED_FOR, *_COMPARED):
        connection.execute(
            update(column.table).where(column > now).values({column.name: column - ahead})
        )
    return ahead
