"""Opens the state, migrated to the newest schema: an SQLite file, or a Postgres database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import URL, make_url

from sheets_sync.errors import StateError
from sheets_sync.store import replicas
from sheets_sync.store.aside import Version
from sheets_sync.store.lock import Lock, SoleWriter
from sheets_sync.store.postgres import RunLock, postgres_state
from sheets_sync.store.schema import commits, metadata
from sheets_sync.store.sqlite import file_of, sqlite_state

_MIGRATIONS = Path(__file__).with_name("migrations")
_VERSIONS = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it."""
_BESIDE = "procrastinate_"
"""What the tables begin with that stand beside the state's own."""


class State(Protocol):
    """The open state. Every durable operation takes a connection from `reading` or `writing`.

    All methods raise `StateError` where it cannot be used: no room, no permission, damage, a
    server that is not there, or somebody else's lock.
    """

    @property
    def engine(self) -> Engine:
        """Its connections, to be disposed of at the end."""

    @property
    def place(self) -> str:
        """Where it is, for people; without a password."""

    @property
    def is_shared(self) -> bool:
        """Whether several replicas may `run` on it."""

    @property
    def way_back(self) -> str:
        """What to do if it is damaged."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A consistent view."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction, committed at the end unless an error leaves it.

        No other one writes meanwhile.
        """

    def version(self) -> Version:
        """Equal means that nothing was committed in between, but what was written aside."""

    def writing_aside(self, version: Version) -> AbstractContextManager[Connection | None]:
        """As `writing`, leaving the version as it is; None where it is not this one any more."""

    def renew(self) -> None:
        """Take its lock again if it was lost."""

    def beside(self) -> AbstractContextManager[Connection]:
        """A transaction of what replicas tell each other, which others may write meanwhile.

        It leaves the version as it is. Only a shared state has such.
        """

    def now(self) -> float:
        """Seconds since the epoch; of a shared state, as its server has them."""

    def check(self) -> None:
        """Raise `StateError` if it is damaged."""


def open_state(url: str, lock: Lock | None = None) -> State:
    """Open the state at `url`, creating or migrating it; who holds its `lock` has it checked.

    Raises `StateError` where it cannot be opened, read or written.
    """
    address = make_url(url)
    connect = postgres_state if _is_postgres(address) else sqlite_state
    state: State = connect(address, lock)
    try:
        _migrate(state)
        if lock is not None:
            state.check()
    except BaseException:
        state.engine.dispose()
        raise
    return state


@contextmanager
def sole_writer(url: str, *, is_run: bool = False) -> Iterator[Lock]:
    """Hold the state's lock; raises `StateError` where another program that writes has it.

    In Postgres several `run` may hold it together, and nobody else beside them.
    """
    address = make_url(url)
    if not _is_postgres(address):
        lock = SoleWriter(file_of(address))
        with lock.taken():
            yield lock
        return
    state = postgres_state(address)
    shared = RunLock(state, is_run=is_run)
    try:
        with shared.taken():
            yield shared
    finally:
        state.engine.dispose()


def is_locked(url: str) -> bool:
    """Whether a `run` or `once` is at work on the state; of a shared one, a `run` of this host."""
    address = make_url(url)
    if not _is_postgres(address):
        return not SoleWriter(file_of(address)).is_free()
    state = open_state(url)
    try:
        with state.reading() as connection:
            living = replicas.alive(connection, state.now())
    finally:
        state.engine.dispose()
    return any(replicas.is_here(replica.name) for replica in living)


def _is_postgres(address: URL) -> bool:
    return address.get_backend_name() == "postgresql"


def _migrate(state: State) -> None:
    """Bring it to the newest schema; one that is there is only read, so nobody has to wait.

    A shared state may be newer: while replicas are brought to a new version, the old ones go on.
    """
    with state.reading() as connection:
        tables = set(inspect(connection).get_table_names())
        is_numbered = _VERSIONS.name in tables
        found = connection.execute(select(_VERSIONS)).scalar() if is_numbered else None
    others = sorted(name for name in tables if not name.startswith(_BESIDE))
    if found is None and others:
        another = "database" if state.is_shared else "file"
        raise StateError(
            f"state {state.place}: is no state of sheets-sync; it has the tables "
            f"{', '.join(others[:3])}. Name another {another} under `state`, or if this was one: "
            f"{state.way_back}"
        )
    if found is None:
        _create(state)
    elif found != _newest() and not (state.is_shared and found > _newest()):
        _upgrade(state)
    elif missing := metadata.tables.keys() - tables:
        raise StateError(
            f"state {state.place}: lacks {', '.join(sorted(missing))}. {state.way_back}"
        )


def _newest() -> str:
    """The revision of the last migration: each file's name begins with its own."""
    return max(file.name for file in _MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]


def _create(state: State) -> None:
    """Make it as all migrations together would: they take as long as all else of a first look."""
    with state.writing() as connection:
        if inspect(connection).has_table(_VERSIONS.name):  # another program was quicker
            return
        metadata.create_all(connection)
        connection.execute(insert(commits).values(id=1, count=0))
        _VERSIONS.create(connection)
        connection.execute(insert(_VERSIONS).values(version_num=_newest()))


def _upgrade(state: State) -> None:
    # a tenth of what a command takes to start, and seldom needed
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    try:
        with state.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StateError(
            f"state {state.place}: was written by a newer version of sheets-sync; "
            f"use that one ({error})"
        ) from error
