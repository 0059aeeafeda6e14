"""What is so of a state in Postgres alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from sheets_sync.errors import StateError
from sheets_sync.store import refusals
from sheets_sync.store.database import open_state, sole_writer
from sheets_sync.store.schema import endpoints, metadata
from tests.migrating import migrate
from tests.postgres import Postgres, libpq

DEFINED = """
SELECT table_name || '.' || column_name, data_type || ' ' || is_nullable || ' ' ||
       coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
"""
TOGETHER = 4


@pytest.fixture
def empty_url(postgres: Postgres) -> Iterator[str]:
    """A database without a table."""
    with postgres.empty_database() as url:
        yield url


def definitions(engine: Engine) -> dict[str, str]:
    """Each column, index and constraint as Postgres has it."""
    with engine.connect() as connection:
        return {str(name): str(text) for name, text in connection.exec_driver_sql(DEFINED)}


def test_a_new_state_is_as_the_migrations_make_it(postgres_url: str, empty_url: str) -> None:
    """The same columns, indexes and constraints as in one that was brought up to date."""
    new, migrated = create_engine(postgres_url), create_engine(empty_url)
    migrate(migrated)
    expected, found = definitions(migrated), definitions(new)
    new.dispose()
    migrated.dispose()

    assert len(expected) > len(metadata.tables)
    assert found == expected


def test_replicas_that_start_together_migrate_once(empty_url: str) -> None:
    """One makes the tables, the others wait and find them."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        for state in pool.map(open_state, [empty_url] * TOGETHER):
            state.engine.dispose()
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM commits").scalar()
    engine.dispose()

    assert found == 1


def test_an_older_program_goes_on_with_a_newer_state(postgres_url: str) -> None:
    """Where a newer one has added a column with a default, and a table."""
    with psycopg.connect(libpq(postgres_url)) as connection:
        connection.execute("ALTER TABLE endpoints ADD COLUMN colour text NOT NULL DEFAULT 'blue'")
        connection.execute("CREATE TABLE colours (name text PRIMARY KEY)")
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    state = open_state(postgres_url)
    with state.writing() as writing:
        writing.execute(insert(endpoints).values(name="default", dialect="seed"))
    with state.reading() as reading:
        found = reading.execute(select(endpoints)).all()
    state.engine.dispose()

    assert [tuple(row) for row in found] == [("default", "seed")]


def test_a_database_of_others_is_left_alone(empty_url: str) -> None:
    """Nothing is made beside tables that are none of ours; a queue's do not count."""
    with psycopg.connect(libpq(empty_url)) as connection:
        connection.execute("CREATE TABLE procrastinate_jobs (id int)")
        connection.execute("CREATE TABLE invoices (id int)")

    with pytest.raises(StateError, match=r"has the tables invoices\. Name another database"):
        open_state(empty_url)


def test_several_run_but_once_is_alone(postgres: Postgres, postgres_url: str) -> None:
    """Whoever comes second is told, unless both are `run`; a lost connection frees the lock."""
    used = "another `sheets-sync run`, `once` or `rebuild` is using it"
    with sole_writer(postgres_url, is_run=True), sole_writer(postgres_url, is_run=True) as run:
        with pytest.raises(StateError, match=used):
            sole_writer(postgres_url).__enter__()
        postgres.end_connections(postgres_url)
        with sole_writer(postgres_url), pytest.raises(StateError, match=used):
            run.renew()
        run.renew()
        with pytest.raises(StateError, match=used):
            sole_writer(postgres_url).__enter__()
    with sole_writer(postgres_url), pytest.raises(StateError, match=used):
        sole_writer(postgres_url, is_run=True).__enter__()


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("database", "no_such_database", "it cannot be reached, or does not let this user in"),
        ("username", "nobody", "it cannot be reached, or does not let this user in"),
    ],
)
def test_who_is_not_let_in_is_told(postgres_url: str, part: str, value: str, said: str) -> None:
    """With the server's words, and never with the password."""
    url = make_url(postgres_url).set(password="very-secret-word", **{part: value})  # type: ignore[arg-type]

    with pytest.raises(StateError, match=said) as refused:
        open_state(url.render_as_string(hide_password=False))
    assert value in str(refused.value)
    assert "very-secret-word" not in str(refused.value)


def test_a_server_that_is_not_there_is_said_plainly() -> None:
    """In one line with the address, without the password."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql+psycopg://me:very-secret-word@127.0.0.1:{taken.getsockname()[1]}/sync"
        with pytest.raises(StateError, match="it cannot be reached") as refused:
            open_state(url)

    assert str(refused.value).startswith("state postgresql://me:***@127.0.0.1:")
    assert "very-secret-word" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_user_without_rights_is_told_what_to_ask_for(
    postgres: Postgres, postgres_url: str
) -> None:
    """Whose tables belong to somebody else."""
    name = f"guest_{make_url(postgres_url).database}"
    postgres.execute(f"CREATE ROLE {name} LOGIN")
    guest = make_url(postgres_url).set(username=name)

    with pytest.raises(StateError, match=r"permission denied .*: grant this user all rights"):
        open_state(guest.render_as_string(hide_password=False))
    postgres.execute(f"DROP ROLE {name}")


def test_a_writer_that_never_ends_is_not_awaited_for_ever(postgres_url: str) -> None:
    """The others say so, and read meanwhile."""
    state = open_state(postgres_url)
    state.engine.dispose()
    event.listen(state.engine, "connect", be_impatient)
    with state.writing():
        with pytest.raises(StateError, match="another program has kept it locked for 30 s"):
            state.writing().__enter__()
        with state.reading() as reading:
            reading.execute(select(endpoints))
    state.engine.dispose()


def test_the_server_ends_a_writer_that_hangs(postgres_url: str) -> None:
    """A machine that is gone holds nobody up; who reads may think for as long as it likes."""
    shown = "SHOW idle_in_transaction_session_timeout"
    state = open_state(postgres_url)
    with state.writing() as writing:
        limit = writing.exec_driver_sql(shown).scalar()
    with state.reading() as reading:
        free = reading.exec_driver_sql(shown).scalar()
    state.engine.dispose()

    assert (limit, free) == ("1min", "0")


def be_impatient(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Wait for a tenth of a second, so that the test does not last half a minute."""
    connection.cursor().execute("SET lock_timeout = '100ms'")
    connection.commit()


def test_a_connection_that_the_server_ends_is_made_anew(
    postgres: Postgres, postgres_url: str
) -> None:
    """What was being written has not happened; the next transaction is as any other."""
    state = open_state(postgres_url)

    def lose() -> None:
        with state.writing() as writing:
            postgres.end_connections(postgres_url)
            writing.execute(insert(endpoints).values(name="lost"))

    with pytest.raises(StateError, match="a `run` at work tries again by itself"):
        lose()
    with state.writing() as writing:
        writing.execute(insert(endpoints).values(name="kept"))
    postgres.end_connections(postgres_url)
    with state.reading() as reading:
        found = reading.execute(select(endpoints.c.name)).scalars().all()
    state.engine.dispose()

    assert found == ["kept"]


def test_a_nul_is_kept_as_a_replacement_character(postgres_url: str) -> None:
    """Postgres stores none; an answer of Arize's may have one all the same."""
    state = open_state(postgres_url)
    with state.writing() as connection:
        refusals.note_problems(connection, ["a\0b"])
    with state.reading() as connection:
        found = refusals.problems(connection)
    state.engine.dispose()

    assert found == ["a\ufffdb"]
