"""Several `run` that share a state in Postgres, each in a process of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import State, open_state
from sheets_sync.store.schema import looks, requests
from tests.command import Command
from tests.sandbox_client import Control
from tests.service import HEADERS, Service, answer
from tests.state.commands import Told, end

SHEETS = 6
ROWS = 5
ENVIRONMENT = {"ARIZE_API_KEY": "a-key-of-the-sandbox"}


@dataclass
class Shared(Service):
    """Several spreadsheets alike, each with some rows, and the replicas that keep them."""

    others: list[str] = field(default_factory=list)
    replicas: list[Command] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        for sheet in range(1, SHEETS):
            rows = [
                answer(100 * sheet + n, "Satisfactory", n % 6, f"{n}", "Ada") for n in range(ROWS)
            ]
            self.others.append(
                self.control.add_spreadsheet([HEADERS, *rows], title=str(sheet), worksheet="Review")
            )

    def mappings(self) -> list[dict[str, Any]]:
        """One mapping of each spreadsheet."""
        (first,) = super().mappings()
        named = {"sheet 0": self.spreadsheet}
        named |= {f"sheet {n}": other for n, other in enumerate(self.others, 1)}
        return [first | {"name": name, "spreadsheet": s} for name, s in named.items()]

    def start(self, number: int, path: Path | None = None) -> None:
        """So many replicas more; `path` is another configuration than that of the service."""
        words = ["run", "--config", str(path or self.path)]
        for _ in range(number):
            self.replicas.append(Command(words, {**os.environ, **ENVIRONMENT}))

    def stop(self) -> list[Told]:
        """Ask all that live to stop, and wait for them."""
        living = [replica for replica in self.replicas if replica.poll() is None]
        for replica in living:
            replica.send_signal(signal.SIGTERM)
        self.replicas.clear()
        return [end(replica) for replica in living]

    def kill(self, replica: Command) -> None:
        """Without a last word."""
        replica.send_signal(signal.SIGKILL)
        end(replica)
        self.replicas.remove(replica)

    def looker(self, state: State) -> str:
        """The replica that looked at the first spreadsheet last."""
        of_first = select(looks.c.replica).where(looks.c.name == f"observe {self.spreadsheet}")
        with state.reading() as connection:
            return connection.execute(of_first).scalar() or ""

    def poster(self, state: State) -> str:
        """The replica that asked Arize last."""
        of_arize = requests.c.window.like("arize%")
        last = select(requests.c.replica).where(of_arize).order_by(requests.c.id.desc()).limit(1)
        with state.reading() as connection:
            return connection.execute(last).scalar() or ""

    @property
    def synced(self) -> int:
        """The rows whose sheets say so."""
        sheets = [self.spreadsheet, *self.others]
        return sum(
            row[-1].startswith("Synced")
            for sheet in sheets
            for row in self.expert.read(sheet, "Review")[1:]
            if row
        )


@contextmanager
def sharing(sandbox: Sandbox, control: Control, folder: Path, state_url: str) -> Iterator[Shared]:
    """Six spreadsheets with five rows each, and no replica yet; all have ended at the end."""
    service = Shared(
        sandbox.contact,
        control,
        folder,
        rows=[answer(n, "Satisfactory", n % 6, f"{n}", "Ada") for n in range(ROWS)],
        mapping={"poll": "2s"},
        arize={"dialect": "seed"},
        sections={"log": {"level": "info", "format": "json"}},
        state_url=state_url,
    )
    service.config()
    try:
        yield service
    finally:
        for replica in [*service.replicas]:
            service.kill(replica)


@pytest.fixture
def shared(
    sandbox: Sandbox, control: Control, tmp_path: Path, postgres_url: str
) -> Iterator[Shared]:
    """Six spreadsheets with five rows each, and no replica yet."""
    with sharing(sandbox, control, tmp_path, postgres_url) as service:
        yield service


@pytest.fixture
def state(postgres_url: str) -> Iterator[State]:
    """What they share."""
    state = open_state(postgres_url)
    yield state
    state.engine.dispose()
