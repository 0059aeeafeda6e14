"""Carries out provisioning: all tabs of a spreadsheet in one request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, assert_never

from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL

from sheets_sync.domain.fittings import (
    AddColumn,
    CellChange,
    Change,
    Fittings,
    Freeze,
    MakePlainText,
    Protect,
    Recolour,
    Rule,
    SetNote,
    SetRule,
    UnmakePlainText,
    Unprotect,
)
from sheets_sync.domain.provision import Provision
from sheets_sync.google.answers import Changed
from sheets_sync.google.fittings import MARK_KEY
from sheets_sync.google.marking import (
    change_once,
    column_range,
    marking,
    new_column,
    new_mark,
    unmarking,
)
from sheets_sync.google.transport import Transport

Request: TypeAlias = dict[str, object]


def carry_out(transport: Transport, spreadsheet: str, provisions: Sequence[Provision]) -> None:
    """Do all steps of these tabs of one spreadsheet, or none. One write.

    Each tab is marked anew; where things were taken away, the mark goes too, by one more write.
    """
    marks = [new_mark() for _ in provisions]
    requests: list[Request] = []
    for mark, provision in zip(marks, provisions, strict=True):
        fittings = provision.fittings
        requests.append(marking(mark, MARK_KEY, {"sheetId": fittings.tab.gid}, provision.mark))
        if fittings.mark is not None:
            requests.append(unmarking(fittings.mark.metadata_id))
        width = fittings.grid_columns
        for step in provision.steps:
            requests += _requests(fittings, step.change, width)
            if isinstance(step.change, AddColumn):
                width = max(width, step.change.index) + 1
    change_once(transport, spreadsheet, requests, marks[0])
    gone = [mark for mark, done in zip(marks, provisions, strict=True) if done.removes]
    if gone:
        body = {"requests": [*map(unmarking, gone)]}
        transport.ask(Changed, SPREADSHEET_BATCH_UPDATE_URL % spreadsheet, body=body)


def _requests(fittings: Fittings, change: Change, width: int) -> Iterator[Request]:
    gid, row = fittings.tab.gid, fittings.header_row
    match change:
        case AddColumn(index, header):
            yield from new_column(gid, row, index, width, header)
        case SetNote() | SetRule() | MakePlainText() | UnmakePlainText():
            yield from _cell_requests(gid, row, change)
        case Freeze(rows):
            properties = {"sheetId": gid, "gridProperties": {"frozenRowCount": rows}}
            fields = "gridProperties.frozenRowCount"
            yield {"updateSheetProperties": {"properties": properties, "fields": fields}}
        case Protect(index, editors, description):
            protected = {
                "range": _cells(gid, index),
                "description": description,
                "editors": {"users": [*editors]},
            }
            yield {"addProtectedRange": {"protectedRange": protected}}
        case Unprotect(protection_id):
            yield {"deleteProtectedRange": {"protectedRangeId": protection_id}}
        case Recolour():
            yield from _recolouring(gid, row, change)
        case never:
            assert_never(never)


def _cell_requests(gid: int, row: int, change: CellChange) -> Iterator[Request]:
    match change:
        case SetNote(index, text):
            yield _repeat(_cells(gid, index, row - 1, row), {"note": text} if text else {}, "note")
        case SetRule(index, rule):
            wanted: Request = {"range": _cells(gid, index, row), "filteredRowsIncluded": True}
            yield {"setDataValidation": wanted | ({"rule": _validation(rule)} if rule else {})}
        case MakePlainText(index, is_marked):
            if not is_marked:
                location = {"dimensionRange": column_range(gid, index)}
                yield marking(new_mark(), MARK_KEY, location, "plain text")
            number_format = {"numberFormat": {"type": "TEXT", "pattern": "@"}}
            data: Request = {"userEnteredFormat": number_format}
            yield _repeat(_cells(gid, index, row), data, "userEnteredFormat.numberFormat")
        case UnmakePlainText(index, metadata_id):
            yield unmarking(metadata_id)
            yield _repeat(_cells(gid, index, row), {}, "userEnteredFormat.numberFormat")
        case never:
            assert_never(never)


def _validation(rule: Rule) -> Request:
    values = [{"userEnteredValue": value} for value in rule.values]
    return {
        "condition": {"type": rule.condition, "values": values},
        "inputMessage": rule.message,
        "strict": rule.strict,
        "showCustomUi": True,
    }


def _recolouring(gid: int, row: int, change: Recolour) -> Iterator[Request]:
    for place in sorted(change.places, reverse=True):
        yield {"deleteConditionalFormatRule": {"sheetId": gid, "index": place}}
    at = change.count - len(change.places)
    for index in change.columns:
        for shade in change.shades:
            red, green, blue = shade.rgb
            background = {"rgbColor": {"red": red, "green": green, "blue": blue}}
            values = [{"userEnteredValue": value} for value in shade.values]
            rule = {
                "ranges": [_cells(gid, index, row)],
                "booleanRule": {
                    "condition": {"type": shade.condition, "values": values},
                    "format": {"backgroundColorStyle": background},
                },
            }
            yield {"addConditionalFormatRule": {"rule": rule, "index": at}}
            at += 1


def _repeat(cells: Request, data: Request, fields: str) -> Request:
    return {"repeatCell": {"range": cells, "cell": data, "fields": fields}}


def _cells(gid: int, index: int, top: int | None = None, bottom: int | None = None) -> Request:
    sides: Request = {"sheetId": gid, "startColumnIndex": index, "endColumnIndex": index + 1}
    if top is not None:
        sides["startRowIndex"] = top
    if bottom is not None:
        sides["endRowIndex"] = bottom
    return sides
