"""A folder of copies, one for each expert."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sheets_sync.app import opened
from sheets_sync.engine.observe import Observation
from sheets_sync.engine.schedule import once
from sheets_sync.operations import interventions
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from tests.sandbox.google_calls import Google
from tests.sandbox_client import Control
from tests.service import HEADERS, Cell, Service, answer

FILES = "/drive/v3/files"


@dataclass
class Folder(Service):
    """A folder at Drive that is mapped, with who judged in each file's title."""

    drive: Google | None = None
    id: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        kind = "application/vnd.google-apps.folder"
        self.id = self.ask("POST", "", {"name": "Experts", "mimeType": kind})["id"]

    def ask(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """A person's request to Drive's files."""
        assert self.drive is not None
        return self.drive.ask(method, f"{FILES}{path}", body, **query)

    def mappings(self) -> list[dict[str, Any]]:
        """One entry for all copies."""
        entry = super().mappings()[0]
        del entry["spreadsheet"]
        wanted = {"name": "experts", "folder": self.id, "updated_by": {"file_title": True}}
        return [entry | wanted | self.mapping]

    def add(self, title: str, *rows: list[Cell]) -> str:
        """A copy in the folder; returns its id."""
        file = self.control.add_spreadsheet([HEADERS, *rows], title=title, worksheet="Review")
        self.move(file, into=True)
        return file

    def move(self, file: str, *, into: bool) -> None:
        """Move a file into the folder, or out of it."""
        self.ask("PATCH", f"/{file}", {}, **{"addParents" if into else "removeParents": self.id})

    def once(self) -> list[Observation]:
        """One `sheets-sync once`, in this process."""
        with opened(self.config(), writes=True) as written:
            app, _ = written.expanded(again=True)
            return once(app.context, app.config.mappings, app.drains)

    def approve(self, mapping: str) -> None:
        """Let go what is held as a changed configuration."""
        state = open_state(self.config().state)
        plan = interventions.held(state, mapping)
        assert plan is not None
        assert plan.kind == "reconfigured"
        assert interventions.approve(state, mapping, plan.digest)
        state.engine.dispose()

    def judged(self) -> list[tuple[str, str | None]]:
        """Whose judgement of which record was sent, in order of the records."""
        return sorted(
            (found.record_id, found.updated_by)
            for found in self.control.annotations()
            if found.name == "Adequacy"
        )


@pytest.fixture
def folder(sandbox: Sandbox, control: Control, tmp_path: Path) -> Folder:
    """An empty folder."""
    return Folder(sandbox.contact, control, tmp_path, drive=Google(sandbox))


def row(number: int) -> list[Cell]:
    """A judged answer."""
    return answer(number, "Satisfactory", number % 5, "Fine", "")
