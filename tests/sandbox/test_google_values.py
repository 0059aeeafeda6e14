"""Values: how they are entered, shown and refused, beyond what the recordings cover."""

from __future__ import annotations

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google


@pytest.fixture
def google(sandbox: Sandbox) -> Google:
    """Ann, who owns what she makes."""
    return Google(sandbox)


@pytest.mark.parametrize(
    ("locale", "typed", "bare", "shown"),
    [
        ("en_US", "0.8", 0.8, "0.8"),
        ("en_US", "0,8", "0,8", "0,8"),
        ("ru_RU", "0,8", 0.8, "0,8"),
        ("ru_RU", "0.8", "0.8", "0.8"),
        ("en_US", "TRUE", True, "TRUE"),
        ("en_US", "80%", 0.8, "80%"),
        ("de_DE", "12,5%", 0.125, "12,50%"),
        ("en_US", "1,234.5", 1234.5, "1,234.50"),
        ("en_US", "2020-01-01", 43831, "2020-01-01"),
        ("en_US", "1/2/2020", 43832, "1/2/2020"),
        ("ru_RU", "02.01.2020", 43832, "02.01.2020"),
        ("en_GB", "02/01/2020", 43832, "02/01/2020"),
        ("en_US", "'007", "007", "007"),
        ("en_US", "007", 7, "7"),
        ("en_US", "5 apples", "5 apples", "5 apples"),
        ("en_US", "=1/0", "#DIV/0!", "#DIV/0!"),
        ("en_US", "=NA()", "#N/A", "#N/A"),
    ],
)
def test_typed_text_is_read_in_the_spreadsheets_locale(
    google: Google, locale: str, typed: str, bare: object, shown: str
) -> None:
    """ValueInputOption USER_ENTERED: "parsed as if the user typed them into the UI"."""
    sheet = google.spreadsheet(locale=locale)
    sheet.put("A1", [typed], option="USER_ENTERED")
    assert sheet.get("A1", valueRenderOption="UNFORMATTED_VALUE") == [[bare]]
    assert sheet.get("A1") == [[shown]]


def test_raw_text_is_kept_as_it_is(google: Google) -> None:
    """ValueInputOption RAW: "will not be parsed and will be stored as-is"."""
    sheet = google.spreadsheet(["=1+1", "80%", "TRUE", True, 0.5])
    bare = sheet.get("A1:E1", valueRenderOption="UNFORMATTED_VALUE")
    assert bare == [["=1+1", "80%", "TRUE", True, 0.5]]


def test_null_leaves_a_cell_alone_and_an_empty_text_clears_it(google: Google) -> None:
    """ValueRange.values: "Null values will be skipped. To set a cell to empty, use ""."."""
    sheet = google.spreadsheet(["a", "b", "c"])
    done = sheet.put("A1:C1", [None, "", "z"])
    assert (done["updatedRange"], done["updatedCells"]) == ("Sheet1!A1:C1", 2)
    assert sheet.get("A1:C1") == [["a", "", "z"]]


def test_formulas_follow_what_they_refer_to(google: Google) -> None:
    """A formula shows the result of the cells as they are now."""
    sheet = google.spreadsheet([2, 3])
    sheet.put("C1", ["=SUM(A1:B1)*2", '=IF(Z9="","none",1/0)'], option="USER_ENTERED")
    sheet.put("A1", [10])
    assert sheet.get("C1:D1") == [["26", "none"]]
    assert sheet.get("C1", valueRenderOption="FORMULA") == [["=SUM(A1:B1)*2"]]


def test_an_update_can_bring_its_values_back(google: Google) -> None:
    """includeValuesInResponse, rendered as responseValueRenderOption says."""
    sheet = google.spreadsheet()
    done = sheet.put(
        "A1",
        ["50%"],
        option="USER_ENTERED",
        includeValuesInResponse="true",
        responseValueRenderOption="UNFORMATTED_VALUE",
    )
    assert done["updatedData"]["values"] == [[0.5]]


@pytest.mark.parametrize(
    ("searched", "start"),
    [
        ("Sheet1", "B7"),
        ("B4", "B7"),
        ("C5:D5", "B7"),
        ("B2:D4", "B7"),
        ("A3:G10", "B7"),
        ("A1", "A3"),
        ("E4", "E4"),
        ("A4", "A4"),
    ],
)
def test_appended_rows_go_below_the_last_table(google: Google, searched: str, start: str) -> None:
    """The example of developers.google.com/workspace/sheets/api/guides/values#append."""
    sheet = google.spreadsheet(
        ["x", "y", "z"],
        ["x", "y", "z"],
        [],
        [None, "x", "y"],
        [None, None, "y", "z"],
        [None, "x", "y", "z"],
    )
    path = f"{sheet.path}/values/{searched}:append"
    done = google.ask("POST", path, {"values": [["new"]]}, valueInputOption="RAW")
    assert done["updates"]["updatedRange"] == f"Sheet1!{start}"


def test_appending_to_a_bare_tab_drifts_after_a_gap(google: Google) -> None:
    """An empty cell makes two tables of one row, and the last wins: gspread issue 537."""
    sheet = google.spreadsheet(["a", None, "c", "d"])
    path = f"{sheet.path}/values/Sheet1:append"
    done = google.ask("POST", path, {"values": [["n"]]}, valueInputOption="RAW")
    assert done["tableRange"] == "Sheet1!C1:D1"
    assert done["updates"]["updatedRange"] == "Sheet1!C2"


def test_cells_that_touch_at_a_corner_are_one_table(google: Google) -> None:
    """A table has empty cells all around it; that corners count is assumed, not recorded."""
    sheet = google.spreadsheet(["a"], [None, "b"])
    path = f"{sheet.path}/values/A1:append"
    done = google.ask("POST", path, {"values": [["n"]]}, valueInputOption="RAW")
    assert done["tableRange"] == "Sheet1!A1:B2"


