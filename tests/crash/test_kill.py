from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from sheets_sync.store.schema import attempts, deliveries
from tests.command import Command
from tests.sandbox_client import Control
from tests.service import Service, answer, span

ROWS = 120


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """A backlog that takes some seconds at the pace of its configuration."""
    service = Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(n, "Satisfactory", n % 6, f"Note {n}", "Ada") for n in range(ROWS)],
        arize={"mutations_per_minute": 1800, "requests_per_minute": 600, "dialect": "seed"},
    )
    service.config()
    return service


def command(service: Service, *words: str) -> Command:
    """The real program in a process of its own."""
    return Command(
        [*words, "--config", str(service.path)],
        {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"},
    )


def wait_for_posts(service: Service, count: int, process: Command) -> None:
    """Until Arize holds this many records; fails if the process ends before."""
    deadline = time.monotonic() + 60
    while len(service.labels()) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_backlog_killed_in_its_middle_ends_as_if_nothing_had_happened(service: Service) -> None:
    """SIGKILL while posting, twice; a restart posts the rest and at most what was in flight."""
    for posted in (20, 60):
        process = command(service, "once")
        wait_for_posts(service, posted, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    finished = command(service, "once")
    finished.communicate(timeout=120)

    mutations = service.control.mutations()
    assert finished.returncode == 0
    assert service.scores() == {span(n): float(n % 6) for n in range(ROWS)}
    in_flight = 2 * 3
    assert ROWS <= len(mutations) <= ROWS + 2 * in_flight
    notes = [m.note for m in mutations if m.note is not None]
    assert len(notes) == len(set(notes))
    assert all(text.startswith("Synced") for text in service.statuses().values())
    assert len(service.statuses()) == ROWS
    state = open_state(f"sqlite:///{service.folder}/state.db")
    with state.reading() as connection:
        states = set(connection.execute(select(deliveries.c.state)).scalars())
        outcomes = set(connection.execute(select(attempts.c.outcome)).scalars())
        unsettled = connection.execute(select(deliveries.c.unsettled)).scalars()
        assert states == {"delivered"}
        assert outcomes <= {"accepted", "unresolved"}
        assert not any(unsettled)
    state.engine.dispose()
    service.control.forget_calls()
    idle = command(service, "once")
    idle.communicate(timeout=60)
    assert idle.returncode == 0
    assert service.control.calls().writes == 0
    assert service.control.calls().arize.mutations == 0


def test_a_stop_finishes_the_requests_in_flight_and_nothing_more(service: Service) -> None:
    """SIGTERM ends `run` cleanly: no attempt stays without an outcome."""
    process = command(service, "run")
    wait_for_posts(service, 10, process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 0, errors
    assert len(service.labels()) < ROWS
    state = open_state(f"sqlite:///{service.folder}/state.db")
    with state.reading() as connection:
        outcomes = set(connection.execute(select(attempts.c.outcome)).scalars())
    state.engine.dispose()
    assert outcomes <= {"accepted", "refused"}  # refused: it waited for its turn, unsent


def test_only_one_process_writes(service: Service) -> None:
    """A second `once` beside `run` is refused in plain words; looking is allowed."""
    process = command(service, "run")
    wait_for_posts(service, 1, process)
    second = command(service, "once")
    _, errors = second.communicate(timeout=60)
    seen = command(service, "status")
    shown, _ = seen.communicate(timeout=60)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    assert second.returncode == 1
    assert "another `sheets-sync run` or `once` is using it" in errors
    assert "Traceback" not in errors
    assert seen.returncode == 0
    assert "support-answers" in shown
