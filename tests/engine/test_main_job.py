from __future__ import annotations

import re
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import Service, answer, span


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path, state_url: str) -> Service:
    """A sheet with good, waiting and wrong rows; each test runs with each kind of state."""
    return Service(
        sandbox.contact,
        control,
        tmp_path,
        state_url=state_url,
        rows=[
            answer(1, "Satisfactory", 4, "Clear.", "Ada"),
            answer(2, "ok", 0, "", "Grace"),
            answer(3, "", "", "Not judged yet"),
            answer(4, "Goood", 3, "", "Ada"),
            answer(5, "Needs Improvement", 7, "", "Ada"),
            answer(6, "Needs Improvement", "", "", ""),
        ],
    )


def test_rows_become_annotations_and_the_sheet_says_so(service: Service) -> None:
    """Every valid row is synced, every wrong one explained, a waiting one is left alone."""
    service.once()

    statuses = service.statuses()
    assert service.labels() == {
        span(1): "Satisfactory",
        span(2): "Satisfactory",
        span(6): "Needs Improvement",
    }
    assert service.scores() == {span(1): 4.0, span(2): 0.0}
    assert re.fullmatch(r"Synced \d{1,2} [A-Z][a-z]{2} \d\d:\d\d", statuses[span(1)])
    assert span(3) not in statuses
    assert statuses[span(4)] == ('Adequacy: "Goood" is not one of Satisfactory, Needs Improvement')
    assert statuses[span(5)] == 'Helpfulness: "7" is not from 0 to 5'


def test_annotators_and_notes_travel_with_the_metrics(service: Service) -> None:
    """Who judged is the reviewer's name or the default; the note is on the record once."""
    service.once()

    found = {(a.record_id, a.name): a for a in service.control.annotations()}
    assert found[span(1), "Adequacy"].updated_by == "Ada"
    assert found[span(6), "Adequacy"].updated_by == "unknown"
    assert found[span(1), "Adequacy"].notes == ["Clear."]


def test_an_idle_pass_costs_one_read_and_nothing_else(service: Service) -> None:
    """No write, no Arize request, whatever the number of rows."""
    service.once()
    service.control.forget_calls()
    service.once()

    calls = service.control.calls()
    assert (calls.reads, calls.writes) == (1, 0)
    assert (calls.arize.requests, calls.arize.mutations) == (0, 0)


def test_an_edit_is_posted_alone(service: Service) -> None:
    """Only the row that changed travels, and its status follows."""
    service.once()
    before = len(service.control.mutations())
    service.type("E3", 5)
    service.type("D5", "Satisfactory")
    service.once()

    posted = service.control.mutations()[before:]
    assert sorted(mutation.record_id for mutation in posted) == [span(2), span(4)]
    assert service.scores()[span(2)] == 5.0
    assert service.statuses()[span(4)].startswith("Synced")


def test_sorting_inserting_and_deleting_post_exactly_the_new_row(service: Service) -> None:
    """The key is identity, the row number is a place; each status stands by its own row."""
    service.once()
    before = len(service.control.mutations())
    gid = service.gid
    service.change(
        {
            "sortRange": {
                "range": {"sheetId": gid, "startRowIndex": 1, "endRowIndex": 7},
                "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}],
            }
        },
        {
            "insertDimension": {
                "range": {
                    "sheetId": gid,
                    "dimension": "ROWS",
                    "startIndex": 2,
                    "endIndex": 3,
                }
            }
        },
        {
            "deleteDimension": {
                "range": {
                    "sheetId": gid,
                    "dimension": "ROWS",
                    "startIndex": 7,
                    "endIndex": 8,
                }
            }
        },
    )
    service.expert.type_rows(service.spreadsheet, "Review!A3", [answer(7, "Satisfactory", 1)])
    service.once()
    service.once()

    assert [m.record_id for m in service.control.mutations()[before:]] == [span(7)]
    statuses = service.statuses()
    assert statuses[span(7)].startswith("Synced")
    assert statuses[span(4)].startswith("Adequacy")
    assert statuses[span(6)].startswith("Synced")


def test_only_status_cells_are_ever_written(service: Service) -> None:
    """Every cell that the service writes stands in the status column."""
    service.once()
    service.type("E2", 1)
    service.once()

    written = [w for w in service.control.writes() if not w.by.startswith("human")]
    assert {re.sub(r"\d", "", write.cell) for write in written} == {"H"}
