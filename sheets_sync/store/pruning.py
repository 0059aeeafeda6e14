"""Lets go of history that nothing is decided by any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete, func, or_, select

from sheets_sync.store.schema import attempts, passes

KEPT_FOR = timedelta(days=90)
KEPT_EACH = 5
"""The last attempts of each row stay, however old."""


def prune(connection: Connection, now: float) -> int:
    """Delete old attempts and passes; returns how many attempts.

    Never one without a known outcome: Arize may still apply it. Never one that brought a comment:
    it tells that Arize has it.
    """
    old = now - KEPT_FOR.total_seconds()
    places = select(
        attempts.c.id,
        func.row_number()
        .over(partition_by=attempts.c.delivery_id, order_by=attempts.c.intended_at.desc())
        .label("place"),
    ).subquery()
    pruned = connection.execute(
        delete(attempts).where(
            attempts.c.intended_at < old,
            attempts.c.outcome.in_(("accepted", "refused")),
            or_(attempts.c.outcome == "refused", attempts.c.note_fingerprint.is_(None)),
            attempts.c.id.in_(select(places.c.id).where(places.c.place > KEPT_EACH)),
        )
    )
    connection.execute(delete(passes).where(passes.c.at < old))
    return pruned.rowcount
