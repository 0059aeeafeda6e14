"""The client against the sandbox, over HTTP, with a service account's key."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import JsonValue

from sheets_sync.domain.row import Book, Cell, Snapshot
from sheets_sync.domain.status import StatusWrite
from sheets_sync.errors import PermanentError, SourceError, TransientError
from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.transport import Limits, Transport
from sheets_sync.sandbox.server import Sandbox
from tests.google.reading import snapshots_of
from tests.sandbox_client import Control

ROWS: list[list[Cell]] = [["Item", "Label"], ["a", "Good"], ["b", "Bad"], ["c", 3]]
TITLES = [
    "O'Brien",
    "A1",
    "R1C1",
    "🌵 x",
    "x!B2",
    "Лист 1",
    "=1+1",
    "a:b",
    "'quoted'",
    "{x}",
    "C:C",
]


@pytest.fixture
def account_file(sandbox: Sandbox) -> Path:
    """The service account that the sandbox has made."""
    return Path(sandbox.contact.credentials_file)


@pytest.fixture
def sheets(sandbox: Sandbox, account_file: Path) -> SheetsClient:
    """A client with short waits."""
    (account,) = load_accounts([account_file])
    limits = Limits(timeout=(2, 2), attempts=3, total=5, first_wait=0.01)
    return SheetsClient(Transport(account, api_root=sandbox.contact.google_api, limits=limits))


def _marked(sheets: SheetsClient, control: Control) -> tuple[Book, int]:
    """A book whose tab has the status column C, and that column's metadata id."""
    book = sheets.describe(control.add_spreadsheet(ROWS))
    return book, sheets.add_status_column(book.tabs[0], 1, 2, "Sync status")


def _columns(start: int, end: int) -> JsonValue:
    return {"sheetId": 0, "dimension": "COLUMNS", "startIndex": start, "endIndex": end}


def _look(sheets: SheetsClient, book: Book, known: int | None) -> tuple[Snapshot, int | None]:
    ((snapshot, index),) = sheets.read_with_status(book, book.tabs[:1], [known])
    return snapshot, index


def test_book_is_described(sheets: SheetsClient, control: Control) -> None:
    """Title, locale, time zone and tabs come in one read, with tokens for a signed request."""
    spreadsheet = control.add_spreadsheet(
        ROWS, title="Ответы", worksheet="Оценка", locale="ru_RU", time_zone="Europe/Moscow"
    )
    hidden: JsonValue = {"title": "Notes", "hidden": True}
    control.human().change(spreadsheet, {"addSheet": {"properties": hidden}})
    control.forget_calls()
    book = sheets.describe(spreadsheet)
    assert (book.title, book.locale, book.zone) == ("Ответы", "ru_RU", ZoneInfo("Europe/Moscow"))
    assert [tab.title for tab in book.tabs] == ["Оценка", "Notes"]
    assert (control.calls().reads, control.calls().writes) == (1, 0)


@pytest.mark.parametrize("title", TITLES)
def test_tab_titles_that_look_like_notation(
    sheets: SheetsClient, control: Control, title: str
) -> None:
    """Tabs whose title has quotes, emoji or looks like a range are read and written as any."""
    book = sheets.describe(control.add_spreadsheet(ROWS, worksheet=title))
    (snapshot,) = snapshots_of(sheets, book, book.tabs)
    assert snapshot.lines == ROWS
    metadata_id = sheets.add_status_column(book.tabs[0], 1, 2, "Sync status")
    sheets.write_statuses(book.spreadsheet, [StatusWrite(book.tabs[0], metadata_id, {3: "Queued"})])
    read, index = _look(sheets, book, metadata_id)
    assert index == 2
    assert [list(line[2:]) for line in read.lines] == [["Sync status"], [], ["Queued"], []]


