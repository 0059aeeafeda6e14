"""The real commands in processes of their own, and what an operator is told by them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import create_engine, select

from sheets_sync.app import opened
from sheets_sync.config import load
from sheets_sync.engine.schedule import run
from sheets_sync.observability.logs import configure_logging
from sheets_sync.store.schema import attempts, deliveries
from tests.command import Command
from tests.service import Service

Process = Command | subprocess.Popen[str]

SKIPPED = 60.0
"""Seconds: what could not be read or recorded is tried again after a minute."""


@dataclass(frozen=True)
class Told:
    """How a command ended."""

    code: int
    shown: str
    errors: str

    @property
    def line(self) -> str:
        """The one plain line that says why nothing was done."""
        assert self.code == 1, self
        assert "unknown failure" not in self.errors, self.shown
        (line,) = [line for line in self.errors.splitlines() if line.startswith("state ")]
        assert "Traceback" not in self.errors
        return line


def begin(service: Service, *words: str, by: Sequence[str] = ()) -> Process:
    """Start a command; `by` is the program that starts it, as another user."""
    words = (*words, "--config", str(service.path))
    environment = {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"}
    if not by:
        return Command(words, environment)
    return subprocess.Popen(  # noqa: S603 - our own program
        [*by, sys.executable, "-m", "sheets_sync", *words],
        env={
            **environment,
            "PYTHONPATH": os.pathsep.join(sys.path[1:]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def begin_run(service: Service) -> Command:
    """Start `run`; at each SIGUSR1 its clock skips `SKIPPED`."""
    return Command([str(service.path)], {"ARIZE_API_KEY": "a-key-of-the-sandbox"}, main=_run)


def _run() -> None:
    skips: list[float] = []
    config = load(Path(sys.argv[1]), os.environ)
    configure_logging(config.log.level, config.log.format)
    with opened(config, writes=True) as app:
        signal.signal(signal.SIGTERM, lambda *_: app.context.stopping.set())
        signal.signal(signal.SIGUSR1, lambda *_: skips.append(SKIPPED))
        context = replace(app.context, clock=lambda: time.time() + sum(skips))
        run(context, config.mappings, app.drains)


def end(process: Process) -> Told:
    """Wait for it."""
    shown, errors = process.communicate(timeout=90)
    assert process.returncode is not None
    return Told(process.returncode, shown, errors)


def told(service: Service, *words: str, by: Sequence[str] = ()) -> Told:
    """One command from its start to its end."""
    return end(begin(service, *words, by=by))


def wait_until(holds: Callable[[], bool], process: Process | None = None) -> None:
    """Until it holds; fails if the process ends before."""
    deadline = time.monotonic() + 60
    while not holds():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def outcomes(service: Service) -> list[str | None]:
    """What became of each attempt, in their order."""
    engine = create_engine(service.settings()["state"])
    with engine.connect() as connection:
        asked = select(attempts.c.outcome).order_by(attempts.c.intended_at)
        found = list(connection.execute(asked).scalars())
    engine.dispose()
    return found


def states(service: Service) -> set[str]:
    """Where the deliveries stand."""
    engine = create_engine(service.settings()["state"])
    with engine.connect() as connection:
        found = set(connection.execute(select(deliveries.c.state)).scalars())
    engine.dispose()
    return found


def assert_all_is_well(service: Service, rows: int, in_flight: int = 0) -> None:
    """Sheet, Arize and state agree; nothing was lost, and nothing sent twice but `in_flight`."""
    mutations = service.control.mutations()
    notes = [mutation.note for mutation in mutations if mutation.note is not None]
    assert rows <= len(mutations) <= rows + in_flight
    assert len(notes) == len(set(notes))
    assert len(service.labels()) == rows
    assert states(service) == {"delivered"}
    statuses = service.statuses()
    assert len(statuses) == rows
    assert all(text.startswith("Synced") for text in statuses.values())
