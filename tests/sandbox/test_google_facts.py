"""What no recording shows, from Google's own pages, its discovery documents and public logs.

Each test names its source; "assumed" is said where there is none.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google, Sheet
from tests.sandbox_client import Control

_BARE = {"valueRenderOption": "UNFORMATTED_VALUE"}
_SCOPE = "https://www.googleapis.com/auth/spreadsheets"


@pytest.fixture
def google(sandbox: Sandbox) -> Google:
    """Ann, who owns what she makes."""
    return Google(sandbox)


@pytest.fixture
def robot(sandbox: Sandbox) -> Google:
    """The sandbox's service account."""
    credentials = Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
        sandbox.contact.credentials_file, scopes=[_SCOPE]
    )
    credentials.refresh(Request())
    return Google(sandbox, str(credentials.token))


def _cells(sheet: Sheet, a1: str, fields: str) -> list[Any]:
    """Grid data of the first row in a range."""
    mask = f"sheets.data.rowData.values({fields})"
    answer = sheet.google.ask("GET", sheet.path, ranges=a1, fields=mask)
    row: list[Any] = answer["sheets"][0]["data"][0]["rowData"][0]["values"]
    return row


@pytest.mark.parametrize("kind", ["Read", "Write"])
@pytest.mark.parametrize("whose", ["user", "project"])
def test_the_429_names_what_is_exceeded(
    robot: Google, control: Control, kind: str, whose: str
) -> None:
    """Quotas: developers.google.com/workspace/sheets/api/limits; words: AutomaApp/automa#1844."""
    sheet = Sheet(robot, control.add_spreadsheet([["a"]]))
    control.set(quotas={f"google_{kind.lower()}s_per_{whose}": 1})

    def ask() -> requests.Response:
        path = f"{sheet.path}/values/A1"
        if kind == "Read":
            return robot.send("GET", path)
        return robot.send("PUT", path, {"values": [["b"]]}, valueInputOption="RAW")

    assert ask().ok
    refused = ask()
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (429, 429)
    assert error["status"] == "RESOURCE_EXHAUSTED"
    per = " per user" if whose == "user" else ""
    assert error["message"].startswith(
        f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute"
        f"{per}' of service 'sheets.googleapis.com' for consumer 'project_number:"
    )
    control.advance(61)
    assert ask().ok


def test_a_gateway_answers_in_html(robot: Google, control: Control) -> None:
    """502 with HTML: gspread issues 1504 and 1510, where a JSON parser met it."""
    sheet = Sheet(robot, control.add_spreadsheet([["a"]]))
    control.fault("google", match="values", action="html502", times=1)
    broken = robot.send("GET", f"{sheet.path}/values/A1")
    assert (broken.status_code, broken.headers["Content-Type"]) == (502, "text/html; charset=UTF-8")
    assert broken.text.startswith("<!DOCTYPE html>")
    assert sheet.get("A1") == [["a"]]


def test_a_request_may_hang(robot: Google, control: Control) -> None:
    """Hanging without a timeout: gspread issues 98 and 987. Others are served meanwhile."""
    sheet = Sheet(robot, control.add_spreadsheet([["a"]]))
    control.fault("google", match="values", action="hang", times=1)
    with pytest.raises(requests.ReadTimeout):
        requests.get(
            f"{robot.sandbox.contact.google_api}{sheet.path}/values/A1",
            headers={"Authorization": f"Bearer {robot.caller}"},
            timeout=0.2,
        )
    assert sheet.get("A1") == [["a"]]


def test_error_cells_are_texts_among_values(google: Google) -> None:
    """Only effectiveValue.errorValue tells them from typed text: sheets.v4, ErrorValue."""
    sheet = google.spreadsheet()
    formulas = ["=1/0", "=NA()", "=#REF!", "=NOSUCH()", '=1+"x"']
    sheet.put("A1", formulas, option="USER_ENTERED")
    sheet.put("F1", ["#N/A"])
    texts = ["#DIV/0!", "#N/A", "#REF!", "#NAME?", "#VALUE!", "#N/A"]
    assert sheet.get("A1:F1") == [texts]
    assert sheet.get("A1:F1", **_BARE) == [texts]
    values = [cell["effectiveValue"] for cell in _cells(sheet, "A1:F1", "effectiveValue")]
    kinds = [value.get("errorValue", {}).get("type") for value in values]
    assert kinds == ["DIVIDE_BY_ZERO", "N_A", "REF", "NAME", "VALUE", None]
    assert values[5] == {"stringValue": "#N/A"}