def test_all_tabs_in_one_read(sheets: SheetsClient, control: Control) -> None:
    """All tabs asked for come in one request each, in their order, an empty one too."""
    spreadsheet = control.add_spreadsheet(ROWS)
    control.human().change(
        spreadsheet,
        {"addSheet": {"properties": {"title": "Empty"}}},
        {"addSheet": {"properties": {"title": "Second"}}},
    )
    control.human().type_rows(spreadsheet, "Second!B2", [["x"]])
    book = sheets.describe(spreadsheet)
    control.forget_calls()
    wanted = [book.tabs[2], book.tabs[1], book.tabs[0]]
    plain = snapshots_of(sheets, book, wanted)
    with_status = sheets.read_with_status(book, wanted, [None, 12345, None])
    assert [snapshot.tab for snapshot in plain] == wanted
    assert [snapshot.lines for snapshot in plain] == [[[], ["", "x"]], [], ROWS]
    assert with_status == [(snapshot, None) for snapshot in plain]
    assert (control.calls().reads, control.calls().writes) == (2, 0)


def test_cells_are_unformatted(sheets: SheetsClient, control: Control) -> None:
    """Numbers, ticks and dates come as values, whatever the sheet shows."""
    spreadsheet = control.add_spreadsheet([])
    control.human().type_rows(spreadsheet, "Sheet1!A1", [["2020-01-01", "50%", True, "007", "x"]])
    book = sheets.describe(spreadsheet)
    (snapshot,) = snapshots_of(sheets, book, book.tabs)
    assert snapshot.lines == [[43831, 0.5, True, 7, "x"]]
    assert snapshot.zone == ZoneInfo("Etc/GMT")


def test_new_status_column_takes_no_cells(sheets: SheetsClient, control: Control) -> None:
    """The status column is a new one: cells without a header, where it comes, move aside."""
    spreadsheet = control.add_spreadsheet([*ROWS[:2], ["b", "Bad", "an expert's remark"]])
    book = sheets.describe(spreadsheet)
    control.forget_calls()
    metadata_id = sheets.add_status_column(book.tabs[0], 1, 2, "Sync status")
    assert (control.calls().reads, control.calls().writes) == (1, 1)
    read, index = _look(sheets, book, metadata_id)
    assert index == 2
    assert read.lines[0] == ["Item", "Label", "Sync status"]
    assert read.lines[2] == ["b", "Bad", "", "an expert's remark"]


@pytest.mark.parametrize("index", [26, 28])
def test_grid_is_widened(sheets: SheetsClient, control: Control, index: int) -> None:
    """A status column right of the last column, or further, makes the grid as wide as needed."""
    spreadsheet = control.add_spreadsheet([["h"] * 26])
    book = sheets.describe(spreadsheet)
    metadata_id = sheets.add_status_column(book.tabs[0], 1, index, "Sync status")
    read, found = _look(sheets, book, metadata_id)
    assert found == index
    assert read.lines[0][index] == "Sync status"
    assert len(read.lines[0]) == index + 1


def test_header_below_the_first_row(sheets: SheetsClient, control: Control) -> None:
    """The header is written into the mapping's header row, and nothing above it."""
    spreadsheet = control.add_spreadsheet([["Title"], [], *ROWS])
    book = sheets.describe(spreadsheet)
    sheets.add_status_column(book.tabs[0], 3, 2, "Sync status")
    assert [(write.cell, write.value) for write in control.writes()] == [("C3", "Sync status")]


def test_deleted_tab_gets_no_status_column(sheets: SheetsClient, control: Control) -> None:
    """A tab that was deleted meanwhile is named."""
    spreadsheet = control.add_spreadsheet(ROWS)
    human = control.human()
    human.change(spreadsheet, {"addSheet": {"properties": {"title": "Old"}}})
    book = sheets.describe(spreadsheet)
    human.change(spreadsheet, {"deleteSheet": {"sheetId": book.tabs[1].gid}})
    with pytest.raises(SourceError, match="tab 'Old' was deleted"):
        sheets.add_status_column(book.tabs[1], 1, 2, "Sync status")
    with pytest.raises(SourceError, match="there is no tab 'Old'"):
        snapshots_of(sheets, book, book.tabs)
    with pytest.raises(SourceError, match="there is no tab 'Old'"):
        sheets.read_with_status(book, book.tabs, [None, None])


def test_existing_column_is_marked(sheets: SheetsClient, control: Control) -> None:
    """A column that is there already is marked in one write, and its cells stay."""
    spreadsheet = control.add_spreadsheet(ROWS)
    book = sheets.describe(spreadsheet)
    control.forget_calls()
    metadata_id = sheets.mark_status_column(book.tabs[0], 1)
    assert (control.calls().reads, control.calls().writes) == (0, 1)
    read, index = _look(sheets, book, metadata_id)
    assert (read.lines, index) == (ROWS, 1)


