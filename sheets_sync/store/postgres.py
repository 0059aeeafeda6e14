"""The state in a Postgres database, for any number of replicas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Engine,
    Float,
    cast,
    create_engine,
    event,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from sheets_sync.errors import StateError
from sheets_sync.store import leases
from sheets_sync.store.aside import Version
from sheets_sync.store.contents import AS_JSON
from sheets_sync.store.lock import Lock
from sheets_sync.store.schema import commits

if TYPE_CHECKING:
    import psycopg  # an extra
    from psycopg.abc import Buffer

LOCK_TIMEOUT = 30
"""Seconds that one writer waits for the others."""
TAKE_WITHIN = 1.0
"""Seconds for which a lock is asked for: who held it may be about to end."""
IDLE_TIMEOUT = 60
"""Seconds after which the server ends a writing transaction whose program says nothing more."""
CONNECT = MappingProxyType(
    {
        "application_name": "sheets-sync",
        "connect_timeout": 10,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "options": f"-c lock_timeout={LOCK_TIMEOUT}s -c tcp_keepalives_idle=10 "
        "-c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
    }
)
"""How every connection is made (postgresql.org/docs/current/libpq-connect.html)."""

_WAY_BACK = (
    "Restore the database from its backup; docs/operators.md says under "
    '"If the state is damaged" what to do without one'
)
_LATER = "a `run` at work tries again by itself"
_UNREACHABLE = f"it cannot be reached, or does not let this user in; {_LATER}"
_CURES = {
    "08": f"it cannot be reached; {_LATER}",
    "28": "correct the user or the password in the address",
    "3D": "make the database, or correct its name in the address",
    "25006": "it can only be read, as a standby; name the primary in the address",
    "40": f"another program wrote meanwhile; {_LATER}",
    "42501": "grant this user all rights to the tables, and to make them in its schema",
    "3F": "make the schema, or correct the search_path",
    "42P01": _WAY_BACK,
    "42703": _WAY_BACK,
    "53100": "no room is left on its disk; make room there",
    "53300": "allow more connections (max_connections): each replica needs up to 25",
    "53": f"the server lacks memory or disk; {_LATER}",
    "55P03": f"another program has kept it locked for {LOCK_TIMEOUT} s; end that one",
    "57": f"the server ended the connection; {_LATER}",
    "58": "the server's disk or system fails; see its log",
    "XX": f"the server found damage; see its log. {_WAY_BACK}",
}
"""By SQLSTATE or its class (postgresql.org/docs/current/errcodes-appendix.html)."""

_NOW = select(cast(func.extract("epoch", func.clock_timestamp()), Float))
_ALONE = select(
    func.set_config("idle_in_transaction_session_timeout", f"{IDLE_TIMEOUT}s", true()),
    func.pg_advisory_xact_lock(text("hashtext('sheets-sync ' || current_schema())")),
)
"""Waits until no other writing transaction is open in this schema."""
_PING = select(1)
_RUN = "hashtext('sheets-sync run'), hashtext(current_schema())"
_TAKE = text(f"SELECT pg_try_advisory_lock({_RUN})")
_TAKE_SHARED = text(f"SELECT pg_try_advisory_lock_shared({_RUN})")
_COUNT = (
    update(commits)
    .values(count=commits.c.count + 1)
    .where(func.pg_current_xact_id_if_assigned().is_not(None))
)
"""Counts the transaction if it has changed anything."""


class ServerTime:
    """The server's clock, asked now and then, and carried on by this machine's steady one."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self.is_set = False

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return time.monotonic() + self._ahead

    def set(self, ask: Callable[[], float]) -> None:
        """Set it by an answer of the server's."""
        before = time.monotonic()
        answered = ask()
        self._ahead = answered - (before + time.monotonic()) / 2
        self.is_set = True


