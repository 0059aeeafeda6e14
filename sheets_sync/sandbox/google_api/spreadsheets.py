"""spreadsheets.create, get, getByDataFilter and sheets.copyTo."""

from __future__ import annotations

from dataclasses import replace

from sheets_sync.sandbox.a1 import Block
from sheets_sync.sandbox.drive import SPREADSHEET, Draft, Drive
from sheets_sync.sandbox.google_api.access import change, open_file, reader, room_required, viewer
from sheets_sync.sandbox.google_api.body import body_of, child, children, flag, number, text
from sheets_sync.sandbox.google_api.cells import write_rows
from sheets_sync.sandbox.google_api.data_filters import places
from sheets_sync.sandbox.google_api.errors import not_found, part, permission_denied
from sheets_sync.sandbox.google_api.fields import wants
from sheets_sync.sandbox.google_api.masks import response_mask
from sheets_sync.sandbox.google_api.ranges import place_of, sheet_of
from sheets_sync.sandbox.google_api.resource import sheet_properties, spreadsheet_resource
from sheets_sync.sandbox.google_api.sheets import add_sheet, copy_of, unused_title
from sheets_sync.sandbox.grid import Sheet
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Call, Json


def create(drive: Drive, call: Call) -> dict[str, Json]:
    """spreadsheets.create."""
    body = body_of(call, "Spreadsheet")
    properties = child(body, "properties")
    title = text(properties, "title") or "Untitled spreadsheet"
    spreadsheet = Spreadsheet(
        title,
        text(properties, "locale") or "en_US",
        text(properties, "timeZone") or "Etc/GMT",
        text(properties, "autoRecalc") or "ON_CHANGE",
    )
    draft = Draft(spreadsheet, "", call.caller, call.caller, drive.clock.now())
    for wanted in children(body, "sheets"):
        add_sheet(draft, {"properties": wanted.get("properties")})
        for data in children(wanted, "data"):
            row, column = number(data, "startRow") or 0, number(data, "startColumn") or 0
            start = Block(row, column, row, column)
            write_rows(draft, spreadsheet.sheets[-1], start, children(data, "rowData"), {})
    if not spreadsheet.sheets:
        spreadsheet.sheets.append(Sheet(0, "Sheet1"))
    file = drive.add_file(title, SPREADSHEET, call.caller, spreadsheet)
    return spreadsheet_resource(
        file.file_id, reader(drive, spreadsheet), viewer(file, call), with_data=False
    )


def get(drive: Drive, call: Call) -> dict[str, Json]:
    """spreadsheets.get; with a field mask, includeGridData is ignored."""
    file = open_file(drive, call)
    with_data = _with_data(call, asked=call.first("includeGridData").lower() == "true")
    a1s = call.query.get("ranges", [])
    selected = [place_of(file.content, a1) for a1 in a1s] if a1s else None
    return spreadsheet_resource(
        file.file_id,
        reader(drive, file.content),
        viewer(file, call),
        with_data=with_data,
        places=selected,
    )


def get_by_data_filter(drive: Drive, call: Call) -> dict[str, Json]:
    """spreadsheets.getByDataFilter."""
    body = body_of(call, "GetSpreadsheetByDataFilterRequest")
    file = open_file(drive, call)
    with_data = _with_data(call, asked=flag(body, "includeGridData"))
    selected = None
    if children(body, "dataFilters"):
        selected = []
        for index, data_filter in enumerate(children(body, "dataFilters")):
            with part(f"dataFilters[{index}]"):
                selected += places(file.content, data_filter, viewer(file, call).project)
    return spreadsheet_resource(
        file.file_id,
        reader(drive, file.content),
        viewer(file, call),
        with_data=with_data,
        places=selected,
    )


def _with_data(call: Call, *, asked: bool) -> bool:
    fields = call.first("fields")
    return wants(response_mask(fields, "Spreadsheet"), "sheets", "data") if fields else asked


def copy_to(drive: Drive, call: Call) -> dict[str, Json]:
    """sheets.copyTo: the copy is called "Copy of X" and comes last."""
    body = body_of(call, "CopySheetToAnotherSpreadsheetRequest")
    source_file = open_file(drive, call)
    source = sheet_of(source_file.content, int(call.place["sheet"]))
    destination = drive.files.get(text(body, "destinationSpreadsheetId"))
    if destination is None or destination.spreadsheet is None:
        raise not_found()
    if call.caller in destination.refused:
        raise permission_denied()
    place = {"id": destination.file_id}
    there = replace(call, place=place)
    with change(drive, there) as draft, room_required(draft.spreadsheet):
        title = unused_title(draft.spreadsheet, f"Copy of {source.title}")
        copied = copy_of(source, draft.spreadsheet, source_file.content, title, None)
        draft.spreadsheet.sheets.append(copied)
    return sheet_properties(copied, len(draft.spreadsheet.sheets) - 1)
