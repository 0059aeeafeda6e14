from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.command import Command
from tests.sandbox_client import Control
from tests.service import Service, answer

PATIENCE = 30.0
"""Seconds that a test waits for what must come."""


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """A good row and a wrong one, looked at each second."""
    return Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(1, "Satisfactory", 4, "", "Ada"), answer(2, "Goood", 1, "", "Ada")],
        mapping={"poll": "1s"},
        sections={"log": {"level": "debug", "format": "json"}},
    )


def eventually(holds: Callable[[], object]) -> None:
    """Wait until it holds; fail if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@dataclass
class Running:
    """A `run` in a process of its own; `log` is what it said, once it has ended."""

    command: Command
    log: list[str] = field(default_factory=list)


@contextmanager
def running(service: Service, **environment: str) -> Iterator[Running]:
    """`sheets-sync run`, until it is told to stop at the end."""
    service.config()
    known = {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox", **environment}
    found = Running(Command(["run", "--config", str(service.path)], known))
    try:
        yield found
    finally:
        if found.command.returncode is None:
            found.command.send_signal(signal.SIGTERM)
        found.log = found.command.communicate()[1].splitlines()
    assert found.command.returncode == 0
