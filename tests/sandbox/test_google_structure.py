"""Rows, columns and tabs, and what is fastened to them when they move."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google, Sheet


@pytest.fixture
def google(sandbox: Sandbox) -> Google:
    """Ann, who owns what she makes."""
    return Google(sandbox)


def _span(dimension: str, start: int, end: int) -> dict[str, object]:
    return {"dimension": dimension, "startIndex": start, "endIndex": end}


def _move(start: int, end: int, to: int) -> dict[str, object]:
    return {"moveDimension": {"source": _span("ROWS", start, end), "destinationIndex": to}}


def _sort(column: int, order: str = "ASCENDING") -> dict[str, object]:
    spec = {"dimensionIndex": column, "sortOrder": order}
    return {"sortRange": {"range": {"startRowIndex": 1}, "sortSpecs": [spec]}}


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        ({"insertDimension": {"range": _span("ROWS", 0, 3)}}, 8),
        ({"insertDimension": {"range": _span("ROWS", 5, 6)}}, 6),
        ({"insertDimension": {"range": _span("ROWS", 6, 7)}}, 5),
        ({"deleteDimension": {"range": _span("ROWS", 1, 3)}}, 3),
        ({"deleteDimension": {"range": _span("ROWS", 5, 6)}}, None),
        (_move(5, 6, 1), 1),
        (_move(5, 6, 9), 8),
        (_move(0, 2, 9), 3),
        (_move(8, 9, 0), 6),
        (_sort(0, "DESCENDING"), 5),
    ],
)
def test_metadata_goes_with_its_row_but_not_with_its_values(
    google: Google, request_: dict[str, object], place: int | None
) -> None:
    """Metadata "will remain associated at those locations as they move around"; gone if deleted.

    DeveloperMetadata in the discovery document. Sorting moves values between rows, not rows.
    """
    sheet = google.spreadsheet(*[[f"row {index}"] for index in range(10)])
    metadata_id = sheet.fasten("ROWS", 5)
    sheet.change(request_)
    assert sheet.fastened_at(metadata_id) == place
    sorts = "sortRange" in request_
    if place is not None and not sorts:
        assert sheet.get(f"A{place + 1}") == [["row 5"]]


def test_a_column_inserted_before_it_moves_a_column_with_its_metadata(google: Google) -> None:
    """Columns behave as rows do."""
    sheet = google.spreadsheet(["a", "b", "status"])
    metadata_id = sheet.fasten("COLUMNS", 2)
    sheet.change({"insertDimension": {"range": _span("COLUMNS", 1, 2)}})
    assert sheet.fastened_at(metadata_id) == 3
    assert sheet.get("A1:D1") == [["a", "", "b", "status"]]


def test_everything_with_a_range_follows_its_cells(google: Google) -> None:
    """Merges, filters, formats, protections and named ranges shift, grow or go."""
    area = {"startRowIndex": 4, "endRowIndex": 8, "startColumnIndex": 0, "endColumnIndex": 2}
    rule = {"ranges": [area], "booleanRule": {"condition": {"type": "NOT_BLANK"}}}
    sheet = google.spreadsheet()
    sheet.change(
        {"mergeCells": {"range": area, "mergeType": "MERGE_ALL"}},
        {"setBasicFilter": {"filter": {"range": area}}},
        {"addConditionalFormatRule": {"rule": rule, "index": 0}},
        {"addProtectedRange": {"protectedRange": {"range": area}}},
        {"addNamedRange": {"namedRange": {"name": "spot", "range": area}}},
    )
    sheet.change(
        {"insertDimension": {"range": _span("ROWS", 5, 6)}},
        {"deleteDimension": {"range": _span("ROWS", 0, 2)}},
        {"insertDimension": {"range": _span("ROWS", 7, 8)}},
    )
    moved = area | {"startRowIndex": 2, "endRowIndex": 7}
    resource = sheet.resource()
    tab = resource["sheets"][0]
    assert tab["merges"] == [moved]
    assert tab["basicFilter"]["range"] == moved
    assert tab["conditionalFormats"][0]["ranges"] == [moved]
    assert tab["protectedRanges"][0]["range"] == moved
    assert resource["namedRanges"][0]["range"] == moved


@pytest.mark.parametrize(
    ("order", "sorted_"),
    [
        ("ASCENDING", [["1"], ["2"], ["a"], ["B"], ["TRUE"]]),
        ("DESCENDING", [["TRUE"], ["B"], ["a"], ["2"], ["1"]]),
    ],
)
def test_sorting_puts_empty_cells_last(google: Google, order: str, sorted_: list[Any]) -> None:
    """Numbers, then texts whatever their case, then booleans; empty cells last in both orders."""
    sheet = google.spreadsheet(["head"], ["B"], [2], [], ["a"], [True], [1])
    sheet.change(_sort(0, order))
    assert sheet.get("A1:A") == [["head"], *sorted_]


def test_an_invalid_request_undoes_the_whole_batch(google: Google) -> None:
    """As documented, "if any request is not valid then the entire request will fail"."""
    sheet = google.spreadsheet(["keep"])
    metadata_id = sheet.fasten("ROWS", 0)
    before = sheet.resource()
    answer = sheet.refused_change(
        {"addSheet": {"properties": {"title": "Other"}}},
        {"deleteDimension": {"range": _span("ROWS", 0, 1)}},
        {"deleteSheet": {"sheetId": 77}},
    )
    message = "Invalid requests[2].deleteSheet: No sheet with id: 77"
    assert answer == (400, "INVALID_ARGUMENT", message)
    assert sheet.resource() == before
    assert sheet.get("A1") == [["keep"]]
    assert sheet.fastened_at(metadata_id) == 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"deleteDimension": {"range": _span("ROWS", 0, 1000)}},
            "Invalid requests[0].deleteDimension: You can't delete all the rows on the sheet.",
        ),
        (
            {"deleteDimension": {"range": _span("ROWS", 1000, 1001)}},
            (
                "Invalid requests[0].deleteDimension: Cannot delete a row that doesn't exist. "
                "Tried to delete row index 1000 but there are only 1000 rows."
            ),
        ),
        (
            {
                "repeatCell": {
                    "range": {"startRowIndex": 1000, "startColumnIndex": 0, "endColumnIndex": 2},
                    "cell": {},
                    "fields": "note",
                }
            },
            "Invalid requests[0].repeatCell: Range (Sheet1!A1001:B) exceeds grid limits. ",
        ),
        (
            {
                "updateCells": {
                    "start": {"columnIndex": 25},
                    "fields": "note",
                    "rows": [{"values": [{"note": "x"}, {"note": "y"}]}],
                }
            },
            (
                "Invalid requests[0].updateCells: Attempting to write column: 26, beyond the last "
                "requested column of: 25"
            ),
        ),
        (
            {"addSheet": {"properties": {"title": "Sheet1"}}},
            (
                'Invalid requests[0].addSheet: A sheet with the name "Sheet1" already exists. '
                "Please enter another name."
            ),
        ),
        (
            {"addSheet": {"properties": {"gridProperties": {"rowCount": 400_000}}}},
            (
                "Invalid requests[0].addSheet: This action would increase the number of cells in "
                "the workbook above the limit of 10000000 cells."
            ),
        ),
        (
            {"addShet": {}},
            (
                "Invalid JSON payload received. Unknown name \"addShet\" at 'requests[0]': "
                "Cannot find field."
            ),
        ),
        (
            {"deleteSheet": {"sheetId": "abc"}},
            "Invalid value at 'requests[0].delete_sheet.sheet_id' (TYPE_INT32), \"abc\"",
        ),
        (
            {"updateSheetProperties": {"properties": {"sheetId": 0}, "fields": "titel"}},
            "Invalid requests[0].updateSheetProperties: Invalid field: titel",
        ),
    ],
)
def test_refusals_are_worded_as_googles(
    google: Google, request_: dict[str, object], message: str
) -> None:
    """From issues: GoogleSheetsWrapper 43, translation-sheet 9, nmos-testing 578."""
    status, name, said = google.spreadsheet().refused_change(request_)
    assert (status, name) == (400, "INVALID_ARGUMENT")
    assert message in said


def test_tabs_move_before_the_one_at_the_index(google: Google) -> None:
    """The reference's example: to put the first of three behind the second, index 2 is sent."""
    sheet = google.spreadsheet()
    sheet.change(*[{"addSheet": {"properties": {"title": title}}} for title in ("S2", "S3")])
    properties = {"sheetId": 0, "index": 2}
    change = {"properties": properties, "fields": "index"}
    sheet.change({"updateSheetProperties": change})
    tabs = sheet.resource()["sheets"]
    assert [tab["properties"]["title"] for tab in tabs] == ["S2", "Sheet1", "S3"]


