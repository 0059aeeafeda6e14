"""Opens the state: one writer at a time, migrated to the newest schema."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from sheets_sync.errors import StateError
from sheets_sync.store.aside import Aside, Version
from sheets_sync.store.lock import SoleWriter
from sheets_sync.store.schema import metadata
from sheets_sync.store.trouble import BUSY_TIMEOUT_MS, WAY_BACK, said_plainly

_MIGRATIONS = Path(__file__).with_name("migrations")
_REVISION = "SELECT version_num FROM alembic_version"


@dataclass(frozen=True)
class State:
    """The open state. Every durable operation takes a connection from `reading` or `writing`.

    Both raise `StateError` where the file cannot be used: no room, no permission, damage, or
    somebody else's lock.
    """

    engine: Engine
    path: Path
    aside: Aside
    lock: SoleWriter | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view."""
        with (
            said_plainly(self.path),
            self.engine.connect().execution_options(writes=False) as connection,
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end unless an error leaves it."""
        if self.lock is not None:
            self.lock.renew()
        with said_plainly(self.path), self.engine.begin() as connection:
            yield connection

    def version(self) -> Version:
        """Equal means that nothing was committed in between, but what was written aside."""
        with said_plainly(self.path):
            return self.aside.version()

    @contextmanager
    def writing_aside(self, version: Version) -> Iterator[Connection | None]:
        """As `writing`, leaving the version as it is; None where it is not this one any more."""
        if self.lock is not None:
            self.lock.renew()
        with said_plainly(self.path), self.aside.writing(version) as connection:
            yield connection


def open_state(url: str, lock: SoleWriter | None = None) -> State:
    """Open the state at `url`, creating or migrating it; who holds its `lock` has it checked.

    SQLite runs in WAL mode with `synchronous` FULL: a commit survives a power cut. Raises
    `StateError` where the file cannot be opened, read or written.
    """
    path = _path(url)
    try:
        _make(path)
    except OSError as error:
        raise StateError(f"state {path}: cannot be made: {error.strerror}") from error
    engine = create_engine(
        make_url(url).set(database=str(path)),
        json_serializer=_to_json,
        json_deserializer=from_json,
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    state = State(engine, path, Aside(engine), lock)
    try:
        _migrate(state)
        if lock is not None:
            _check(state)
    except BaseException:
        engine.dispose()
        raise
    return state


@contextmanager
def sole_writer(url: str) -> Iterator[SoleWriter]:
    """Hold the state's lock; raises `StateError` where another `run` or `once` has it."""
    lock = SoleWriter(_path(url))
    with lock.taken():
        yield lock


def is_locked(url: str) -> bool:
    """Whether a `run` or `once` holds the state now."""
    return not SoleWriter(_path(url)).is_free()


def _to_json(content: object) -> str:
    return to_json(content).decode()


def _path(url: str) -> Path:
    """The file itself, whatever links lead to it: its lock stands beside it."""
    return Path(make_url(url).database or "").resolve()


def _make(path: Path) -> None:
    """Make the file, where there is none, for its owner alone: it holds people's judgements."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy, not the driver, begins transactions
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a reader that becomes a writer would not wait for its turn."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(state: State) -> None:
    """Bring it to the newest schema; one that is there is only read, so nobody has to wait."""
    with state.reading() as connection:
        tables = set(inspect(connection).get_table_names())
        is_numbered = "alembic_version" in tables
        found = connection.exec_driver_sql(_REVISION).scalar() if is_numbered else None
    if found is None and tables:
        raise StateError(
            f"state {state.path}: is no state of sheets-sync; it has the tables "
            f"{', '.join(sorted(tables)[:3])}. Name another file under `state`, or if this was "
            f"one: {WAY_BACK}"
        )
    if found != _newest():
        _upgrade(state)
    elif missing := metadata.tables.keys() - tables:
        raise StateError(f"state {state.path}: lacks {', '.join(sorted(missing))}. {WAY_BACK}")


def _newest() -> str:
    """The revision of the last migration: each file's name begins with its own."""
    return max(file.name for file in _MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]


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
            f"state {state.path}: was written by a newer version of sheets-sync; "
            f"use that one ({error})"
        ) from error


def _check(state: State) -> None:
    """Read it all once: what is damaged must not be found out between a post and its answer."""
    with state.reading() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise StateError(f"state {state.path}: is damaged ({found}). {WAY_BACK}")
