"""Tells whether anything was committed to the state, by this process or by another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import NamedTuple

from sqlalchemy import Connection, Engine, event


class Version(NamedTuple):
    """Equal means that nothing was committed in between, but what was written aside.

    SQLite counts for each connection the commits of all others, so a number means something only
    on its connection (sqlite.org/pragma.html#pragma_data_version).
    """

    connection: int
    commits: int


class Aside:
    """One connection that is kept, for one thread at a time; opened when it is first used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._using = threading.Lock()
        self._connection: Connection | None = None
        self._opened = count()
        self._number = 0
        event.listen(engine, "engine_disposed", lambda _: self._close())

    def version(self) -> Version:
        """The version now."""
        with self._connected() as connection, connection.begin():
            return self._version(connection)

    @contextmanager
    def writing(self, version: Version) -> Iterator[Connection | None]:
        """One transaction that no version tells of; None where this is not the version any more."""
        with self._connected() as connection, connection.begin():
            yield connection if self._version(connection) == version else None

    def _version(self, connection: Connection) -> Version:
        found: int = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        return Version(self._number, found)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with self._using:
            if self._connection is None:
                self._connection = self._engine.connect()
                self._connection.detach()  # closing it closes the file, also when the pool is gone
                self._number = next(self._opened)
            try:
                yield self._connection
            except BaseException:
                self._close()
                raise

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
