"""The values calls that address cells by data filters: the server finds the row or column."""

from __future__ import annotations

from sheets_sync.sandbox.drive import Drive
from sheets_sync.sandbox.google_api.access import change, open_file, reader, viewer
from sheets_sync.sandbox.google_api.body import body_of, child, children
from sheets_sync.sandbox.google_api.data_filters import places
from sheets_sync.sandbox.google_api.errors import part
from sheets_sync.sandbox.google_api.ranges import Place
from sheets_sync.sandbox.google_api.value_ranges import (
    echo,
    major_of,
    rendering,
    totals,
    value_range,
    wipe,
    write,
)
from sheets_sync.sandbox.google_api.values import input_option
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Call, Json


def batch_get(drive: Drive, call: Call) -> dict[str, Json]:
    """values.batchGetByDataFilter; a range several filters select comes once, with them all."""
    body = body_of(call, "BatchGetValuesByDataFilterRequest")
    file = open_file(drive, call)
    look = reader(drive, file.content, *rendering(body))
    found = _selected(file.content, children(body, "dataFilters"), viewer(file, call).project)
    answer: dict[str, Json] = {"spreadsheetId": call.place["id"]}
    if found:
        answer["valueRanges"] = [
            {"valueRange": value_range(look, place, major_of(body)), "dataFilters": filters}
            for place, filters in found
        ]
    return answer


def batch_update(drive: Drive, call: Call) -> dict[str, Json]:
    """values.batchUpdateByDataFilter: values go to every range a filter selects."""
    body = body_of(call, "BatchUpdateValuesByDataFilterRequest")
    option = input_option(body)
    done = []
    with change(drive, call) as draft:
        project = viewer(open_file(drive, call), call).project
        look = reader(drive, draft.spreadsheet, *rendering(body, "response"))
        for index, data in enumerate(children(body, "data")):
            with part(f"data[{index}]"):
                data_filter = child(data, "dataFilter")
                for place in places(draft.spreadsheet, data_filter, project):
                    done.append((write(draft, place, data, option, look), data))  # noqa: PERF401
    responses: list[Json] = []
    for written, data in done:
        answer = written.answer("", echo(look, written, body, data))
        del answer["spreadsheetId"]
        responses.append(answer | {"dataFilter": data["dataFilter"]})
    answer = totals(call.place["id"], [written for written, _ in done])
    return answer | ({"responses": responses} if responses else {})


def batch_clear(drive: Drive, call: Call) -> dict[str, Json]:
    """values.batchClearByDataFilter."""
    body = body_of(call, "BatchClearValuesByDataFilterRequest")
    with change(drive, call) as draft:
        project = viewer(open_file(drive, call), call).project
        found = _selected(draft.spreadsheet, children(body, "dataFilters"), project)
        for place, _ in found:
            wipe(draft, place)
    answer: dict[str, Json] = {"spreadsheetId": call.place["id"]}
    if found:
        answer["clearedRanges"] = [place.a1 for place, _ in found]
    return answer


def _selected(
    spreadsheet: Spreadsheet, filters: list[dict[str, Json]], project: str
) -> list[tuple[Place, list[Json]]]:
    found: dict[str, tuple[Place, list[Json]]] = {}
    for index, data_filter in enumerate(filters):
        with part(f"dataFilters[{index}]"):
            for place in places(spreadsheet, data_filter, project):
                found.setdefault(place.a1, (place, []))[1].append(data_filter)
    return list(found.values())
