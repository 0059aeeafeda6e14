"""A big tab is read in windows, and said to be torn where rows came or went meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from sheets_sync.domain.row import Book, Cell, Snapshot
from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.transport import Transport
from sheets_sync.google.windows import Windows
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control

ROWS: list[list[Cell]] = [[f"item {n}", "Good"] for n in range(700)]
ROWS[0], ROWS[300] = ["Item", "Label"], []


@pytest.fixture
def transport(sandbox: Sandbox) -> Transport:
    """Google for the sandbox's account."""
    (account,) = load_accounts([Path(sandbox.contact.credentials_file)])
    return Transport(account, api_root=sandbox.contact.google_api)


@pytest.fixture
def book(transport: Transport, control: Control) -> Book:
    """A spreadsheet with one tab, whose grid has 1,000 rows."""
    return SheetsClient(transport).describe(control.add_spreadsheet(ROWS))


def read(transport: Transport, book: Book) -> Snapshot:
    """The tab in windows of 256 rows."""
    (fetched,) = Windows(transport, 256).fetch(book, book.tabs)
    return fetched.snapshot


def moved_rows(kind: str, first: int) -> JsonValue:
    """An expert inserts or deletes ten rows."""
    rows: JsonValue = {
        "sheetId": 0,
        "dimension": "ROWS",
        "startIndex": first,
        "endIndex": first + 10,
    }
    return {"requests": [{kind: {"range": rows}}]}


def test_windows_are_joined_without_a_seam(
    transport: Transport, book: Book, control: Control
) -> None:
    """A grid of 1,000 rows is read four times, and every line is there once."""
    control.forget_calls()
    snapshot = read(transport, book)

    assert snapshot.complete
    assert snapshot.lines == ROWS
    assert control.calls().reads == 4


def test_rows_beyond_the_described_grid_are_read(
    transport: Transport, book: Book, control: Control
) -> None:
    """The last window is open at its end: rows may have been added since."""
    appended: JsonValue = {"sheetId": 0, "dimension": "ROWS", "length": 500}
    human = control.human()
    human.change(book.spreadsheet, {"appendDimension": appended})
    human.type(book.spreadsheet, "A1500", "late")
    snapshot = read(transport, book)

    assert snapshot.complete
    assert len(snapshot.lines) == 1500
    assert snapshot.lines[-1] == ["late"]


@pytest.mark.parametrize("kind", ["insertDimension", "deleteDimension"])
def test_rows_that_come_or_go_between_windows_are_noticed(
    transport: Transport, book: Book, control: Control, kind: str
) -> None:
    """The row in which two windows overlap is not the same: nothing is absent by this snapshot."""
    path = f"/v4/spreadsheets/{book.spreadsheet}:batchUpdate"
    control.between("values:batchGet", path, moved_rows(kind, 100), after=1)
    snapshot = read(transport, book)

    assert control.edits_made() == [200]
    assert not snapshot.complete


def test_an_edit_between_windows_tears_nothing(
    transport: Transport, book: Book, control: Control
) -> None:
    """Only the rows' places must agree."""
    path = f"/v4/spreadsheets/{book.spreadsheet}/values/B2?valueInputOption=RAW"
    control.between("values:batchGet", path, {"values": [["Bad"]]}, method="PUT", after=1)

    assert read(transport, book).complete


def test_the_same_answers_have_the_same_digest(
    transport: Transport, book: Book, control: Control
) -> None:
    """Any edit shows in it."""
    windows = Windows(transport, 256)
    *_, first, again = (windows.fetch(book, book.tabs)[0].digest for _ in range(4))
    control.human().type(book.spreadsheet, "A650", "another item")

    assert first == again != windows.fetch(book, book.tabs)[0].digest


def test_windows_grow_where_they_are_nearly_empty(
    transport: Transport, book: Book, control: Control
) -> None:
    """Windows of little content are read together at the next look, up to one for all."""
    windows = Windows(transport, 256)
    reads = []
    for _ in range(4):
        control.forget_calls()
        (fetched,) = windows.fetch(book, book.tabs)
        assert fetched.snapshot.lines == ROWS
        reads.append(control.calls().reads)

    assert reads == [4, 2, 1, 1]
