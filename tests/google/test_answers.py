"""How answers are understood that a sandbox gives rarely or never."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from sheets_sync.domain.row import Book, Tab
from sheets_sync.domain.status import StatusWrite
from sheets_sync.errors import PermanentError, SourceError
from sheets_sync.google.sheets import SheetsClient
from tests.google.reading import snapshots_of
from tests.google.scripted import Scripted, ScriptedGoogle

PLAN = Tab("1AbC", 0, "Plan")
QUOTED = Tab("1AbC", 7, "O'Brien!B2")
BOOK = Book("1AbC", "Title", "en_US", ZoneInfo("UTC"), (PLAN, QUOTED))


def _range(name: str, *lines: list[object]) -> dict[str, object]:
    return {"range": name, "majorDimension": "ROWS", **({"values": lines} if lines else {})}


def _described(**properties: object) -> Scripted:
    named = {"title": "Answers", "locale": "de_DE", "timeZone": "Europe/Berlin", **properties}
    sheets = [
        {"properties": {"sheetId": 0, "title": "Plan", "sheetType": "GRID"}},
        {"properties": {"sheetId": 5, "title": "Chart1", "sheetType": "OBJECT"}},
    ]
    return Scripted(body={"properties": named, "sheets": sheets})


def test_tabs_without_cells_are_no_tabs(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle
) -> None:
    """A tab that is a chart has no cells to read and is left out."""
    scripted.api = [_described()]
    book = scripted_sheets.describe("1AbC")
    assert book == Book("1AbC", "Answers", "de_DE", ZoneInfo("Europe/Berlin"), (PLAN,))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "GMT+03:00"])
def test_unknown_time_zone_is_named(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle, zone: str
) -> None:
    """Times cannot be read in a zone that is not known; another one is not assumed."""
    scripted.api = [_described(timeZone=zone)]
    with pytest.raises(SourceError) as caught:
        scripted_sheets.describe("1AbC")
    assert f"time zone {zone!r} is unknown" in str(caught.value)


def test_range_that_starts_elsewhere_keeps_its_place(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle
) -> None:
    """Cells of a range that does not start at A1 keep their row and column."""
    scripted.api = [Scripted(body={"valueRanges": [_range("Plan!B3:Z9", ["x", 1.5, True])]})]
    (snapshot,) = snapshots_of(scripted_sheets, BOOK, [PLAN])
    assert snapshot.lines == [[], [], [None, "x", 1.5, True]]


def test_cells_keep_their_types(scripted_sheets: SheetsClient, scripted: ScriptedGoogle) -> None:
    """Text that looks like a number stays text, a tick is no number, an empty tab has no lines."""
    cells = [1, 1.0, True, False, "1", "TRUE", ""]
    ranges = [_range("Plan!A1:Z9", cells), _range("'O''Brien!B2'!A1:Z9")]
    scripted.api = [Scripted(body={"valueRanges": ranges})]
    filled, empty = snapshots_of(scripted_sheets, BOOK, [PLAN, QUOTED])
    assert [(type(cell), cell) for cell in filled.lines[0]] == [(type(c), c) for c in cells]
    assert empty.lines == []


def test_missing_tab_in_an_answer_is_noticed(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle
) -> None:
    """An answer that lacks a tab is not taken for an empty tab."""
    scripted.api = [Scripted(body={"valueRanges": [_range("Plan!A1:Z9")]})]
    with pytest.raises(SourceError, match="1 of 2 tabs"):
        snapshots_of(scripted_sheets, BOOK, [PLAN, QUOTED])
    matched = {"valueRange": _range("Plan!A1:Z9"), "dataFilters": [{"a1Range": "'Plan'"}]}
    scripted.api = [Scripted(body={"valueRanges": [matched]})]
    with pytest.raises(SourceError, match="left out tab 'O''Brien!B2'"):
        scripted_sheets.read_with_status(BOOK, [PLAN, QUOTED], [None, None])


def test_answers_are_attributed_by_their_filters(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle
) -> None:
    """Ranges in another order, and one range for two filters, find their tabs and columns."""

    def mark(metadata_id: int) -> dict[str, object]:
        return {"developerMetadataLookup": {"metadataId": metadata_id}}

    matches = [
        {"valueRange": _range("Plan!AB1:AB9"), "dataFilters": [mark(8), mark(11)]},
        {
            "valueRange": _range("'O''Brien!B2'!A1:Z9", ["q"]),
            "dataFilters": [{"a1Range": "'O''Brien!B2'"}],
        },
        {"valueRange": _range("Plan!A1:Z9", ["p"]), "dataFilters": [{"a1Range": "'Plan'"}]},
    ]
    scripted.api = [Scripted(body={"valueRanges": matches})]
    first, second = scripted_sheets.read_with_status(BOOK, [PLAN, QUOTED], [8, 9])
    assert (first[0].lines, first[1]) == ([["p"]], 27)
    assert (second[0].lines, second[1]) == ([["q"]], None)


def _written(*metadata_ids: int) -> Scripted:
    responses = [
        {
            "updatedRange": "Plan!C2:C4",
            "dataFilter": {"developerMetadataLookup": {"metadataId": metadata_id}},
        }
        for metadata_id in metadata_ids
    ]
    return Scripted(body={"spreadsheetId": "1AbC", "responses": responses})


def test_cells_between_statuses_are_left_alone(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle
) -> None:
    """Rows without a new status are null in the request, and a tab without any is not in it."""
    scripted.api = [_written(8)]
    writes = [StatusWrite(PLAN, 8, {4: "Synced", 2: ""}), StatusWrite(QUOTED, 9, {})]
    scripted_sheets.write_statuses("1AbC", writes)
    assert scripted.bodies == [
        {
            "valueInputOption": "RAW",
            "data": [
                {
                    "dataFilter": {"developerMetadataLookup": {"metadataId": 8}},
                    "majorDimension": "COLUMNS",
                    "values": [[None, "", None, "Synced"]],
                }
            ],
        }
    ]


def test_write_that_found_no_column_is_no_success(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle
) -> None:
    """A column whose metadata is gone is named, although Google's answer is a 200."""
    scripted.api = [_written(8)]
    writes = [StatusWrite(PLAN, 8, {2: "Queued"}), StatusWrite(QUOTED, 9, {2: "Queued"})]
    with pytest.raises(SourceError, match=r"O'Brien!B2.* has lost its mark"):
        scripted_sheets.write_statuses("1AbC", writes)


def test_refused_entry_of_a_batch_is_named(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle
) -> None:
    """Where a protection refuses one of several columns, its tab is in the message."""
    said = "Invalid data[1]: You are trying to edit a protected cell or object."
    scripted.api = [Scripted(400, {"error": {"code": 400, "message": said}})]
    writes = [StatusWrite(PLAN, 8, {2: "Queued"}), StatusWrite(QUOTED, 9, {2: "Queued"})]
    with pytest.raises(PermanentError, match=r"O'Brien!B2.*protected cell"):
        scripted_sheets.write_statuses("1AbC", writes)


def test_nothing_to_do_asks_nothing(
    scripted_sheets: SheetsClient, scripted: ScriptedGoogle
) -> None:
    """No tabs and no statuses cost no request."""
    assert snapshots_of(scripted_sheets, BOOK, []) == []
    assert scripted_sheets.read_with_status(BOOK, [], []) == []
    scripted_sheets.write_statuses("1AbC", [StatusWrite(PLAN, 8, {})])
    assert scripted.asked == []
