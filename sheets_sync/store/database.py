"""Opens the state: one writer at a time, migrated to the newest schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from sheets_sync.errors import StateError

BUSY_TIMEOUT_MS = 30_000
_MIGRATIONS = Path(__file__).with_name("migrations")


@dataclass(frozen=True)
class State:
    """The open state. Every durable operation takes a connection from `reading` or `writing`."""

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view."""
        with self.engine.connect().execution_options(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end unless an error leaves it."""
        with self.engine.begin() as connection:
            yield connection


def open_state(url: str) -> State:
    """Open the state at `url`, creating or migrating it.

    SQLite runs in WAL mode with `synchronous` FULL: a commit survives a power cut. Raises
    `StateError` where the file cannot be opened, read or written.
    """
    parsed = make_url(url)
    path = _path(parsed)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
        _migrate(engine)
    except CommandError as error:
        raise StateError(
            f"state {path}: was written by a newer version of sheets-sync; use that one ({error})"
        ) from error
    except (SQLAlchemyError, OSError) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        raise StateError(f"state {path}: cannot be opened: {reason}") from error
    return State(engine)


@contextmanager
def sole_writer(url: str) -> Iterator[None]:
    """Hold the state's lock; raises `StateError` where another `run` or `once` has it."""
    path = _path(make_url(url))
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=1)  # longer than `is_locked` holds it
    except Timeout:
        raise StateError(
            f"state {path}: another `sheets-sync run` or `once` is using it; stop that one first"
        ) from None
    except OSError as error:
        raise StateError(f"state {path}: its lock cannot be taken: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


def is_locked(url: str) -> bool:
    """Whether a `run` or `once` holds the state now."""
    try:
        with sole_writer(url):
            return False
    except StateError:
        return True


def _path(url: URL) -> Path:
    return Path(url.database or "")


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy, not the driver, begins transactions
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a reader that becomes a writer would not wait for its turn."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