def test_statuses_of_all_tabs_in_one_write(sheets: SheetsClient, control: Control) -> None:
    """The statuses of several tabs are one write; cells between them and other columns stay."""
    spreadsheet = control.add_spreadsheet(ROWS)
    control.human().change(
        spreadsheet, {"duplicateSheet": {"sourceSheetId": 0, "newSheetName": "2"}}
    )
    book = sheets.describe(spreadsheet)
    first, second = book.tabs
    ids = [sheets.add_status_column(tab, 1, 2, "Sync status") for tab in (first, second)]
    sheets.write_statuses(spreadsheet, [StatusWrite(first, ids[0], {3: "old"})])
    control.forget_calls()
    sheets.write_statuses(
        spreadsheet,
        [
            StatusWrite(first, ids[0], {2: "=1+1", 4: "Queued"}),
            StatusWrite(second, ids[1], {4: "Queued"}),
        ],
    )
    assert (control.calls().reads, control.calls().writes) == (0, 1)
    (one, _), (two, _) = sheets.read_with_status(book, book.tabs, ids)
    assert [line[2:] for line in one.lines] == [["Sync status"], ["=1+1"], ["old"], ["Queued"]]
    assert [line[2:] for line in two.lines] == [["Sync status"], [], [], ["Queued"]]
    assert [line[:2] for line in one.lines] == ROWS


def test_status_is_emptied(sheets: SheetsClient, control: Control) -> None:
    """An empty text empties the cell."""
    book, metadata_id = _marked(sheets, control)
    for text in ("Queued", ""):
        sheets.write_statuses(book.spreadsheet, [StatusWrite(book.tabs[0], metadata_id, {2: text})])
    read, _ = _look(sheets, book, metadata_id)
    assert read.lines[1] == ["a", "Good"]


@pytest.mark.parametrize(
    ("edit", "column"),
    [
        ({"insertDimension": {"range": _columns(1, 3)}}, 4),
        ({"deleteDimension": {"range": _columns(0, 1)}}, 1),
        ({"moveDimension": {"source": _columns(2, 3), "destinationIndex": 0}}, 0),
    ],
)
def test_statuses_follow_their_column(
    sheets: SheetsClient,
    control: Control,
    edit: JsonValue,
    column: int,
) -> None:
    """Columns inserted, deleted or moved between the re-read and the write do not misplace it."""
    book, metadata_id = _marked(sheets, control)
    control.between(
        "values:batchGetByDataFilter",
        f"/v4/spreadsheets/{book.spreadsheet}:batchUpdate",
        {"requests": [edit]},
    )
    _, before = _look(sheets, book, metadata_id)
    sheets.write_statuses(book.spreadsheet, [StatusWrite(book.tabs[0], metadata_id, {2: "Queued"})])
    read, after = _look(sheets, book, metadata_id)
    assert (before, after) == (2, column)
    assert read.lines[1][column] == "Queued"
    written = [write.value for write in control.writes()]
    assert written == ["Sync status", "Queued"]


def test_deleted_status_column_is_noticed(sheets: SheetsClient, control: Control) -> None:
    """Once the column is deleted, it is not found, and a write to it is an error, not a success."""
    book, metadata_id = _marked(sheets, control)
    control.human().change(book.spreadsheet, {"deleteDimension": {"range": _columns(2, 3)}})
    assert _look(sheets, book, metadata_id)[1] is None
    with pytest.raises(SourceError, match="'Sheet1' has lost its mark"):
        sheets.write_statuses(
            book.spreadsheet, [StatusWrite(book.tabs[0], metadata_id, {2: "Queued"})]
        )


