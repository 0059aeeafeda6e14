"""spreadsheets.values: reading and writing cells addressed by A1 ranges."""

from __future__ import annotations

from sheets_sync.sandbox.a1 import Area, format_block
from sheets_sync.sandbox.drive import Drive
from sheets_sync.sandbox.google_api.access import change, open_file, reader, room_required
from sheets_sync.sandbox.google_api.body import Body, body_of, children, text, texts
from sheets_sync.sandbox.google_api.errors import Refusal, part
from sheets_sync.sandbox.google_api.ranges import Place, place_of
from sheets_sync.sandbox.google_api.schema import checked_parameter, messages
from sheets_sync.sandbox.google_api.tables import append_place
from sheets_sync.sandbox.google_api.value_ranges import (
    echo,
    major_of,
    rendering,
    rows_of,
    totals,
    value_range,
    wipe,
    write,
)
from sheets_sync.sandbox.wire import Call, Json

_PARAMETERS = (
    messages()["BatchUpdateValuesRequest"] | messages()["BatchGetValuesByDataFilterRequest"]
)
"""The options that other calls take in their body are query parameters here."""


def get(drive: Drive, call: Call) -> dict[str, Json]:
    """values.get."""
    spreadsheet = open_file(drive, call).content
    options = _options(call)
    look = reader(drive, spreadsheet, *rendering(options))
    return value_range(look, place_of(spreadsheet, call.place["range"]), major_of(options))


def batch_get(drive: Drive, call: Call) -> dict[str, Json]:
    """values.batchGet."""
    spreadsheet = open_file(drive, call).content
    options = _options(call)
    look = reader(drive, spreadsheet, *rendering(options))
    found: list[Json] = [
        value_range(look, place_of(spreadsheet, a1), major_of(options))
        for a1 in call.query.get("ranges", [])
    ]
    return {"spreadsheetId": call.place["id"], "valueRanges": found}


def update(drive: Drive, call: Call) -> dict[str, Json]:
    """values.update."""
    body = body_of(call, "ValueRange", "data")
    options = _options(call)
    option = input_option(options)
    if text(body, "range") not in {"", call.place["range"]}:
        raise Refusal(
            f"Requested range: {call.place['range']} does not match range in body: "
            f"{text(body, 'range')}."
        )
    with change(drive, call) as draft:
        look = reader(drive, draft.spreadsheet, *rendering(options, "response"))
        done = write(draft, place_of(draft.spreadsheet, call.place["range"]), body, option, look)
    return done.answer(call.place["id"], echo(look, done, options, body))


def batch_update(drive: Drive, call: Call) -> dict[str, Json]:
    """values.batchUpdate: all ranges are written, or none."""
    body = body_of(call, "BatchUpdateValuesRequest")
    option = input_option(body)
    all_done = []
    with change(drive, call) as draft:
        look = reader(drive, draft.spreadsheet, *rendering(body, "response"))
        for index, data in enumerate(children(body, "data")):
            with part(f"data[{index}]"):
                place = place_of(draft.spreadsheet, text(data, "range"))
                all_done.append((write(draft, place, data, option, look), data))
    responses: list[Json] = [
        done.answer(call.place["id"], echo(look, done, body, data)) for done, data in all_done
    ]
    return totals(call.place["id"], [done for done, _ in all_done]) | {"responses": responses}


def append(drive: Drive, call: Call) -> dict[str, Json]:
    """values.append: writes below the last table in the range, growing the grid as needed."""
    body = body_of(call, "ValueRange", "data")
    options = _options(call)
    option = input_option(options)
    rows = rows_of(body)
    insertion = _checked(call, "insertDataOption", "OVERWRITE|INSERT_ROWS")
    with change(drive, call) as draft, room_required(draft.spreadsheet):
        look = reader(drive, draft.spreadsheet, *rendering(options, "response"))
        searched = place_of(draft.spreadsheet, call.place["range"])
        sheet = searched.sheet
        table, start = append_place(searched)
        if insertion == "INSERT_ROWS" and rows and start.top < sheet.row_count:
            move = sheet.insert("ROWS", start.top, len(rows))
            draft.spreadsheet.relocate(sheet, "ROWS", move)
        width = max((len(row) for row in rows), default=0)
        sheet.row_count = max(sheet.row_count, start.top + len(rows))
        sheet.column_count = max(sheet.column_count, start.left + width)
        first = Area(start.top, start.left, start.bottom, start.right)
        done = write(draft, Place(sheet, first), body, option, look)
    answer: dict[str, Json] = {"spreadsheetId": call.place["id"]}
    if table is not None:
        answer["tableRange"] = format_block(sheet.title, table)
    return answer | {"updates": done.answer(call.place["id"], echo(look, done, options, body))}


def clear(drive: Drive, call: Call) -> dict[str, Json]:
    """values.clear."""
    body_of(call, "ClearValuesRequest")
    with change(drive, call) as draft:
        place = place_of(draft.spreadsheet, call.place["range"])
        wipe(draft, place)
    return {"spreadsheetId": call.place["id"], "clearedRange": place.a1}


def batch_clear(drive: Drive, call: Call) -> dict[str, Json]:
    """values.batchClear."""
    body = body_of(call, "BatchClearValuesRequest")
    cleared: list[Json] = []
    with change(drive, call) as draft:
        for index, a1 in enumerate(texts(body, "ranges")):
            with part(f"ranges[{index}]"):
                place = place_of(draft.spreadsheet, a1)
                wipe(draft, place)
                cleared.append(place.a1)
    return {"spreadsheetId": call.place["id"], "clearedRanges": cleared}


def input_option(options: Body) -> str:
    """RAW or USER_ENTERED, which a caller must say."""
    option = text(options, "valueInputOption", "INPUT_VALUE_OPTION_UNSPECIFIED")
    if option == "INPUT_VALUE_OPTION_UNSPECIFIED":
        raise Refusal("'valueInputOption' is required but not specified")
    return option


def _options(call: Call) -> dict[str, Json]:
    return {
        name: _checked(call, name, kind)
        for name, kind in _PARAMETERS.items()
        if name in call.query and ("|" in kind or kind == "boolean")
    }


def _checked(call: Call, name: str, kind: str) -> str:
    value = call.first(name)
    if kind == "boolean":
        value = value.lower()
    return checked_parameter(name, kind, value) if value else value
