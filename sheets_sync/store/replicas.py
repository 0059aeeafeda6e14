"""The programs that share a state in Postgres: who lives, and whose configuration counts."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from sheets_sync.store.schema import replicas

LEASE = 15.0
"""After so many seconds without a sign of life a replica counts as dead."""


class Replica(NamedTuple):
    """A program that said within its lease that it lives; times are in epoch seconds."""

    name: str
    began_at: float
    seen_at: float
    configuration: str
    configured_at: float


def note_alive(connection: Connection, name: str, configuration: str, now: float) -> None:
    """It lives, with this configuration. One that others have was first seen when they had it."""
    connection.execute(delete(replicas).where(replicas.c.seen_at < now - LEASE))
    here = replicas.c.name == name
    same = here & (replicas.c.configuration == configuration)
    if connection.execute(update(replicas).where(same).values(seen_at=now)).rowcount:
        return
    alike = replicas.c.configuration == configuration
    first = connection.execute(select(func.min(replicas.c.configured_at)).where(alike)).scalar()
    began_at = connection.execute(select(replicas.c.began_at).where(here)).scalar()
    connection.execute(delete(replicas).where(here))
    connection.execute(
        insert(replicas).values(
            name=name,
            began_at=now if began_at is None else began_at,
            seen_at=now,
            configuration=configuration,
            configured_at=now if first is None else first,
        )
    )


def note_end(connection: Connection, name: str) -> None:
    """It ends."""
    connection.execute(delete(replicas).where(replicas.c.name == name))


def alive(connection: Connection, now: float) -> list[Replica]:
    """All that live, the oldest first."""
    found = (
        select(replicas)
        .where(replicas.c.seen_at >= now - LEASE)
        .order_by(replicas.c.began_at, replicas.c.name)
    )
    return [Replica(*row) for row in connection.execute(found)]


def newest_configuration(living: list[Replica]) -> str | None:
    """Of the configurations of those that live, the one that was seen last; None without any."""
    newest = max(living, key=lambda replica: replica.configured_at, default=None)
    return None if newest is None else newest.configuration
