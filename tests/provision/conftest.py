"""A sheet with all columns but Done and the status, and with things of the experts' own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import Service, answer


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """A good row and a wrong one, in a grid of twelve rows."""
    service = Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(1, "Satisfactory", 4, "Clear.", "Ada"), answer(2, "Goood", 1, "", "Ada")],
        mapping={"when": {"column": "Done"}},
    )
    small: JsonValue = {
        "sheetId": service.gid,
        "gridProperties": {"rowCount": 12, "columnCount": 10},
    }
    fields = "gridProperties(rowCount,columnCount)"
    service.change({"updateSheetProperties": {"properties": small, "fields": fields}})
    return service
