"""Counts what all replicas ask of Google and Arize, so that no limit is passed in any minute.

Times are the database server's: replicas need not agree on one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Float, bindparam, cast, delete, func, insert, or_, select, update

from sheets_sync.domain.ledger import Use
from sheets_sync.errors import StateError
from sheets_sync.store import leases
from sheets_sync.store.database import State
from sheets_sync.store.schema import requests

MINUTE = 60 * 1.02
"""Seconds that a request counts after its end, with a margin for clocks that drift."""
LONGEST = 300.0
"""After so many seconds a request has ended, whose replica cannot say so any more: far more than
any may last."""
TOLD_WITHIN = 5.0
"""Seconds, far less than a lease: who hears of its turn later than that asks again."""


@dataclass(frozen=True)
class SharedLedger:
    """As `domain.ledger.Ledger` says; `replica` is who asks."""

    state: State
    replica: str

    def take(self, uses: Sequence[Use], about: str, lasts: float) -> str | None:
        """Count one more, and name it; None where a limit would be passed."""
        name, asked_at = uuid.uuid4().hex, time.monotonic()
        windows = [use.window for use in uses]
        with self.state.beside() as connection:
            for window in sorted(windows):
                connection.execute(_ALONE, {"window": window})
            connection.execute(_FORGET, {"windows": windows})
            used = {row.window: row.used for row in connection.execute(_USED, {"windows": windows})}
            if any(used.get(use.window, 0) + use.weight > use.limit for use in uses):
                return None
            leases.extend(connection, lasts)
            asked = {"name": name, "replica": self.replica, "about": about}
            rows = [asked | {"window": use.window, "weight": use.weight} for use in uses]
            connection.execute(_COUNT, rows)
        if time.monotonic() > asked_at + TOLD_WITHIN:
            self.end(name)
            return None
        return name

    def end(self, name: str) -> None:
        """It has ended."""
        with suppress(StateError), self.state.beside() as connection:
            about = connection.execute(_END, {"ended": name}).scalars().first()
            leases.shorten(connection, self.replica, about or "")


_NOW = cast(func.extract("epoch", func.clock_timestamp()), Float)
_ALONE = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("window"))))
_HERE = requests.c.window.in_(bindparam("windows", expanding=True))
_FORGET = delete(requests).where(
    _HERE,
    or_(
        requests.c.ended_at < _NOW - MINUTE,
        requests.c.began_at < _NOW - LONGEST - MINUTE,
    ),
)
_USED = (
    select(requests.c.window, func.sum(requests.c.weight).label("used"))
    .where(_HERE)
    .group_by(requests.c.window)
)
_COUNT = insert(requests).values(began_at=_NOW)
_END = (
    update(requests)
    .where(requests.c.name == bindparam("ended"))
    .values(ended_at=_NOW)
    .returning(requests.c.about)
)
