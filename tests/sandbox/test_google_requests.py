"""Kinds of batchUpdate requests that no recording has.

What each does is said in the sheets.v4 discovery document, under the request's name.
"""

from __future__ import annotations

from typing import Any

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google, Sheet


@pytest.fixture
def sheet(sandbox: Sandbox) -> Sheet:
    """Two columns of three rows, one cell a formula."""
    made = Google(sandbox).spreadsheet(["a", "b"], ["c"], ["A cat", "d"])
    made.put("B2", ["=1+1"], option="USER_ENTERED")
    return made


def _area(top: int, bottom: int, left: int, right: int) -> dict[str, int]:
    return {
        "startRowIndex": top,
        "endRowIndex": bottom,
        "startColumnIndex": left,
        "endColumnIndex": right,
    }


def _span(start: int, end: int, dimension: str = "ROWS") -> dict[str, object]:
    return {"dimension": dimension, "startIndex": start, "endIndex": end}


@pytest.mark.parametrize(
    ("kind", "request_", "after"),
    [
        (
            "insertRange",
            {"range": _area(0, 1, 0, 1), "shiftDimension": "ROWS"},
            [["", "b"], ["a", "2"], ["c", "d"], ["A cat"]],
        ),
        (
            "insertRange",
            {"range": _area(0, 1, 0, 1), "shiftDimension": "COLUMNS"},
            [["", "a", "b"], ["c", "2"], ["A cat", "d"]],
        ),
        (
            "deleteRange",
            {"range": _area(0, 2, 0, 1), "shiftDimension": "ROWS"},
            [["A cat", "b"], ["", "2"], ["", "d"]],
        ),
        (
            "deleteRange",
            {"range": _area(0, 1, 0, 1), "shiftDimension": "COLUMNS"},
            [["b"], ["c", "2"], ["A cat", "d"]],
        ),
        (
            "copyPaste",
            {"source": _area(0, 1, 0, 2), "destination": _area(3, 5, 0, 2)},
            [["a", "b"], ["c", "2"], ["A cat", "d"], ["a", "b"], ["a", "b"]],
        ),
        (
            "copyPaste",
            {
                "source": _area(0, 3, 1, 2),
                "destination": _area(3, 4, 0, 3),
                "pasteType": "PASTE_VALUES",
                "pasteOrientation": "TRANSPOSE",
            },
            [["a", "b"], ["c", "2"], ["A cat", "d"], ["b", "2", "d"]],
        ),
        (
            "cutPaste",
            {"source": _area(0, 1, 0, 2), "destination": {"rowIndex": 3, "columnIndex": 1}},
            [[], ["c", "2"], ["A cat", "d"], ["", "a", "b"]],
        ),
        (
            "appendCells",
            {
                "rows": [{"values": [{"userEnteredValue": {"numberValue": 5}}]}],
                "fields": "userEnteredValue",
            },
            [["a", "b"], ["c", "2"], ["A cat", "d"], ["5"]],
        ),
        ("autoResizeDimensions", {"dimensions": _span(0, 2)}, None),
    ],
)
def test_cells_go_where_the_request_says(
    sheet: Sheet, kind: str, request_: dict[str, object], after: list[list[str]] | None
) -> None:
    """Values after one request; None where it changes none."""
    before = sheet.get("Sheet1")
    sheet.change({kind: request_})
    assert sheet.get("Sheet1") == (before if after is None else after)


@pytest.mark.parametrize(
    ("request_", "counts", "after"),
    [
        ({"find": "a"}, (2, 2, 3), [["x", "b"], ["c", "2"], ["x cxt", "d"]]),
        ({"find": "a", "matchCase": True}, (2, 2, 2), [["x", "b"], ["c", "2"], ["A cxt", "d"]]),
        (
            {"find": "a", "matchEntireCell": True},
            (1, 1, 1),
            [["x", "b"], ["c", "2"], ["A cat", "d"]],
        ),
        (
            {"find": "([bd])", "searchByRegex": True, "replacement": "<$1>"},
            (2, 2, 2),
            [["a", "<b>"], ["c", "2"], ["A cat", "<d>"]],
        ),
        ({"find": "zebra"}, (0, 0, 0), [["a", "b"], ["c", "2"], ["A cat", "d"]]),
    ],
)
def test_texts_are_found_and_replaced(
    sheet: Sheet, request_: dict[str, object], counts: tuple[int, int, int], after: list[list[str]]
) -> None:
    """FindReplaceResponse counts values, rows and occurrences; zeros are left out."""
    asked = {"replacement": "x", "allSheets": True} | request_
    (reply,) = sheet.change({"findReplace": asked})
    names = ("valuesChanged", "rowsChanged", "occurrencesChanged")
    found = reply.get("findReplace", {})
    assert tuple(found.get(name, 0) for name in names) == counts
    assert 0 not in found.values()
    assert sheet.get("Sheet1") == after


