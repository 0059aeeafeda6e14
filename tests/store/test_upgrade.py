from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from tests.sandbox_client import Control
from tests.service import Service, answer, span

DUMPS = Path(__file__).with_name("dumps")
SPREADSHEET = "1ReleasedSpreadsheet"
ROWS = [
    answer(1, "Satisfactory", 4, "Clear.", "Ada"),
    answer(2, "ok", 3, "", "Ada"),
    answer(3, "Goood", 1, "Note 3", "Ada"),
    answer(4, "", "", "", "Bo"),
    answer(5, "Satisfactory", 2, "", "Ada"),
    answer(5, "Needs Improvement", 2, "", "Bo"),
]
"""Synced twice, wrong, waiting, and two of one record."""


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """The sheet that the dumped states are of."""
    return Service(sandbox.contact, control, tmp_path, rows=ROWS, arize={"dialect": "seed"})


def load(service: Service, dump: Path) -> None:
    """Make the state that was dumped, of the sheet as it is called here."""
    script = dump.read_text(encoding="utf-8").replace(SPREADSHEET, service.spreadsheet)
    connection = sqlite3.connect(service.folder / "state.db")
    connection.executescript(script)
    connection.close()


def dumped(service: Service) -> str:
    """The state as SQL, of a spreadsheet called as in all dumps."""
    connection = sqlite3.connect(service.folder / "state.db")
    script = "\n".join(connection.iterdump())
    connection.close()
    return script.replace(service.spreadsheet, SPREADSHEET) + "\n"


@pytest.mark.parametrize("dump", sorted(DUMPS.glob("*.sql")), ids=lambda dump: dump.stem)
def test_a_state_of_every_released_schema_goes_on(service: Service, dump: Path) -> None:
    """What was sent is not sent again, attempts are known, and edits are posted."""
    load(service, dump)
    service.once()
    idle = service.control.mutations()
    service.type("E2", 5)
    service.once()
    connection = sqlite3.connect(service.folder / "state.db")
    tried = connection.execute("SELECT count(*) FROM attempts").fetchone()[0]
    connection.close()

    assert idle == []
    assert [mutation.note for mutation in service.control.mutations()] == [None]
    assert service.scores() == {span(1): 5}
    statuses = service.statuses()
    assert statuses[span(1)].startswith("Synced")
    assert statuses[span(2)].startswith("Synced")
    assert "Goood" in statuses[span(3)]
    assert tried == 3


KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from sheets_sync.store.database import open_state

def die(connection, cursor, statement, *_):
    global left
    left -= statement.strip().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE"))
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

left = int(sys.argv[2])
event.listen(Engine, "before_cursor_execute", die)
open_state(sys.argv[1])
"""


@pytest.mark.parametrize("statements", [1, 7, 15])
def test_a_migration_killed_in_its_middle_has_not_happened(tmp_path: Path, statements: int) -> None:
    """The next start does all of it."""
    url = f"sqlite:///{tmp_path}/state.db"
    killed = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", KILLED, url, str(statements)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[1:])},
        check=False,
    )
    connection = sqlite3.connect(tmp_path / "state.db")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    connection.close()
    state = open_state(url)
    with state.reading() as reading:
        rows = reading.exec_driver_sql("SELECT count(*) FROM deliveries").scalar()
    state.engine.dispose()

    assert killed.returncode == -signal.SIGKILL
    assert tables == 0
    assert rows == 0
