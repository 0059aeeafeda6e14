from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from sheets_sync.app import opened
from sheets_sync.config import Config, load
from sheets_sync.engine.schedule import once
from sheets_sync.sandbox.server import Contact, Sandbox
from tests.convergence.damage import damaged
from tests.convergence.expected import TABLES, Expectation, Held, Line, expect, read_lines
from tests.sandbox_client import Control, Row

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SHEETS_SYNC_SHARED", REPOSITORY.parent / "shared"))
MAPPINGS = Path(__file__).parent / "tables"

pytestmark = pytest.mark.skipif(
    not (SHARED / "data").is_dir(),
    reason=f"the real tables are not at {SHARED / 'data'}; SHEETS_SYNC_SHARED may say where",
)


def _as_it_is(lines: list[Line]) -> list[Line]:
    return lines


@pytest.mark.parametrize("copy", ["as it is", "damaged"])
@pytest.mark.parametrize("table", TABLES)
def test_every_valid_row_is_delivered_and_every_invalid_one_explained(
    table: str, copy: str, sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Arize holds what the table says, each row says what became of it, and again is idle."""
    meaning = TABLES[table]
    lines = read_lines(SHARED / "data" / meaning.file)
    if copy == "damaged":
        lines = damaged(meaning, lines)
    expectation = expect(meaning, lines)
    control.set(quotas=None, any_record=True)
    worksheet = "Judgements"
    spreadsheet = control.add_spreadsheet(
        _rows(lines), worksheet=worksheet, time_zone=meaning.zone
    )
    config = _config(table, sandbox.contact, spreadsheet, worksheet, tmp_path)

    _once(config)

    held = [
        Held(one.record_id, one.name, one.label, one.score, one.updated_by, tuple(one.notes))
        for one in control.annotations()
    ]
    assert sorted(held, key=str) == sorted(expectation.held, key=str)
    assert {one.writes for one in control.annotations()} == {1}
    posted = control.mutations()
    starts = {one.record_id: datetime.fromisoformat(one.start_time) for one in posted}
    assert starts == expectation.start_times
    statuses = _statuses(control, spreadsheet, worksheet, len(lines))
    assert _unexplained(statuses, expectation, meaning.record) == {}

    written = len(control.writes())
    control.forget_calls()

    _once(config)

    calls = control.calls()
    assert calls.arize.requests == 0
    assert calls.writes == 0
    assert len(control.writes()) == written
    assert _statuses(control, spreadsheet, worksheet, len(lines)) == statuses
