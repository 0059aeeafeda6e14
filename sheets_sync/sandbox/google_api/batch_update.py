"""spreadsheets.batchUpdate: a list of requests, applied in order, all or none.

To add a kind of request write a function `(Draft, Body) -> reply` and name it in `REQUESTS`.
The draft is a copy: raise `Refusal` at any point and nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sheets_sync.sandbox.drive import Draft, Drive
from sheets_sync.sandbox.google_api import (
    cells,
    clipboard,
    dimensions,
    metadata,
    protection,
    rules,
    sheets,
)
from sheets_sync.sandbox.google_api.access import change, open_file, reader, room_required, viewer
from sheets_sync.sandbox.google_api.body import Body, body_of, child, children, flag, texts
from sheets_sync.sandbox.google_api.errors import Refusal, part
from sheets_sync.sandbox.google_api.ranges import place_of
from sheets_sync.sandbox.google_api.resource import spreadsheet_resource
from sheets_sync.sandbox.wire import Call, Json

REQUESTS: Mapping[str, Callable[[Draft, Body], dict[str, Json]]] = {
    "addConditionalFormatRule": rules.add_conditional_format_rule,
    "addDimensionGroup": dimensions.add_dimension_group,
    "addNamedRange": rules.add_named_range,
    "addProtectedRange": protection.add_protected_range,
    "addSheet": sheets.add_sheet,
    "appendCells": cells.append_cells,
    "appendDimension": dimensions.append_dimension,
    "autoResizeDimensions": dimensions.auto_resize_dimensions,
    "clearBasicFilter": rules.clear_basic_filter,
    "copyPaste": clipboard.copy_paste,
    "createDeveloperMetadata": metadata.create_developer_metadata,
    "cutPaste": clipboard.cut_paste,
    "deleteConditionalFormatRule": rules.delete_conditional_format_rule,
    "deleteDeveloperMetadata": metadata.delete_developer_metadata,
    "deleteDimension": dimensions.delete_dimension,
    "deleteDimensionGroup": dimensions.delete_dimension_group,
    "deleteNamedRange": rules.delete_named_range,
    "deleteProtectedRange": protection.delete_protected_range,
    "deleteRange": dimensions.delete_range,
    "deleteSheet": sheets.delete_sheet,
    "duplicateSheet": sheets.duplicate_sheet,
    "findReplace": clipboard.find_replace,
    "insertDimension": dimensions.insert_dimension,
    "insertRange": dimensions.insert_range,
    "mergeCells": cells.merge_cells,
    "moveDimension": dimensions.move_dimension,
    "repeatCell": cells.repeat_cell,
    "setBasicFilter": rules.set_basic_filter,
    "setDataValidation": cells.set_data_validation,
    "sortRange": dimensions.sort_range,
    "unmergeCells": cells.unmerge_cells,
    "updateCells": cells.update_cells,
    "updateConditionalFormatRule": rules.update_conditional_format_rule,
    "updateDeveloperMetadata": metadata.update_developer_metadata,
    "updateDimensionProperties": dimensions.update_dimension_properties,
    "updateNamedRange": rules.update_named_range,
    "updateProtectedRange": protection.update_protected_range,
    "updateSheetProperties": sheets.update_sheet_properties,
    "updateSpreadsheetProperties": sheets.update_spreadsheet_properties,
}


def batch_update(drive: Drive, call: Call) -> dict[str, Json]:
    """spreadsheets.batchUpdate."""
    body = body_of(call, "BatchUpdateSpreadsheetRequest")
    requests = children(body, "requests")
    if not requests:
        raise Refusal("Must specify at least one request.")
    replies: list[Json] = []
    with change(drive, call) as draft:
        for index, request in enumerate(requests):
            replies.append(_applied(draft, index, request))
    answer: dict[str, Json] = {"spreadsheetId": call.place["id"], "replies": replies}
    if flag(body, "includeSpreadsheetInResponse"):
        answer["updatedSpreadsheet"] = _updated(drive, call, body)
    return answer


def _applied(draft: Draft, index: int, request: Body) -> dict[str, Json]:
    kinds = [kind for kind, value in request.items() if value is not None]
    if len(kinds) != 1:
        raise Refusal(f"Invalid requests[{index}]: No request set.")
    kind = kinds[0]
    if kind not in REQUESTS:
        raise Refusal(f"The sandbox does not know batchUpdate's {kind} yet.", "UNIMPLEMENTED")
    bare = _without_nulls(child(request, kind))
    with part(f"requests[{index}].{kind}"), room_required(draft.spreadsheet):
        reply = REQUESTS[kind](draft, bare if isinstance(bare, dict) else {})
    return {kind: reply} if reply else {}


def _updated(drive: Drive, call: Call, body: Body) -> dict[str, Json]:
    file = open_file(drive, call)
    a1s = texts(body, "responseRanges")
    return spreadsheet_resource(
        file.file_id,
        reader(drive, file.content),
        viewer(file, call),
        with_data=flag(body, "responseIncludeGridData"),
        places=[place_of(file.content, a1) for a1 in a1s] if a1s else None,
    )


def _without_nulls(value: Json) -> Json:
    """Null is the same as absent everywhere in these messages."""
    if isinstance(value, list):
        return [_without_nulls(element) for element in value]
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return value
