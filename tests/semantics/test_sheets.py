from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from sheets_sync.operations.overview import overview
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from tests.sandbox_client import Control
from tests.semantics.shapes import SHAPES
from tests.semantics.tables import Cell, Line, cell, each_line, plain, table
from tests.service import STARTED, Service, span

HEADING = "Sheets as people make them"
_SYNCED = re.compile(r"Synced \d+ [A-Z][a-z]{2} \d\d:\d\d")


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """The mapping, its sheet yet to be made."""
    return Service(sandbox.contact, control, tmp_path)


def complaint(service: Service) -> str:
    """What `status` says of the mapping."""
    state = open_state(f"sqlite:///{service.folder}/state.db")
    (view,) = overview(state, service.config().mappings).mappings
    state.engine.dispose()
    return view.trouble or view.unwritable


def shown(service: Service) -> dict[str, str]:
    """Answer to status, times written as T, for answers that have one."""
    rows = service.sheet()
    at = next((row.index("Sync status") for row in rows if "Sync status" in row), None)
    if at is None:
        return {}
    answers = [row for row in rows if len(row) > at and row[1].startswith("Answer ")]
    return {row[1][-1]: _SYNCED.sub("Synced T", row[at]) for row in answers if row[at]}


@each_line("cells", HEADING)
def test_a_sheet(service: Service, line: Line) -> None:
    """What is right is sent, what is wrong says so, and no other cell is touched."""
    shape = SHAPES[line["Sheet"]]
    service.spreadsheet = service.control.add_spreadsheet(
        [[]], title="Support answers", worksheet="Review"
    )
    service.expert.type_rows(service.spreadsheet, "Review!A1", shape.lines)
    shape.deed(service)
    service.mapping = shape.mapping
    service.once()
    service.once()

    sent = line["Sent"].split(", ") if line["Sent"] else []
    others = {"2": plain(line["Row 2 of the answers shows"])} if sent else {}
    expected = {number: text for number, text in others.items() if text}
    assert sorted(service.labels()) == [span(int(number)) for number in sent]
    assert shown(service) == expected | dict.fromkeys(sent, "Synced T")
    said = re.escape(plain(line["`status` says"])).replace("…", ".*")
    assert re.fullmatch(said, complaint(service)), complaint(service)
    assert all(found.updated_by == "Ada" for found in service.control.annotations())
    written = {
        write.cell.rstrip("0123456789") for write in service.control.writes() if "@" in write.by
    }
    assert len(written) == bool(sent)


def test_every_sheet_stands_in_the_page() -> None:
    """Nothing is tried that operators are not told of."""
    assert sorted(line["Sheet"] for line in table("cells", HEADING)) == sorted(SHAPES)


@each_line("cells", "Typed numbers and dates")
def test_a_typed_cell(service: Service, line: Line) -> None:
    """The locale decides what the sheet makes of it, and Arize gets what was meant."""
    service.spreadsheet = service.control.add_spreadsheet(
        [["Span ID", "Started", "Adequacy", "Helpfulness", "Comment", "Reviewer"]],
        worksheet="Review",
        locale=plain(line["Locale"]),
        time_zone=plain(line["Time zone"]),
    )
    row: dict[str, Cell] = {"Started": STARTED, "Helpfulness": 4}
    row[line["Column"]] = plain(line["Typed"])
    typed = [span(1), row["Started"], "ok", row["Helpfulness"], "", "Ada"]
    service.expert.type_rows(service.spreadsheet, "Review!A2", [typed])
    service.once()

    (mutation,) = service.control.mutations()
    if line["Column"] == "Started":
        assert datetime.fromisoformat(mutation.start_time) == datetime.fromisoformat(
            plain(line["Arize gets"])
        )
    else:
        assert service.scores() == {span(1): cell(line["Arize gets"])}
