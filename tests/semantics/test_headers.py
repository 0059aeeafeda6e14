from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sheets_sync.app import opened
from sheets_sync.operations.overview import overview
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from tests.sandbox_client import Control
from tests.semantics.accidents import ACCIDENTS, MENDED, ROWS
from tests.semantics.tables import Line, each_line, plain, tables
from tests.service import Service, span

_SYNCED = re.compile(r"^Synced \d+ [A-Z][a-z]{2} \d\d:\d\d$")


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """Two judged rows."""
    return Service(sandbox.contact, control, tmp_path, rows=ROWS)


def complaint(service: Service) -> str:
    """What `status` says of the mapping."""
    state = open_state(f"sqlite:///{service.folder}/state.db")
    (view,) = overview(state, service.config().mappings).mappings
    state.engine.dispose()
    return view.trouble or view.unwritable


def tab(service: Service) -> list[list[str]]:
    """What stands in the first tab but Other, whatever it is called."""
    found = service.expert.ask("GET", f"{service.spreadsheet}?fields=sheets.properties.title")
    titles = re.findall(r"'title': '([^']+)'", str(found))
    (title,) = [title for title in titles if title != "Other"] or ["Other"]
    service_rows = service.expert.read(service.spreadsheet, title)
    return [["title", title], *service_rows]


def edit(service: Service) -> None:
    """An expert finds the first answer and gives it another score, if it is still there."""
    (_, title), *rows = tab(service)
    for number, row in enumerate(rows, 1):
        if span(1) in row and "4" in row:
            cell = f"{title}!{chr(65 + row.index('4'))}{number}"
            service.expert.type(service.spreadsheet, cell, 1)


def shown(service: Service) -> str:
    """The text of the newest status column in the first answer's row, times written as T."""
    _, *rows = tab(service)
    (row,) = [row for row in rows if span(1) in row] or [[""]]
    at = [at for at, header in enumerate(rows[0] if rows else []) if header == "Sync status"]
    text = "".join(row[at[0] : at[0] + 1]) if at else row[-1]
    return _SYNCED.sub("Synced T", text)


def later(service: Service) -> None:
    """One `once`, two hours on, when what could not be written is tried again."""
    with opened(service.config(), writes=True) as found:
        clock = time.time() + 7200
        app = replace(found, context=replace(found.context, clock=lambda: clock))
        service.passes(app)


def check(service: Service, line: Line) -> None:
    """Cause the accident, edit, compare; mend it and see the edit arrive."""
    if "by its number" in line["Accident"]:
        service.mapping = {"worksheet": {"gid": service.gid}}
    service.once()
    before = shown(service)
    ACCIDENTS[line["Accident"]](service)
    edit(service)
    service.once()

    said = plain(line["`status` says"])
    assert re.fullmatch(re.escape(said).replace("…", ".*"), complaint(service)), complaint(service)
    is_sent = line["The edit is"].startswith("sent")
    assert service.scores()[span(1)] == (1.0 if is_sent else 4.0)
    row_shows = {"the old text": before}.get(line["The row shows"], plain(line["The row shows"]))
    assert shown(service) == row_shows
    if "a new status column is made" in line["The edit is"]:
        assert tab(service)[1][-1] == "Sync status"
    if line["Mended by"]:
        MENDED[line["Mended by"]](service)
        later(service)
        assert complaint(service) == ""
        assert service.scores()[span(1)] == 1.0
        assert shown(service) == "Synced T"


@each_line("headers", "Columns")
def test_an_accident_to_a_column(service: Service, line: Line) -> None:
    """The mapping stops or goes on, says why, and heals."""
    check(service, line)


@each_line("headers", "Tabs")
def test_an_accident_to_a_tab(service: Service, line: Line) -> None:
    """The mapping stops or goes on, says why, and heals."""
    check(service, line)


@each_line("headers", "The status column")
def test_an_accident_to_the_status_column(service: Service, line: Line) -> None:
    """It is found, made anew or reported, and no other cell is touched."""
    check(service, line)


def test_every_accident_stands_in_the_page() -> None:
    """Nothing is tried that operators are not told of."""
    told = [line["Accident"] for lines in tables("headers").values() for line in lines]
    assert sorted(told) == sorted(ACCIDENTS)