def test_appending_grows_the_grid(google: Google) -> None:
    """As documented, "adding data to the end of the sheet will still insert new rows"."""
    sheet = google.spreadsheet()
    sheet.put("A1000", ["last"])
    path = f"{sheet.path}/values/A1000:append"
    google.ask("POST", path, {"values": [["more"]]}, valueInputOption="RAW")
    properties = sheet.resource()["sheets"][0]["properties"]
    assert properties["gridProperties"]["rowCount"] == 1001


def test_the_grid_limits_reading_and_writing(google: Google) -> None:
    """Messages as in public logs, such as home-assistant/core issue 104198."""
    sheet = google.spreadsheet()
    limits = "exceeds grid limits. Max rows: 1000, max columns: 26"
    expected = (400, "INVALID_ARGUMENT", f"Range (Sheet1!A1001) {limits}")
    assert sheet.refused_put("A1001", ["x"]) == expected
    path = f"{sheet.path}/values/Sheet1!AA1:AB2"
    assert google.refusal("GET", path)[2] == f"Range (Sheet1!AA1:AB2) {limits}"
    whole = google.ask("GET", f"{sheet.path}/values/A1:AZ5000")
    assert whole["range"] == "Sheet1!A1:Z1000"


def test_data_may_not_leave_the_range_it_was_sent_for(google: Google) -> None:
    """Messages as in pygsheets issue 132 and gspread issue 792."""
    sheet = google.spreadsheet()
    column = "Requested writing within range [Sheet1!A1:A2], but tried writing to column [B]"
    row = "Requested writing within range [Sheet1!A1:A2], but tried writing to row [3]"
    assert sheet.refused_put("A1:A2", ["x", "y"])[2] == column
    assert sheet.refused_put("A1:A2", ["x"], ["y"], ["z"])[2] == row


def test_unknown_places_and_options_are_named(google: Google) -> None:
    """Each refusal says what was wrong, in Google's words."""
    sheet = google.spreadsheet()
    values = f"{sheet.path}/values"
    assert google.refusal("GET", f"{values}/Nope!A1")[2] == "Unable to parse range: Nope!A1"
    batch = {"valueInputOption": "RAW", "data": [{"range": "Nope!A1", "values": [["x"]]}]}
    message = "Invalid data[0]: Unable to parse range: Nope!A1"
    assert google.refusal("POST", f"{values}:batchUpdate", batch)[2] == message
    no_option = google.refusal("PUT", f"{values}/A1", {"values": [["x"]]})
    assert no_option[2] == "'valueInputOption' is required but not specified"
    wrong = google.refusal("PUT", f"{values}/A1", {"values": []}, valueInputOption="RAWW")
    assert wrong[2].startswith("Invalid value at 'value_input_option'")
    nested = sheet.refused_put("A1", [["x"]])
    assert nested[2].startswith("Invalid values[0][0]: list_value {")
    assert google.refusal("GET", "/v4/spreadsheets/none/values/A1")[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize("a1", ["spot", "Sheet1!spot"])
def test_a_named_range_is_a_range(google: Google, a1: str) -> None:
    """Gspread documents `worksheet.get("my_range")`, which it sends with the title before it."""
    sheet = google.spreadsheet(["a", "b"])
    area = {"startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 1, "endColumnIndex": 2}
    sheet.change({"addNamedRange": {"namedRange": {"name": "spot", "range": area}}})
    assert sheet.get(a1) == [["b"]]


def test_a_cell_holds_fifty_thousand_characters(google: Google) -> None:
    """The message is that of a public report, secator issue 96."""
    sheet = google.spreadsheet()
    sheet.put("A1", ["x" * 50_000])
    message = "Your input contains more than the maximum of 50000 characters in a single cell."
    assert sheet.refused_put("A1", ["x" * 50_001])[2] == message


def test_one_bad_range_undoes_a_whole_values_batch(google: Google) -> None:
    """As documented, "all Sheets requests are applied atomically": the API's limits page."""
    sheet = google.spreadsheet(["old"])
    data = [{"range": "A1", "values": [["new"]]}, {"range": "Nope!A1", "values": [["x"]]}]
    body = {"valueInputOption": "RAW", "data": data}
    assert google.refusal("POST", f"{sheet.path}/values:batchUpdate", body)[0] == 400
    assert sheet.get("A1") == [["old"]]
    assert [write.value for write in google.sandbox.world.drive.writes] == ["old"]


def test_every_written_cell_is_noted(google: Google) -> None:
    """The log tells where, by whom and what, and no more than was written."""
    sheet = google.spreadsheet()
    sheet.seen_by("human:bob").put("B7", ["x", None, "y"])
    notes = [(w.sheet, w.cell, w.by, w.value) for w in google.sandbox.world.drive.writes]
    assert notes == [("Sheet1", "B7", "human:bob", "x"), ("Sheet1", "D7", "human:bob", "y")]


def test_who_lost_access_is_refused(google: Google) -> None:
    """403 PERMISSION_DENIED, for reading and writing."""
    sheet = google.spreadsheet(["x"])
    google.sandbox.world.drive.unshare(sheet.spreadsheet_id, "human:bob")
    bob = Google(google.sandbox, "human:bob")
    expected = (403, "PERMISSION_DENIED", "The caller does not have permission")
    assert bob.refusal("GET", f"{sheet.path}/values/A1") == expected
    assert sheet.seen_by("human:bob").refused_put("A1", ["y"]) == expected
    assert bob.refusal("GET", f"/drive/v3/files/{sheet.spreadsheet_id}")[0] == 404