def test_rows_and_columns_fold_in_groups(sheet: Sheet) -> None:
    """A group in another is one deeper; a deleted one is gone from the answer."""
    sheet.change({"addDimensionGroup": {"range": _span(0, 8)}})
    (reply,) = sheet.change({"addDimensionGroup": {"range": _span(2, 4)}})
    groups = reply["addDimensionGroup"]["dimensionGroups"]
    found = [(g["range"].get("startIndex", 0), g["range"]["endIndex"], g["depth"]) for g in groups]
    assert found == [(0, 8, 1), (2, 4, 2)]
    (reply,) = sheet.change({"deleteDimensionGroup": {"range": _span(2, 4)}})
    (left,) = reply["deleteDimensionGroup"]["dimensionGroups"]
    assert left["range"]["endIndex"] == 8
    message = "There is no dimension group over the specified range."
    assert message in sheet.refused_change({"deleteDimensionGroup": {"range": _span(2, 4)}})[2]


def test_conditional_formats_keep_their_order(sheet: Sheet) -> None:
    """A rule is replaced, moved and deleted by its index."""

    def rule(kind: str) -> dict[str, Any]:
        return {"ranges": [_area(0, 9, 0, 2)], "booleanRule": {"condition": {"type": kind}}}

    def kinds() -> list[str]:
        rules = sheet.resource()["sheets"][0].get("conditionalFormats", [])
        return [one["booleanRule"]["condition"]["type"] for one in rules]

    for index, kind in enumerate(["BLANK", "NOT_BLANK"]):
        sheet.change({"addConditionalFormatRule": {"rule": rule(kind), "index": index}})
    new = {"rule": rule("TEXT_IS_EMAIL"), "index": 0}
    (reply,) = sheet.change({"updateConditionalFormatRule": new})
    answer = reply["updateConditionalFormatRule"]
    assert answer["oldRule"]["booleanRule"]["condition"]["type"] == "BLANK"
    assert kinds() == ["TEXT_IS_EMAIL", "NOT_BLANK"]
    sheet.change({"updateConditionalFormatRule": {"index": 0, "newIndex": 1, "sheetId": 0}})
    assert kinds() == ["NOT_BLANK", "TEXT_IS_EMAIL"]
    (reply,) = sheet.change({"deleteConditionalFormatRule": {"index": 0, "sheetId": 0}})
    gone = reply["deleteConditionalFormatRule"]["rule"]
    assert gone["booleanRule"]["condition"]["type"] == "NOT_BLANK"
    assert kinds() == ["TEXT_IS_EMAIL"]


def test_a_named_range_can_be_moved_renamed_and_deleted(sheet: Sheet) -> None:
    """Only the fields of the mask change."""
    named = {"name": "spot", "range": _area(0, 1, 0, 1)}
    (reply,) = sheet.change({"addNamedRange": {"namedRange": named}})
    named_id = reply["addNamedRange"]["namedRange"]["namedRangeId"]
    moved = {"namedRangeId": named_id, "range": _area(0, 1, 1, 2), "name": "unread"}
    sheet.change({"updateNamedRange": {"namedRange": moved, "fields": "range"}})
    assert sheet.get("spot") == [["b"]]
    renamed = {"namedRangeId": named_id, "name": "place"}
    sheet.change({"updateNamedRange": {"namedRange": renamed, "fields": "name"}})
    assert sheet.get("place") == [["b"]]
    sheet.change({"deleteNamedRange": {"namedRangeId": named_id}})
    path = f"{sheet.path}/values/place"
    assert sheet.google.refusal("GET", path)[2] == "Unable to parse range: place"
