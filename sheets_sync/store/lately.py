"""What became of the latest edits: how soon they were synced, and how many were refused.

A table may hold millions of attempts, so only the last ones are looked at: in the order in which
SQLite keeps them, or by Postgres' index of their times.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select
from sqlalchemy.ext.compiler import compiles

from sheets_sync.store.schema import attempts, deliveries, tabs

DAY = 86400.0
LOOKED_AT = 10_000
"""So many attempts at most."""


@dataclass(frozen=True, slots=True)
class Lag:
    """From the look that saw an edit to Arize's acceptance, in seconds, over so many rows."""

    median: float
    worst: float
    rows: int


def lags(connection: Connection, now: float) -> dict[str, Lag]:
    """By mapping, of rows that were accepted within a day, as far as the last attempts tell."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for row in connection.execute(_ACCEPTED, {"since": now - DAY}):
        found[row.mapping].append(max(0.0, row.accepted_at - row.observed_at))
    return {name: Lag(median(each), max(each), len(each)) for name, each in found.items()}


def posted_since(connection: Connection, since: float) -> dict[str, int]:
    """How many rows were posted to each endpoint, as far as the last attempts tell."""
    return Counter(connection.execute(_POSTED, {"since": since}).scalars())


def judged(connection: Connection, mapping: str, endpoint: str, now: float) -> tuple[int, int]:
    """Of the rows that were edited within a day: how many Arize has accepted, and refused."""
    asked = {"name": mapping, "endpoint": endpoint, "since": now - DAY}
    counts = {row.state: row.rows for row in connection.execute(_JUDGED, asked)}
    return counts.get("delivered", 0), counts.get("failed", 0)


class _Lately(ColumnElement[float]):
    """The last ones first."""

    inherit_cache = True


@compiles(_Lately)
def _by_time(*_: object, **__: object) -> str:
    return "attempts.intended_at DESC"


@compiles(_Lately, "sqlite")
def _by_row(*_: object, **__: object) -> str:
    return "attempts.rowid DESC"


_LAST = (
    select(
        attempts.c.delivery_id,
        attempts.c.endpoint,
        attempts.c.fingerprint,
        attempts.c.outcome,
        attempts.c.intended_at,
        attempts.c.answered_at,
    )
    .order_by(_Lately())
    .limit(LOOKED_AT)
    .subquery()
)
_ACCEPTED = (
    select(
        tabs.c.mapping, deliveries.c.observed_at, func.min(_LAST.c.answered_at).label("accepted_at")
    )
    .join(
        deliveries,
        and_(
            deliveries.c.id == _LAST.c.delivery_id,
            deliveries.c.fingerprint == _LAST.c.fingerprint,
            deliveries.c.observed_at <= _LAST.c.intended_at,
        ),
    )
    .join(tabs, tabs.c.id == deliveries.c.tab_id)
    .where(_LAST.c.outcome == "accepted", _LAST.c.answered_at > bindparam("since"))
    .group_by(deliveries.c.id, tabs.c.id)
)
_POSTED = select(_LAST.c.endpoint).where(_LAST.c.intended_at > bindparam("since"))
_JUDGED = (
    select(deliveries.c.state, func.count().label("rows"))
    .where(
        deliveries.c.tab_id.in_(select(tabs.c.id).where(tabs.c.mapping == bindparam("name"))),
        deliveries.c.endpoint == bindparam("endpoint"),
        deliveries.c.state.in_(("delivered", "failed")),
        deliveries.c.observed_at > bindparam("since"),
    )
    .group_by(deliveries.c.state)
)