@pytest.mark.parametrize("zone", ["Etc/GMT", "Asia/Tokyo", "America/New_York"])
def test_dates_are_those_of_the_spreadsheets_zone(
    google: Google, control: Control, zone: str
) -> None:
    """properties.timeZone: "The time zone of the spreadsheet, in CLDR format", and a clock to move.

    Serial numbers count days since 30 December 1899: the guide to date and time values.
    """
    hours = {"Etc/GMT": 0, "Asia/Tokyo": 9, "America/New_York": -5}[zone]
    clock = google.sandbox.world.clock
    january = 4_102_444_800  # 2100-01-01, when New York has winter
    control.advance(january - clock.now())
    sheet = google.spreadsheet(timeZone=zone)
    sheet.put("A1", ["=NOW()", "=TODAY()"], option="USER_ENTERED")
    ((now, today),) = sheet.get("A1:B1", **_BARE)
    expected = clock.now() / 86_400 + 25_569 + hours / 24
    assert now == pytest.approx(expected, abs=1e-3)
    assert today == int(expected)
    control.advance(86_400)
    assert sheet.get("B1", **_BARE) == [[today + 1]]


def test_an_unticked_checkbox_is_no_empty_cell(google: Google) -> None:
    """A checkbox holds true or false: sheets.v4, BooleanCondition BOOLEAN.

    So a row of unticked boxes is not trimmed. Assumed: the rule alone leaves a cell empty, as it
    is the user interface that fills in false.
    """
    sheet = google.spreadsheet(["Done"])
    column = {"startRowIndex": 1, "endRowIndex": 4, "startColumnIndex": 0, "endColumnIndex": 1}
    rule = {"condition": {"type": "BOOLEAN"}, "strict": True}
    sheet.change({"setDataValidation": {"range": column, "rule": rule}})
    assert sheet.get("A1:A4") == [["Done"]]
    sheet.put("A2", ["FALSE"], [True], [False], option="USER_ENTERED")
    assert sheet.get("A1:A4") == [["Done"], ["FALSE"], ["TRUE"], ["FALSE"]]
    assert sheet.get("A2:A4", **_BARE) == [[False], [True], [False]]
    assert _cells(sheet, "A2", "dataValidation") == [{"dataValidation": rule}]


def test_a_merged_cell_keeps_the_first_value_alone(google: Google) -> None:
    """Facts from the recordings: "merged cells: value only top-left"; sheets.v4, MergeType."""
    sheet = google.spreadsheet(["a", "b", "c"], ["d", "e", "f"])
    area = {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
    sheet.change({"mergeCells": {"range": area, "mergeType": "MERGE_ALL"}})
    assert sheet.get("Sheet1") == [["a", "", "c"], ["", "", "f"]]
    (merge,) = google.ask("GET", sheet.path)["sheets"][0]["merges"]
    assert merge == area
    sheet.change({"unmergeCells": {"range": area}})
    assert sheet.get("Sheet1") == [["a", "", "c"], ["", "", "f"]]


def test_hidden_rows_are_read_all_the_same(google: Google) -> None:
    """Only rowMetadata.hiddenByUser tells of them: sheets.v4, DimensionProperties."""
    sheet = google.spreadsheet(["a"], ["b"], ["c"])
    span = {"dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    change = {"range": span, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    sheet.change({"updateDimensionProperties": change})
    assert sheet.get("A1:A3") == [["a"], ["b"], ["c"]]
    fields = "sheets.data.rowMetadata.hiddenByUser"
    answer = google.ask("GET", sheet.path, ranges="A1:A3", fields=fields)
    assert answer["sheets"][0]["data"][0]["rowMetadata"] == [{}, {"hiddenByUser": True}, {}]


def test_ten_million_cells_are_the_limit(google: Google) -> None:
    """The words are those of pygsheets issue 589; empty cells count."""
    sheet = google.spreadsheet()
    rows = 10_000_000 // 26

    def more(length: int) -> dict[str, Any]:
        return {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": length}}

    sheet.change(more(rows - 1000))
    words = (
        "This action would increase the number of cells in the workbook above the limit of "
        "10000000 cells."
    )
    assert sheet.refused_change(more(1))[2] == f"Invalid requests[0].appendDimension: {words}"
    sheet.put(f"A{rows}", ["last"])
    path = f"{sheet.path}/values/A{rows}:append"
    refusal = google.refusal("POST", path, {"values": [["x"]]}, valueInputOption="RAW")
    assert refusal == (400, "INVALID_ARGUMENT", words)


def test_a_slash_too_many_is_overlooked(google: Google) -> None:
    """As google-spreadsheet 5.3.0 of npm sends it, which works with the real Google."""
    sheet = google.spreadsheet(["a"])
    assert google.ask("GET", f"{sheet.path}/") == google.ask("GET", sheet.path)
    google.ask("POST", f"{sheet.path}/:batchUpdate", {"requests": [{"clearBasicFilter": {}}]})
