from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect

from sheets_sync.errors import StateError
from sheets_sync.store.database import open_state, sole_writer
from tests.migrating import migrate


def test_a_new_state_is_as_the_migrations_make_it(tmp_path: Path) -> None:
    """The same tables, indexes and first rows as in one that was brought up to date."""
    new = open_state(f"sqlite:///{tmp_path}/new.db").engine
    migrated = create_engine(f"sqlite:///{tmp_path}/migrated.db")
    migrate(migrated)
    expected, found = ((definitions(one), contents(one)) for one in (migrated, new))
    new.dispose()
    migrated.dispose()

    assert found == expected


def definitions(engine: Engine) -> dict[str, set[str]]:
    """Each table's and index's definition, word by word, whatever the order of its lines."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ).all()
    return {name: {part.strip(" \n\t()") for part in sql.split(",")} for name, sql in rows}


def contents(engine: Engine) -> dict[str, Sequence[object]]:
    """All that stands in the tables."""
    with engine.connect() as connection:
        return {
            name: connection.exec_driver_sql(f"SELECT * FROM {name}").all()  # noqa: S608 - our own tables
            for name in inspect(connection).get_table_names()
        }


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    """Migrating a state that is up to date changes nothing."""
    url = f"sqlite:///{tmp_path}/state.db"
    state = open_state(url)
    with state.writing() as connection:
        connection.exec_driver_sql("INSERT INTO endpoints VALUES ('default', 'seed')")
    state.engine.dispose()
    again = open_state(url)
    with again.reading() as connection:
        kept = connection.exec_driver_sql("SELECT dialect FROM endpoints").scalar()
    again.engine.dispose()

    assert kept == "seed"


def test_a_damaged_state_is_said_plainly(tmp_path: Path) -> None:
    """No traceback, but the file and the reason."""
    (tmp_path / "state.db").write_bytes(b"this is no database, " * 100)

    with pytest.raises(StateError, match=r"state\.db: file is not a database: Stop sheets-sync"):
        open_state(f"sqlite:///{tmp_path}/state.db")


def test_the_lock_admits_one_writer(tmp_path: Path) -> None:
    """The second one is told who has it."""
    url = f"sqlite:///{tmp_path}/state.db"
    with (
        sole_writer(url),
        pytest.raises(StateError, match="another `sheets-sync run` or `once`"),
        sole_writer(url),
    ):
        pass
    with sole_writer(url):
        pass


def test_a_table_dropped_by_hand_is_missed_at_once(tmp_path: Path) -> None:
    """Not only when it is needed, which may be between a post and its answer."""
    url = f"sqlite:///{tmp_path}/state.db"
    state = open_state(url)
    with state.writing() as connection:
        connection.exec_driver_sql("DROP TABLE outages")
    state.engine.dispose()

    with pytest.raises(StateError, match=r"state\.db: lacks outages"):
        open_state(url)
