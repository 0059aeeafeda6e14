"""The state in one SQLite file, for one machine and one `run`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from sheets_sync.errors import StateError
from sheets_sync.store.aside import Aside, Version
from sheets_sync.store.contents import AS_JSON
from sheets_sync.store.lock import Lock
from sheets_sync.store.trouble import BUSY_TIMEOUT_MS, WAY_BACK, said_plainly


@dataclass(frozen=True)
class SqliteState:
    """As `State` says.

    It runs in WAL mode with `synchronous` FULL: a commit survives a power cut.
    """

    engine: Engine
    path: Path
    aside: Aside
    lock: Lock | None = None

    is_shared = False
    way_back = WAY_BACK

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

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
        self.renew()
        with said_plainly(self.path), self.engine.begin() as connection:
            yield connection

    def version(self) -> Version:
        """Equal means that nothing was committed in between, but what was written aside."""
        with said_plainly(self.path):
            return self.aside.version()

    @contextmanager
    def writing_aside(self, version: Version) -> Iterator[Connection | None]:
        """As `writing`, leaving the version as it is; None where it is not this one any more."""
        self.renew()
        with said_plainly(self.path), self.aside.writing(version) as connection:
            yield connection

    def renew(self) -> None:
        """Take its lock again if it was lost."""
        if self.lock is not None:
            self.lock.renew()

    def beside(self) -> AbstractContextManager[Connection]:
        """As `writing`: there is nobody to tell anything."""
        return self.writing()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def check(self) -> None:
        """Read it all once: what is damaged must not be found out between a post and its answer."""
        with self.reading() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise StateError(f"state {self.place}: is damaged ({found}). {WAY_BACK}")


def sqlite_state(url: URL, lock: Lock | None) -> SqliteState:
    """Connect to the file, made where there is none; raises `StateError` where it cannot be."""
    path = file_of(url)
    try:
        _make(path)
    except OSError as error:
        raise StateError(f"state {path}: cannot be made: {error.strerror}") from error
    engine = create_engine(url.set(database=str(path)), **AS_JSON)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return SqliteState(engine, path, Aside(engine), lock)


def file_of(url: URL) -> Path:
    """The file itself, whatever links lead to it: its lock stands beside it."""
    return Path(url.database or "").resolve()


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
