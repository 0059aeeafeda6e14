"""Rows synced and refused over the last day."""

from __future__ import annotations

from collections.abc import Sequence

from sheets_sync.operations.desk import Desk
from sheets_sync.store import trend
from sheets_sync.store.trend import Span

SPAN = 1800.0
"""Seconds; spans begin on the half hour."""
SPANS = 48


def last_day(desk: Desk) -> Sequence[Span]:
    """Half hours, the last one under way. It reads a day's attempts, so ask for it seldom."""
    now = desk.context.clock()
    last = now - now % SPAN
    begins = [last - SPAN * back for back in reversed(range(SPANS))]
    with desk.state.reading() as connection:
        return trend.answers(connection, begins, last + SPAN)
