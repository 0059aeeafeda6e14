"""The programs that share a state in Postgres: who lives, and whose configuration counts."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, text, update

from sheets_sync.store.schema import replicas

LEASE = 15.0
"""After so many seconds without a sign of life a replica counts as dead."""


def own_name() -> str:
    """That of this process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_here(name: str) -> bool:
    """Whether a replica of this name runs on this host."""
    return name.rpartition(":")[0] == socket.gethostname()


class Replica(NamedTuple):
    """A program that said within its lease that it lives; times are in epoch seconds."""

    name: str
    began_at: float
    seen_at: float
    configuration: str
    configured_at: float
    doing: Sequence[str]
    """The names of the acts that it was at when it was seen."""


def note_alive(
    connection: Connection, name: str, configuration: str, doing: Sequence[str], now: float
) -> None:
    """It lives, with this configuration. One that others have was first seen when they had it."""
    connection.execute(delete(replicas).where(replicas.c.seen_at < now - LEASE))
    here = replicas.c.name == name
    same = here & (replicas.c.configuration == configuration)
    seen = {"seen_at": now, "doing": [*doing]}
    if connection.execute(update(replicas).where(same).values(seen)).rowcount:
        return
    alike = replicas.c.configuration == configuration
    first = connection.execute(select(func.min(replicas.c.configured_at)).where(alike)).scalar()
    began_at = connection.execute(select(replicas.c.began_at).where(here)).scalar()
    connection.execute(delete(replicas).where(here))
    connection.execute(
        insert(replicas).values(
            name=name,
            began_at=now if began_at is None else began_at,
            configuration=configuration,
            configured_at=now if first is None else first,
            **seen,
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


def newest_configuration(living: Sequence[Replica]) -> str | None:
    """Of the configurations of those that live, the one that was seen last; None without any."""
    newest = max(living, key=lambda replica: replica.configured_at, default=None)
    return None if newest is None else newest.configuration


def may_act(living: Sequence[Replica], configuration: str, since: float) -> bool:
    """Whether those with this configuration act: it is the newest, and all others know it.

    That is so where it is there since then, or where nobody has another one.
    """
    if newest_configuration(living) != configuration:
        return False
    mine = [one.configured_at for one in living if one.configuration == configuration]
    return len(mine) == len(living) or min(mine) <= since


def waiting(connection: Connection) -> dict[str, int]:
    """How many acts of each kind wait for a replica that has room."""
    if not connection.execute(_HAS_QUEUE).scalar():
        return {}
    return {row.kind: row.acts for row in connection.execute(_WAITING)}


_HAS_QUEUE = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
_WAITING = text(
    "SELECT queue_name AS kind, count(*) AS acts FROM procrastinate_jobs "
    "WHERE status = 'todo' GROUP BY queue_name"
)
