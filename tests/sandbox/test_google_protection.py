"""Protected ranges: whom they stop, and from what."""

from __future__ import annotations

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google, Sheet

_REFUSED = (
    400,
    "INVALID_ARGUMENT",
    (
        "You are trying to edit a protected cell or object. Please contact the spreadsheet owner "
        "to remove protection if you need to edit."
    ),
)


@pytest.fixture
def sheet(sandbox: Sandbox) -> Sheet:
    """Ann's sheet, whose column C only Ann and Carol may edit."""
    made = Google(sandbox).spreadsheet(["a", "b", "c"], ["d", "e", "f"])
    column = {"startColumnIndex": 2, "endColumnIndex": 3}
    protected = {"range": column, "description": "status", "editors": {"users": ["human:carol"]}}
    made.change({"addProtectedRange": {"protectedRange": protected}})
    return made


def test_only_editors_and_the_owner_write_protected_cells(sheet: Sheet) -> None:
    """Status 400 and this message are in the logs of several public repositories."""
    bob = sheet.seen_by("human:bob")
    assert bob.refused_put("Sheet1!C1", ["x"]) == _REFUSED
    sheet.put("Sheet1!C1", ["owner"])
    sheet.seen_by("human:carol").put("Sheet1!C2", ["editor"])
    bob.put("Sheet1!B1", ["free"])
    assert sheet.get("Sheet1") == [["a", "free", "owner"], ["d", "e", "editor"]]


def test_one_protected_cell_fails_the_whole_batch(sheet: Sheet) -> None:
    """The refusal names the part of the batch, and nothing is written."""
    bob = sheet.seen_by("human:bob")
    data = [{"range": "B1", "values": [["x"]]}, {"range": "C1", "values": [["x"]]}]
    body = {"valueInputOption": "RAW", "data": data}
    refusal = bob.google.refusal("POST", f"{sheet.path}/values:batchUpdate", body)
    assert refusal == (*_REFUSED[:2], f"Invalid data[1]: {_REFUSED[2]}")
    assert sheet.get("B1") == [["b"]]


def test_protected_cells_left_alone_by_null_are_no_obstacle(sheet: Sheet) -> None:
    """Null writes nothing, so it needs no right."""
    sheet.seen_by("human:bob").put("B1:C1", ["x", None])
    assert sheet.get("B1:C1") == [["x", "c"]]


@pytest.mark.parametrize(
    "request_",
    [
        {"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 0, "endIndex": 1}}},
        {"sortRange": {"range": {}, "sortSpecs": [{"dimensionIndex": 0}]}},
        {"repeatCell": {"range": {}, "cell": {}, "fields": "note"}},
        {"mergeCells": {"range": {"endRowIndex": 1}, "mergeType": "MERGE_ALL"}},
        {"deleteSheet": {"sheetId": 0}},
    ],
)
def test_changes_that_would_touch_protected_cells_are_refused(
    sheet: Sheet, request_: dict[str, object]
) -> None:
    """A change of rows or of many cells counts as a change of each cell in them."""
    sheet.change({"addSheet": {"properties": {"title": "Other"}}})
    bob = sheet.seen_by("human:bob")
    kind = next(iter(request_))
    assert bob.refused_change(request_)[2] == f"Invalid requests[0].{kind}: {_REFUSED[2]}"
    clear = bob.google.refusal("POST", f"{sheet.path}/values/Sheet1:clear", {})
    assert clear == _REFUSED


def test_a_warning_stops_nobody(sheet: Sheet) -> None:
    """warningOnly: "every user can edit data in the protected range"."""
    protection_id = sheet.resource()["sheets"][0]["protectedRanges"][0]["protectedRangeId"]
    changed = {"protectedRangeId": protection_id, "warningOnly": True}
    sheet.change({"updateProtectedRange": {"protectedRange": changed, "fields": "warningOnly"}})
    sheet.seen_by("human:bob").put("C1", ["x"])
    shown = sheet.seen_by("human:bob").resource()["sheets"][0]["protectedRanges"][0]
    assert (shown["warningOnly"], shown["requestingUserCanEdit"]) == (True, True)


def test_each_caller_sees_what_it_may_do(sheet: Sheet) -> None:
    """RequestingUserCanEdit is left out when false, and editors are shown to editors only."""
    column = {"startColumnIndex": 2, "endColumnIndex": 3}
    (mine,) = sheet.resource()["sheets"][0]["protectedRanges"]
    assert mine["requestingUserCanEdit"]
    assert mine["editors"] == {"users": ["human:carol", "human:ann"]}
    (theirs,) = sheet.seen_by("human:bob").resource()["sheets"][0]["protectedRanges"]
    assert theirs.pop("protectedRangeId") == mine["protectedRangeId"]
    assert theirs == {"range": column, "description": "status"}


def test_who_may_not_edit_may_not_lift_the_protection(sheet: Sheet) -> None:
    """Protection would be no use otherwise."""
    protection_id = sheet.resource()["sheets"][0]["protectedRanges"][0]["protectedRangeId"]
    request_: dict[str, object] = {"deleteProtectedRange": {"protectedRangeId": protection_id}}
    assert _REFUSED[2] in sheet.seen_by("human:bob").refused_change(request_)[2]
    sheet.change(request_)
    sheet.seen_by("human:bob").put("C1", ["x"])
