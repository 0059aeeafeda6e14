from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sheets_sync.operations.overview import MappingView, Overview, overview
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import State, open_state
from tests.command import Command
from tests.faults.test_run_goes_on import until
from tests.sandbox_client import Control
from tests.service import HEADERS, Service, answer


@dataclass
class Live(Service):
    """Two spreadsheets, the second not mapped at first, and a `run` on what stands in a file."""

    other: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        row = answer(5, "Satisfactory", 5, "Kept", "Bob")
        self.other = self.control.add_spreadsheet([HEADERS, row], title="More", worksheet="Review")

    def first(self, **changes: Any) -> dict[str, Any]:
        """The mapping that is there from the start."""
        return self.mappings()[0] | changes

    def second(self, **changes: Any) -> dict[str, Any]:
        """A mapping of the other spreadsheet."""
        return self.first(name="more", spreadsheet=self.other) | changes

    def text(self, *mappings: dict[str, Any], **sections: Any) -> str:
        """A configuration file with these mappings."""
        return yaml.safe_dump(self.settings() | sections | {"mappings": [*mappings]})

    def command(self, *words: str) -> Command:
        """The real program in a process of its own."""
        return Command(words, {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"})

    @contextmanager
    def running(self, path: Path) -> Iterator[Command]:
        """`sheets-sync run` on what stands at `path`, until it is told to stop at the end."""
        command = self.command("run", "--config", str(path))
        try:
            yield command
        finally:
            command.send_signal(signal.SIGTERM)
            errors = command.communicate()[1]
        assert command.returncode == 0, errors

    def seen(self, state: State, *names: str) -> Overview:
        """What `status` says of mappings with these names."""
        known = self.config().mappings[0]
        return overview(state, [known.model_copy(update={"name": name}) for name in names])

    def view(self, state: State, name: str) -> MappingView:
        """What it says of one of them."""
        return self.seen(state, name).mappings[0]

    def wait_until_synced(self, state: State, name: str, rows: int) -> None:
        """Until so many rows of the mapping are at Arize."""
        until(lambda: self.view(state, name).states.get("delivered") == rows)


@pytest.fixture
def live(sandbox: Sandbox, control: Control, tmp_path: Path) -> Live:
    """One mapping of one row, that is looked at once an hour; logs are for machines."""
    return Live(
        sandbox.contact,
        control,
        tmp_path / "elsewhere",
        rows=[answer(1, "Satisfactory", 1, "Fine", "Ada")],
        mapping={"poll": "1h"},
        sections={"log": {"format": "json"}, "state": f"sqlite:///{tmp_path}/state.db"},
    )


@pytest.fixture
def state(live: Live, tmp_path: Path) -> Iterator[State]:
    """What `run` records."""
    live.folder.mkdir()
    opened = open_state(f"sqlite:///{tmp_path}/state.db")
    yield opened
    opened.engine.dispose()