def test_a_copied_tab_has_its_own_cells_and_metadata(google: Google) -> None:
    """CopyTo and duplicateSheet copy values; metadata comes under new ids."""
    sheet = google.spreadsheet(["a"])
    sheet.fasten("ROWS", 0, key="row")
    other = google.spreadsheet()
    body = {"destinationSpreadsheetId": other.spreadsheet_id}
    copied = google.ask("POST", f"{sheet.path}/sheets/0:copyTo", body)
    assert (copied["title"], copied["index"]) == ("Copy of Sheet1", 1)
    (reply,) = sheet.change({"duplicateSheet": {"sourceSheetId": 0, "newSheetName": "Twin"}})
    assert reply["duplicateSheet"]["properties"]["title"] == "Twin"
    sheet.put("Twin!A1", ["b"])
    assert (sheet.get("Sheet1!A1"), other.get("'Copy of Sheet1'!A1")) == ([["a"]], [["a"]])
    lookup = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "row"}}]}
    found = sheet.post("/developerMetadata:search", lookup)["matchedDeveloperMetadata"]
    assert len({match["developerMetadata"]["metadataId"] for match in found}) == 2


def test_cells_carry_notes_formats_and_rules(google: Google) -> None:
    """UpdateCells and repeatCell change only the fields of their mask."""
    sheet = google.spreadsheet(["x", "y"])
    bold = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    cell = {"note": "n", "userEnteredValue": {"numberValue": 5}}
    sheet.change(
        {
            "repeatCell": {
                "range": {"endRowIndex": 1, "endColumnIndex": 2},
                "cell": bold,
                "fields": "userEnteredFormat.textFormat.bold",
            }
        },
        {
            "updateCells": {
                "start": {},
                "rows": [{"values": [cell]}],
                "fields": "note,userEnteredValue",
            }
        },
    )
    data = sheet.resource(includeGridData="true", ranges="A1:B1")["sheets"][0]["data"][0]
    first, second = data["rowData"][0]["values"]
    assert first["userEnteredFormat"] == bold["userEnteredFormat"]
    assert (first["note"], first["formattedValue"]) == ("n", "5")
    assert second["userEnteredValue"] == {"stringValue": "y"}


def test_a_tab_of_a_hundred_thousand_rows_is_workable(google: Google) -> None:
    """Reading all of it, and changing one cell of it, take far less of the processor than 180 s."""
    rows: list[Any] = [[index, "text", 0.5, True] for index in range(100_000)]
    drive = google.sandbox.world.drive
    sheet = Sheet(google, drive.add_spreadsheet("big", "Data", rows))
    began = time.process_time()
    assert len(sheet.get("Data")) == 100_000
    assert time.process_time() - began < 10
    began = time.process_time()
    sheet.put("Data!D77777", [False])
    sheet.change({"insertDimension": {"range": _span("ROWS", 5, 6)}})
    assert time.process_time() - began < 3
    assert sheet.get("Data!D77778") == [["FALSE"]]