def test_protected_column_is_permanent(sheets: SheetsClient, control: Control) -> None:
    """A protected status column is refused at once, by the tab's name, and nothing is written."""
    book, metadata_id = _marked(sheets, control)
    column: JsonValue = {"sheetId": 0, "startColumnIndex": 2, "endColumnIndex": 3}
    control.human("owner").change(
        book.spreadsheet,
        {"addProtectedRange": {"protectedRange": {"range": column, "editors": {"users": []}}}},
    )
    control.forget_calls()
    with pytest.raises(PermanentError, match=r"^tab 'Sheet1': .*protected cell.*iam\.gservice"):
        sheets.write_statuses(
            book.spreadsheet, [StatusWrite(book.tabs[0], metadata_id, {2: "Queued"})]
        )
    assert control.calls().writes == 1
    assert len(control.writes()) == 1


def test_row_beyond_the_grid_is_an_error(sheets: SheetsClient, control: Control) -> None:
    """A status for a row that is no longer there is refused, not put elsewhere."""
    book, metadata_id = _marked(sheets, control)
    with pytest.raises(SourceError, match=r"HTTP 400: .*data\[0\]"):
        sheets.write_statuses(
            book.spreadsheet, [StatusWrite(book.tabs[0], metadata_id, {5000: "Queued"})]
        )


def test_unshared_sheet_names_the_account(
    sheets: SheetsClient, control: Control, account_file: Path
) -> None:
    """A sheet that is not shared says with whom to share it."""
    (account,) = load_accounts([account_file])
    spreadsheet = control.add_spreadsheet(ROWS)
    control.unshare(spreadsheet)
    with pytest.raises(SourceError) as caught:
        sheets.describe(spreadsheet)
    assert f"{spreadsheet}: not shared with {account.email}" in str(caught.value)
    assert f"share the sheet with {account.email} as editor" in str(caught.value)


def test_unknown_spreadsheet(sheets: SheetsClient) -> None:
    """A spreadsheet that does not exist is named."""
    with pytest.raises(SourceError, match="spreadsheet 1nowhere00: not found"):
        sheets.describe("1nowhere00")


@pytest.mark.parametrize("action", ["status", "html502", "drop", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_failure_is_survived(
    sheets: SheetsClient, control: Control, action: str, when: str
) -> None:
    """A write whose answer is an error or lost is sent again, and the cells say it once."""
    book, metadata_id = _marked(sheets, control)
    control.fault("google", match="batchUpdateByDataFilter", action=action, when=when, times=1)
    sheets.write_statuses(book.spreadsheet, [StatusWrite(book.tabs[0], metadata_id, {2: "Queued"})])
    assert control.fired() == [1]
    read, _ = _look(sheets, book, metadata_id)
    assert read.lines[1] == ["a", "Good", "Queued"]


def test_a_column_whose_answer_was_lost_is_made_once(
    sheets: SheetsClient, control: Control
) -> None:
    """The request is sent again and refused as a whole, which is no failure."""
    control.fault("google", match=":batchUpdate$", action="drop", when="after", times=1)
    book, metadata_id = _marked(sheets, control)
    assert control.fired() == [1]
    read, index = _look(sheets, book, metadata_id)
    assert (index, read.lines[0].count("Sync status")) == (2, 1)


def test_lasting_failure_is_transient(sheets: SheetsClient, control: Control) -> None:
    """What lasts is given up after the attempts, with the wait that was named last."""
    spreadsheet = control.add_spreadsheet(ROWS)
    control.fault("google", match="GET /v4", action="status", status=429, retry_after=0.02)
    with pytest.raises(TransientError, match="HTTP 429") as caught:
        sheets.describe(spreadsheet)
    assert caught.value.retry_after == pytest.approx(0.02)
    assert control.fired() == [3]


def test_revoked_token_is_renewed(sheets: SheetsClient, control: Control) -> None:
    """A token that is no longer good is replaced without a failure."""
    spreadsheet = control.add_spreadsheet(ROWS)
    sheets.describe(spreadsheet)
    control.revoke_tokens()
    assert sheets.describe(spreadsheet).title == "Review"


def test_deleted_account_is_refused(
    sheets: SheetsClient, control: Control, account_file: Path
) -> None:
    """The key of an account that was deleted needs a person."""
    (account,) = load_accounts([account_file])
    spreadsheet = control.add_spreadsheet(ROWS)
    control.remove_account(account.who)
    with pytest.raises(SourceError, match=f"refused the key of {account.who}.*invalid_grant"):
        sheets.describe(spreadsheet)
