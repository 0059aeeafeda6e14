from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import Service, answer, span
from tests.state.commands import (
    Told,
    assert_all_is_well,
    begin_run,
    end,
    outcomes,
    told,
    wait_until,
)

ROWS = 40
IN_FLIGHT = 2 * 3
NO_ROOM = "its disk fails or has no room left"


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """A backlog of some seconds."""
    service = Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(n, "Satisfactory", n % 6, f"Note {n}", "Ada") for n in range(ROWS)],
        mapping={"poll": "2s"},
        arize={"mutations_per_minute": 2400, "requests_per_minute": 1200, "dialect": "seed"},
    )
    service.config()
    return service


def let_write(pid: int, size: int) -> None:
    """Let no file of the process grow, or be written, beyond so many bytes."""
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))


def test_run_waits_for_room_and_goes_on_by_itself(service: Service) -> None:
    """It says so once, sends nothing that it could not record, and loses and doubles nothing."""
    process = begin_run(service)
    wait_until(lambda: len(service.labels()) >= IN_FLIGHT, process)
    let_write(process.pid, 0)
    service.type("E2", 5)
    calm = Calm(service)
    wait_until(calm.lasts, process)
    held_back = len(service.control.mutations())
    seen = told(service, "status")
    let_write(process.pid, resource.RLIM_INFINITY)
    wait_until(lambda: len(service.labels()) == ROWS, process)
    process.send_signal(signal.SIGUSR1)
    wait_until(lambda: service.scores()[span(0)] == 5, process)
    wait_until(
        lambda: all(text.startswith("Synced") for text in service.statuses().values()), process
    )
    process.send_signal(signal.SIGTERM)
    ended = end(process)

    assert held_back < ROWS
    assert seen.code in {0, 1}, seen
    assert "support-answers" in seen.shown
    assert ended.code == 0, ended.errors
    assert ended.errors.count("nothing is recorded or sent") == 1, ended.errors
    assert NO_ROOM in ended.errors
    assert ended.errors.count("the state is usable again") == 1
    assert "unknown way" not in ended.errors
    assert_all_is_well(service, ROWS, IN_FLIGHT + 1)


class Calm:
    """Whether nothing was posted for so many looks in a row."""

    def __init__(self, service: Service, looks: int = 30) -> None:
        self.service, self.looks, self.calm, self.posted = service, looks, 0, -1

    def lasts(self) -> bool:
        posted = len(self.service.control.mutations())
        self.calm = self.calm + 1 if posted == self.posted else 0
        self.posted = posted
        return self.calm >= self.looks


@pytest.mark.parametrize("size", [0, 300_000])
def test_once_without_room_ends_in_one_line_and_the_next_one_goes_on(
    service: Service, size: int
) -> None:
    """Wherever the room ends: in opening, observing, delivering or recording an answer."""
    limited = ["prlimit", f"--fsize={size}:unlimited"]
    if shutil.which("prlimit") is None:
        pytest.skip("no prlimit on this machine")
    stopped = told(service, "once", by=limited)
    posted = len(service.control.mutations())
    again = told(service, "once", by=limited)
    finished = told(service, "once")

    for attempt in (stopped, again):
        assert str(service.folder / "state.db") in attempt.line
        assert NO_ROOM in attempt.line
    assert posted < ROWS
    assert finished.code == 0, finished
    assert_all_is_well(service, ROWS, 2 * IN_FLIGHT)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = (
        subprocess.run(  # noqa: S603 - a fixed command
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)],  # noqa: S607 - by PATH
            check=False,
            capture_output=True,
        )
        if os.geteuid() == 0
        else None
    )
    if mounted is None or mounted.returncode:
        pytest.skip("only root may mount a small disk, and not everywhere")
    yield place
    subprocess.run(["umount", str(place)], check=True)  # noqa: S603, S607 - a fixed command


def fill(disk: Path, spare: int) -> None:
    """Leave so many bytes of room."""
    free = shutil.disk_usage(disk).free
    (disk / "other").write_bytes(b"x" * max(0, free - spare))


def test_a_full_disk_is_said_and_made_good_by_room(service: Service, small_disk: Path) -> None:
    """A real one: rows are known from before, and neither the file nor its -wal can grow."""
    service.sections = {"state": f"sqlite:///{small_disk}/state.db"}
    service.config()
    assert told(service, "once").code == 0
    service.expert.type_rows(service.spreadsheet, "Review!D2", [["Needs Improvement"]] * 5)
    service.expert.type_rows(
        service.spreadsheet,
        f"Review!A{ROWS + 2}",
        [answer(n, "Satisfactory", 1, f"Note {n}", "Ada")[:7] for n in range(ROWS, 2 * ROWS)],
    )
    fill(small_disk, spare=60_000)
    stopped: Told = told(service, "once")
    seen = told(service, "status")
    (small_disk / "other").unlink()
    finished = told(service, "once")

    assert str(small_disk / "state.db") in stopped.line
    assert "room" in stopped.line
    assert "support-answers" in seen.shown or "room" in seen.line
    assert finished.code == 0, finished
    assert_all_is_well_after_edits(service, small_disk)


def assert_all_is_well_after_edits(service: Service, disk: Path) -> None:
    """Five rows were posted twice since they were edited, and what was in flight may be."""
    assert (disk / "state.db").exists()
    mutations = service.control.mutations()
    notes = [mutation.note for mutation in mutations if mutation.note is not None]
    assert 2 * ROWS + 5 <= len(mutations) <= 2 * ROWS + 5 + IN_FLIGHT
    assert len(notes) == len(set(notes)) == 2 * ROWS
    assert set(outcomes(service)) <= {"accepted", "unresolved"}
    assert len(service.labels()) == 2 * ROWS
