"""Who may do what: each act is leased to one replica, until it ends or falls silent.

A lease has a token that no other one has. Whoever lost it is fenced: it asks no service for
anything any more and writes nothing into the state, however late it notices.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from sqlalchemy import Connection, Float, bindparam, cast, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from sheets_sync.errors import StateError
from sheets_sync.store.replicas import LEASE
from sheets_sync.store.schema import leases, requests


class Lease(NamedTuple):
    """The right to an act, for as long as the state knows it by this token."""

    name: str
    token: str


_HELD: ContextVar[Lease | None] = ContextVar("lease", default=None)


def take(connection: Connection, name: str, replica: str) -> Lease | None:
    """The lease of an act; None where another one has not run out."""
    lease = Lease(name, uuid.uuid4().hex)
    row = lease._asdict() | {"replica": replica, "lasts": LEASE}
    return lease if connection.execute(_TAKE, row).scalar() else None


def give_back(connection: Connection, lease: Lease) -> None:
    """Its act has ended."""
    connection.execute(_GIVE_BACK, _asked(lease))


def renew(connection: Connection, replica: str, doing: Sequence[str]) -> None:
    """A replica lives, and is at these acts."""
    connection.execute(_RENEW, {"whose": replica, "doing": [*doing], "lasts": LEASE})


@contextmanager
def under(lease: Lease) -> Iterator[None]:
    """What is done here, in this thread and its copied context, is done by this lease."""
    before = _HELD.set(lease)
    try:
        yield
    finally:
        _HELD.reset(before)


def check(connection: Connection) -> None:
    """Raise `StateError` where the act that asks has lost its lease."""
    lease = _HELD.get()
    if lease and not connection.execute(_IS_HELD, _asked(lease)).scalar():
        raise _taken_over(lease)


def extend(connection: Connection, seconds: float) -> None:
    """As `check`; and it does not run out while a request of so many seconds is under way."""
    lease = _HELD.get()
    lasts = {"lasts": LEASE + seconds}
    if lease and not connection.execute(_EXTEND, _asked(lease) | lasts).rowcount:
        raise _taken_over(lease)


def shorten(connection: Connection, replica: str, about: str) -> None:
    """It need not last for a request any more, unless another one about the same is under way."""
    lease = _HELD.get()
    if lease:
        asked = {"whose": replica, "about": about, "lasts": LEASE}
        connection.execute(_SHORTEN, _asked(lease) | asked)


def _asked(lease: Lease) -> dict[str, object]:
    return {"act": lease.name, "by": lease.token}


def _taken_over(lease: Lease) -> StateError:
    return StateError(
        f"another replica has taken over `{lease.name}`, since this one could not reach the state "
        "in time; it goes on there"
    )


_NOW = cast(func.extract("epoch", func.clock_timestamp()), Float)
_UNTIL = _NOW + cast(bindparam("lasts"), Float)
_NEW = insert(leases).values(until=_UNTIL)
_TAKE = _NEW.on_conflict_do_update(
    index_elements=[leases.c.name],
    set_={name: _NEW.excluded[name] for name in ("token", "replica", "until")},
    where=leases.c.until < _NOW,
).returning(leases.c.token)
_MINE = (leases.c.name == bindparam("act")) & (leases.c.token == bindparam("by"))
_GIVE_BACK = delete(leases).where(_MINE)
_IS_HELD = select(exists().where(_MINE))
_LATER = func.greatest(leases.c.until, _UNTIL)
_EXTEND = update(leases).where(_MINE).values(until=_LATER)
_HAS_OTHER = exists().where(
    requests.c.replica == bindparam("whose"),
    requests.c.about == bindparam("about"),
    requests.c.ended_at.is_(None),
)
_SHORTEN = update(leases).where(_MINE, ~_HAS_OTHER).values(until=_UNTIL)
_RENEW = (
    update(leases)
    .where(
        leases.c.replica == bindparam("whose"),
        leases.c.name.in_(bindparam("doing", expanding=True)),
    )
    .values(until=_LATER)
)
