from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sheets_sync.errors import StateError
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state, sole_writer
from tests.sandbox_client import Control
from tests.service import Service, answer
from tests.state.commands import begin, end


@pytest.fixture
def service(sandbox: Sandbox, control: Control) -> Iterator[Service]:
    """Three rows, in a folder that other users may enter."""
    rows = [answer(n, "Satisfactory", n, f"Note {n}", "Ada") for n in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        yield Service(sandbox.contact, control, Path(folder), rows=rows)


def test_state_and_lock_are_their_owner_s_alone(service: Service) -> None:
    """They hold experts' judgements; -wal and -shm are as the state is."""
    with sole_writer(service.settings()["state"]) as lock:
        state = open_state(service.settings()["state"], lock)
        with state.writing() as connection:
            connection.exec_driver_sql("INSERT INTO endpoints VALUES ('default', 'seed')")
        files = list(service.folder.glob("state.db*"))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files}
        state.engine.dispose()

    assert modes == dict.fromkeys(
        ["state.db", "state.db-wal", "state.db-shm", "state.db.lock"], 0o600
    )


def test_a_folder_in_the_place_of_the_state_is_named(tmp_path: Path) -> None:
    """As where a container made it, since the file to mount was not there."""
    (tmp_path / "state.db").mkdir()

    with pytest.raises(StateError, match=r"state .*/state\.db: unable to open database file: let"):
        open_state(f"sqlite:///{tmp_path}/state.db")


def test_a_file_in_the_place_of_its_folder_is_named(tmp_path: Path) -> None:
    """Both by who only reads and by who takes the lock."""
    (tmp_path / "state").write_text("")
    url = f"sqlite:///{tmp_path}/state/state.db"

    with pytest.raises(StateError, match=r"state\.db: cannot be made: (File exists|Not a dir)"):
        open_state(url)
    with (
        pytest.raises(StateError, match=r"its lock .*state\.db\.lock cannot be taken: "),
        sole_writer(url),
    ):
        pass


@pytest.fixture
def as_nobody() -> Sequence[str]:
    """What starts a program as a user who owns nothing."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everywhere, and this machine has no setpriv")
    return (setpriv, "--reuid=65534", "--regid=65534", "--clear-groups")


def test_whoever_may_not_write_is_told_which_file(
    service: Service, as_nobody: Sequence[str]
) -> None:
    """As another user, and in a folder that may only be read; later all goes on as before."""
    service.once()
    credentials = service.folder / "google.json"
    credentials.write_bytes(Path(service.contact.credentials_file).read_bytes())
    google = service.settings()["google"] | {"credentials": [str(credentials)]}
    service.sections = {"google": google}
    service.config()
    state, lock = service.folder / "state.db", service.folder / "state.db.lock"
    for file in (service.path, credentials, state, lock):
        file.chmod(0o444)
    service.folder.chmod(0o555)
    try:
        running = [begin(service, command, by=as_nobody) for command in ("once", "run", "plan")]
        running += [begin(service, command, by=as_nobody) for command in ("status", "retry")]
        lines = [end(process).line for process in running]
    finally:
        service.folder.chmod(0o755)
        for file in (service.path, state, lock):
            file.chmod(0o600)

    assert all(line.startswith(f"state {state}: ") for line in lines), lines
    assert all("let this user" in line for line in lines), lines
    service.type("E2", 5)
    service.once()
    assert len(service.control.mutations()) == 4