@dataclass(frozen=True)
class PostgresState:
    """As `State` says.

    Writing transactions follow one upon another in all replicas, as they do in SQLite: what one
    decides by is what it finds, and nobody changes it before it is done. READ COMMITTED shows each
    statement after the lock all that was committed before.
    """

    engine: Engine
    readers: Engine
    place: str
    password: str | None
    lock: Lock | None = None
    time: ServerTime = field(default_factory=ServerTime)

    is_shared = True
    way_back = _WAY_BACK

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view."""
        with self.said_plainly(), self.readers.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end unless an error leaves it."""
        with self._alone() as connection:
            yield connection
            connection.execute(_COUNT)

    def version(self) -> Version:
        """Equal means that nothing was committed in between, but what was written aside."""
        with self.reading() as connection:
            return _version(connection)

    @contextmanager
    def writing_aside(self, version: Version) -> Iterator[Connection | None]:
        """As `writing`, leaving the version as it is; None where it is not this one any more."""
        with self._alone() as connection:
            yield connection if _version(connection) == version else None

    def renew(self) -> None:
        """Take its lock again if it was lost, and ask the server for the time."""
        if self.lock is not None:
            self.lock.renew()
        self._set_time()

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """A transaction of what replicas tell each other, which others may write meanwhile."""
        with self.said_plainly(), self.engine.begin() as connection:
            yield connection

    def now(self) -> float:
        """Seconds since the epoch, as the server has them: so all replicas agree on the time."""
        if not self.time.is_set:
            self._set_time()
        return self.time.now

    def _set_time(self) -> None:
        with self.said_plainly(), self.engine.connect() as connection:
            self.time.set(lambda: connection.execute(_NOW).scalar_one())

    def check(self) -> None:
        """The server itself looks after its files."""

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        with self.said_plainly(), self.engine.begin() as connection:
            connection.execute(_ALONE)
            leases.check(connection)
            yield connection

    @contextmanager
    def said_plainly(self) -> Iterator[None]:
        """Raise `StateError` where the database does not do what it is asked for."""
        try:
            yield
        except DBAPIError as error:
            code = getattr(error.orig, "sqlstate", None)
            if code is None:
                is_lost = isinstance(error, OperationalError | InterfaceError)
                cure = _UNREACHABLE if is_lost else None
            else:
                cure = _CURES.get(code, _CURES.get(code[:2]))
            if cure is None:
                raise
            reason = " ".join(str(error.orig).split())
            if self.password:
                reason = reason.replace(self.password, "***")
            raise StateError(f"state {self.place}: {reason}: {cure}") from error


class RunLock:
    """Admits any number of `run`, or one other program that writes, for as long as it is connected.

    Raises `StateError` where the other kind is at work.
    """

    def __init__(self, state: PostgresState, *, is_run: bool) -> None:
        self._state = state
        self._ask = _TAKE_SHARED if is_run else _TAKE
        self._connection: Connection | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold it."""
        self.renew()
        try:
            yield
        finally:
            self._let_go()

    def renew(self) -> None:
        """Take it again if the connection that held it was lost."""
        with self._state.said_plainly():
            try:
                if self._connection is not None:
                    self._connection.execute(_PING)
                    return
            except DBAPIError:
                self._let_go()
            self._connection = self._state.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            if not self._takes(self._connection):
                self._let_go()
                raise StateError(
                    f"state {self._state.place}: another `sheets-sync run`, `once` or `rebuild` is "
                    "using it; only `run` may use it together with others of its kind"
                )

    def _takes(self, connection: Connection) -> bool:
        deadline = time.monotonic() + TAKE_WITHIN
        while not connection.execute(self._ask).scalar():
            if time.monotonic() > deadline:
                return False
            time.sleep(TAKE_WITHIN / 10)
        return True

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()  # the server frees what the connection held
            connection.close()


def _take_any_text(connection: psycopg.Connection[Any], _: ConnectionPoolEntry) -> None:
    """Let NUL be replaced, which Postgres does not store; whoever answers may send one."""
    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415 - it is an extra

    class WithoutNul(StrDumperUnknown):
        def dump(self, obj: str) -> Buffer | None:
            return super().dump(obj.replace("\0", "\ufffd"))

    connection.adapters.register_dumper(str, WithoutNul)


def postgres_state(url: URL, lock: Lock | None = None) -> PostgresState:
    """What is connected when it is first used; raises `StateError` without the driver."""
    place = url.set(drivername="postgresql").render_as_string(hide_password=True)
    try:
        engine = create_engine(url, connect_args=dict(CONNECT), pool_pre_ping=True, **AS_JSON)
    except ModuleNotFoundError as error:
        raise StateError(
            f"state {place}: needs the extra `postgres`; install sheets-sync[postgres]"
        ) from error
    event.listen(engine, "connect", _take_any_text)
    readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return PostgresState(engine, readers, place, url.password, lock)


def _version(connection: Connection) -> Version:
    return Version(0, connection.execute(select(commits.c.count)).scalar_one())
