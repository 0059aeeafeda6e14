"""Opening a spreadsheet for a caller, and one refusal for each reason it may not be opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sheets_sync.sandbox.drive import Draft, Drive, File, ProtectedCell
from sheets_sync.sandbox.google_api.errors import PROTECTED, Refusal, not_found, permission_denied
from sheets_sync.sandbox.google_api.resource import Viewer
from sheets_sync.sandbox.reading import Moments, Reader, Render
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Call

CELL_LIMIT = 10_000_000


def open_file(drive: Drive, call: Call) -> File:
    """The file of a Sheets call; raises Refusal 404 or 403."""
    file = drive.files.get(call.place["id"])
    if file is None or file.spreadsheet is None:
        raise not_found()
    if call.caller in file.refused:
        raise permission_denied()
    return file


def viewer(file: File, call: Call) -> Viewer:
    """The caller as one who looks at this file."""
    return Viewer(call.caller, file.owner)


@contextmanager
def change(drive: Drive, call: Call) -> Iterator[Draft]:
    """A draft of the call's spreadsheet: kept whole, or dropped when something is refused."""
    with drive.edit(open_file(drive, call), call.caller) as draft:
        try:
            yield draft
        except ProtectedCell as error:
            raise Refusal(PROTECTED) from error


@contextmanager
def room_required(spreadsheet: Spreadsheet) -> Iterator[None]:
    """Refuse a change in this block that makes a spreadsheet larger than Google's limit."""
    before = spreadsheet.cell_count()
    yield
    if spreadsheet.cell_count() > max(before, CELL_LIMIT):
        raise Refusal(
            "This action would increase the number of cells in the workbook above the limit of "
            f"{CELL_LIMIT} cells."
        )


def reader(
    drive: Drive,
    spreadsheet: Spreadsheet,
    render: Render = "FORMATTED_VALUE",
    moments: Moments = "SERIAL_NUMBER",
) -> Reader:
    """A reader of the spreadsheet as it is now."""
    return Reader(spreadsheet, drive.clock.now(), render, moments)
