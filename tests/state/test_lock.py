from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from sheets_sync.errors import StateError
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import is_locked, open_state, sole_writer
from tests.sandbox_client import Control
from tests.service import Service, answer, span
from tests.state.commands import assert_all_is_well, begin, end, told, wait_until

ROWS = 12
TOGETHER = 4
USED = "another `sheets-sync run` or `once` is using it"


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """A dozen rows."""
    service = Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(n, "Satisfactory", n % 6, f"Note {n}", "Ada") for n in range(ROWS)],
        mapping={"poll": "2s"},
        arize={"dialect": "seed"},
    )
    service.config()
    return service


def test_those_that_start_together_send_nothing_twice(service: Service) -> None:
    """Each of them ends well, or says that the other one is at work."""
    started = [begin(service, "once") for _ in range(TOGETHER)]
    for ended in map(end, started):
        assert ended.code == 0 or USED in ended.line
    finished = told(service, "once")

    assert finished.code == 0
    assert_all_is_well(service, ROWS)


def test_a_lock_file_removed_while_run_works_is_made_again(service: Service) -> None:
    """The second one is still kept out, and `run` goes on."""
    process = begin(service, "run")
    wait_until(lambda: len(service.labels()) == ROWS, process)
    lock = service.folder / "state.db.lock"
    lock.unlink()
    wait_until(lock.exists, process)
    second = told(service, "once")
    alive = told(service, "status", "--alive")
    service.type("E2", 5)
    wait_until(lambda: service.scores()[span(0)] == 5, process)
    process.send_signal(signal.SIGTERM)
    ended = end(process)

    assert USED in second.line
    assert alive.code == 0
    assert ended.code == 0, ended.errors
    assert len(service.control.mutations()) == ROWS + 1


def test_who_lost_the_lock_writes_no_more_until_it_is_free(tmp_path: Path) -> None:
    """Its file was removed, and another one was quicker in taking the new one."""
    url = f"sqlite:///{tmp_path}/state.db"
    with sole_writer(url) as first:
        state = open_state(url, first)
        (tmp_path / "state.db.lock").unlink()
        with sole_writer(url):
            with pytest.raises(StateError, match=USED), state.writing():
                pass
            with state.reading():
                pass
        with state.writing():
            assert is_locked(url)
        state.engine.dispose()


def test_the_lock_stands_beside_the_file_whatever_leads_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to the file, a link to its folder, a relative path: one state, one lock."""
    (tmp_path / "real").mkdir()
    (tmp_path / "other").mkdir()
    open_state(f"sqlite:///{tmp_path}/real/state.db").engine.dispose()
    (tmp_path / "other" / "link.db").symlink_to(tmp_path / "real" / "state.db")
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path / "other")
    with sole_writer(f"sqlite:///{tmp_path}/real/state.db"):
        for way in (f"{tmp_path}/other/link.db", f"{tmp_path}/linked/state.db", "link.db"):
            with pytest.raises(StateError, match=USED), sole_writer(f"sqlite:///{way}"):
                pass

    assert not list((tmp_path / "other").glob("*.lock"))


def test_the_lock_file_of_a_killed_process_is_no_hindrance(service: Service) -> None:
    """The system gave the lock up; the file alone means nothing."""
    process = begin(service, "run")
    wait_until(lambda: len(service.labels()) > 0, process)
    os.kill(process.pid, signal.SIGKILL)
    end(process)

    assert (service.folder / "state.db.lock").exists()
    assert told(service, "status", "--alive").code == 1
    assert told(service, "once").code == 0
    assert_all_is_well(service, ROWS, in_flight=6)


def test_while_another_program_writes_status_shows_and_writers_say_so(service: Service) -> None:
    """An `sqlite3` shell with a transaction that is open for longer than anybody waits."""
    service.once()
    state = open_state(service.settings()["state"])
    state.engine.dispose()
    event.listen(state.engine, "connect", be_impatient)
    with sqlite3.connect(service.folder / "state.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        seen = told(service, "status")
        with pytest.raises(StateError) as refused, state.writing():
            pass
        other.execute("ROLLBACK")
    other.close()
    state.engine.dispose()

    assert seen.code == 0
    assert "support-answers" in seen.shown
    assert "database is locked: another program has kept it locked for 30 s" in str(refused.value)
    service.once()
    assert_all_is_well(service, ROWS)


def be_impatient(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Wait for a tenth of a second, so that the test does not last half a minute."""
    connection.cursor().execute("PRAGMA busy_timeout=100")
