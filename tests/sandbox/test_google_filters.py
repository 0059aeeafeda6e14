"""Data filters: cells and metadata found by where they are or what is fastened to them."""

from __future__ import annotations

from typing import Any

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google, Sheet


@pytest.fixture
def sheet(sandbox: Sandbox) -> Sheet:
    """Three rows with a status column that carries metadata."""
    made = Google(sandbox).spreadsheet(["k", "status"], ["a", ""], ["b", ""])
    made.fasten("COLUMNS", 1, key="status", value="m1")
    return made


def _lookup(**fields: object) -> dict[str, object]:
    return {"developerMetadataLookup": fields}


def _write(sheet: Sheet, data_filter: dict[str, object], *rows: list[object]) -> Any:
    data = {"dataFilter": data_filter, "values": list(rows), "majorDimension": "ROWS"}
    body = {"valueInputOption": "RAW", "data": [data]}
    return sheet.post("/values:batchUpdateByDataFilter", body)


def test_values_reach_their_column_wherever_it_is(sheet: Sheet) -> None:
    """A column inserted meanwhile cannot lead the write astray; null skips a row."""
    column = {"dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
    sheet.change({"insertDimension": {"range": column}})
    done = _write(sheet, _lookup(metadataKey="status"), [None], ["Synced"], [None])
    assert sheet.get("Sheet1") == [["", "k", "status"], ["", "a", "Synced"], ["", "b"]]
    (response,) = done["responses"]
    assert response["updatedRange"] == "Sheet1!C1:C3"
    assert response["dataFilter"] == _lookup(metadataKey="status")
    assert (done["totalUpdatedCells"], response["updatedCells"]) == (1, 1)


def test_nothing_is_written_where_nothing_matches(sheet: Sheet) -> None:
    """The answer has no totals then, which is how a caller notices."""
    sheet.change(
        {"deleteDimension": {"range": {"dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}}}
    )
    assert _write(sheet, _lookup(metadataKey="status"), ["x"]) == {
        "spreadsheetId": sheet.spreadsheet_id
    }


@pytest.mark.parametrize(
    ("data_filter", "a1"),
    [
        ({"a1Range": "A2:A3"}, "Sheet1!A2:A3"),
        ({"gridRange": {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 2}}, "Sheet1!A2:Z2"),
        (_lookup(metadataKey="status", metadataValue="m1"), "Sheet1!B1:B1000"),
        (_lookup(metadataLocation={"sheetId": 0}), "Sheet1!B1:B1000"),
        (_lookup(locationType="COLUMN"), "Sheet1!B1:B1000"),
    ],
)
def test_a_range_is_read_by_any_kind_of_filter(
    sheet: Sheet, data_filter: dict[str, object], a1: str
) -> None:
    """BatchGetByDataFilter answers with the filters that matched."""
    answer = sheet.post("/values:batchGetByDataFilter", {"dataFilters": [data_filter]})
    (matched,) = answer["valueRanges"]
    assert matched["valueRange"]["range"] == a1
    assert matched["dataFilters"] == [data_filter]


def test_two_filters_for_one_range_come_as_one_match(sheet: Sheet) -> None:
    """MatchedValueRange.dataFilters: "The DataFilters that matched the range of values"."""
    filters = [_lookup(metadataKey="status"), _lookup(metadataValue="m1")]
    answer = sheet.post("/values:batchGetByDataFilter", {"dataFilters": filters})
    assert [match["dataFilters"] for match in answer["valueRanges"]] == [filters]


@pytest.mark.parametrize(
    "lookup",
    [
        {"metadataKey": "other"},
        {"metadataKey": "status", "metadataValue": "m2"},
        {"metadataId": 1},
        {"locationType": "ROW"},
        {"visibility": "PROJECT"},
        {
            "metadataLocation": {"sheetId": 0},
            "locationMatchingStrategy": "EXACT_LOCATION",
        },
    ],
)
def test_every_field_of_a_lookup_must_match(sheet: Sheet, lookup: dict[str, object]) -> None:
    """As documented, it "selects DeveloperMetadata that matches all of the specified fields"."""
    assert sheet.post("/developerMetadata:search", {"dataFilters": [_lookup(**lookup)]}) == {}
    assert sheet.post("/values:batchGetByDataFilter", {"dataFilters": [_lookup(**lookup)]}) == {
        "spreadsheetId": sheet.spreadsheet_id
    }


def test_filtered_ranges_can_be_cleared(sheet: Sheet) -> None:
    """BatchClearByDataFilter names what it cleared."""
    body = {"dataFilters": [_lookup(metadataKey="status"), {"a1Range": "A3"}]}
    answer = sheet.post("/values:batchClearByDataFilter", body)
    assert answer["clearedRanges"] == ["Sheet1!B1:B1000", "Sheet1!A3"]
    assert sheet.get("Sheet1") == [["k"], ["a"]]


def test_metadata_is_changed_and_deleted_by_filter(sheet: Sheet) -> None:
    """The requests answer with what they changed."""
    changed = {"developerMetadata": {"metadataValue": "m2"}, "fields": "metadataValue"}
    by_key = _lookup(metadataKey="status")
    (reply,) = sheet.change({"updateDeveloperMetadata": changed | {"dataFilters": [by_key]}})
    (entry,) = reply["updateDeveloperMetadata"]["developerMetadata"]
    assert (entry["metadataKey"], entry["metadataValue"]) == ("status", "m2")
    (reply,) = sheet.change({"deleteDeveloperMetadata": {"dataFilter": by_key}})
    assert reply["deleteDeveloperMetadata"]["deletedDeveloperMetadata"] == [entry]
    assert sheet.fastened_at(entry["metadataId"]) is None


def test_a_range_finds_the_metadata_that_lies_across_it(sheet: Sheet) -> None:
    """developerMetadata.search by location: "associated with locations intersecting"."""
    for a1, count in (("A1:A9", 0), ("A1:C1", 1)):
        answer = sheet.post("/developerMetadata:search", {"dataFilters": [{"a1Range": a1}]})
        assert len(answer.get("matchedDeveloperMetadata", [])) == count


def test_metadata_of_a_project_is_hidden_from_others(sheet: Sheet) -> None:
    """PROJECT visibility: "only accessible to the developer project which created it"."""
    entry = {
        "metadataId": 7,
        "metadataKey": "secret",
        "visibility": "PROJECT",
        "location": {"spreadsheet": True},
    }
    sheet.change({"createDeveloperMetadata": {"developerMetadata": entry}})
    assert sheet.resource()["developerMetadata"][0]["metadataId"] == 7
    assert "developerMetadata" not in sheet.seen_by("human:bob").resource()


def test_metadata_sits_on_exactly_one_row_or_column(sheet: Sheet) -> None:
    """DimensionRange of a location: "must represent a single row or column"."""
    span = {"dimension": "ROWS", "startIndex": 0, "endIndex": 2}
    entry = {
        "metadataKey": "k",
        "visibility": "DOCUMENT",
        "location": {"dimensionRange": span},
    }
    refusal = sheet.refused_change({"createDeveloperMetadata": {"developerMetadata": entry}})
    assert refusal[:2] == (400, "INVALID_ARGUMENT")
