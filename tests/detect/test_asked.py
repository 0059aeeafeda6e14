from __future__ import annotations

from pathlib import Path

from sheets_sync.app import opened
from sheets_sync.domain.mapping import by_spreadsheet
from sheets_sync.engine.detect import Detection
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import Service, answer


def test_who_asks_while_a_sheet_is_read_has_it_read_once_more(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """What was typed meanwhile may have been too late for that read; once is enough."""
    rows = [answer(1, "Satisfactory", 4, "", "Ada")]
    service = Service(sandbox.contact, control, tmp_path, rows=rows, mapping={"poll": "1h"})
    sheet = service.spreadsheet
    with opened(service.config(), writes=True) as app:
        detection = Detection(app.context, by_spreadsheet(app.config.mappings))
        assert detection.due(32) == [sheet]
        detection.ask(sheet)
        detection.ask(sheet)
        assert detection.due(32) == []
        detection.read(sheet)
        assert detection.due(32) == [sheet]
        detection.put_back(sheet)
        assert detection.due(32) == [sheet]
        detection.read(sheet)
        assert detection.due(32) == []
        detection.ask("a sheet that nobody maps")
        assert detection.due(32) == []
