"""Which function answers which call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sheets_sync.sandbox.drive import Drive
from sheets_sync.sandbox.google_api import (
    batch_update,
    changes,
    files,
    metadata,
    spreadsheets,
    values,
    values_by_filter,
)
from sheets_sync.sandbox.google_api.errors import DriveRefusal, Refusal
from sheets_sync.sandbox.google_api.fields import keep
from sheets_sync.sandbox.google_api.masks import response_mask
from sheets_sync.sandbox.wire import Answer, Call, Json, Route

SheetsCall: TypeAlias = Callable[[Drive, Call], dict[str, Json]]
DriveCall: TypeAlias = Callable[[Drive, Call], Answer]

_ONE = "/v4/spreadsheets/{id}"

SHEETS: list[tuple[str, str, SheetsCall, str]] = [
    ("POST", "/v4/spreadsheets", spreadsheets.create, "Spreadsheet"),
    ("POST", f"{_ONE}:batchUpdate", batch_update.batch_update, "BatchUpdateSpreadsheetResponse"),
    ("POST", f"{_ONE}:getByDataFilter", spreadsheets.get_by_data_filter, "Spreadsheet"),
    ("POST", f"{_ONE}/sheets/{{sheet:int}}:copyTo", spreadsheets.copy_to, "SheetProperties"),
    (
        "POST",
        f"{_ONE}/developerMetadata:search",
        metadata.search,
        "SearchDeveloperMetadataResponse",
    ),
    ("GET", f"{_ONE}/developerMetadata/{{metadata}}", metadata.get, "DeveloperMetadata"),
    ("GET", f"{_ONE}/values:batchGet", values.batch_get, "BatchGetValuesResponse"),
    ("POST", f"{_ONE}/values:batchUpdate", values.batch_update, "BatchUpdateValuesResponse"),
    ("POST", f"{_ONE}/values:batchClear", values.batch_clear, "BatchClearValuesResponse"),
    (
        "POST",
        f"{_ONE}/values:batchGetByDataFilter",
        values_by_filter.batch_get,
        "BatchGetValuesByDataFilterResponse",
    ),
    (
        "POST",
        f"{_ONE}/values:batchUpdateByDataFilter",
        values_by_filter.batch_update,
        "BatchUpdateValuesByDataFilterResponse",
    ),
    (
        "POST",
        f"{_ONE}/values:batchClearByDataFilter",
        values_by_filter.batch_clear,
        "BatchClearValuesByDataFilterResponse",
    ),
    ("POST", f"{_ONE}/values/{{range:path}}:append", values.append, "AppendValuesResponse"),
    ("POST", f"{_ONE}/values/{{range:path}}:clear", values.clear, "ClearValuesResponse"),
    ("GET", f"{_ONE}/values/{{range:path}}", values.get, "ValueRange"),
    ("PUT", f"{_ONE}/values/{{range:path}}", values.update, "UpdateValuesResponse"),
    ("GET", _ONE, spreadsheets.get, "Spreadsheet"),
]
"""Method, path, function, and the message it answers with. The first that matches answers."""

DRIVE: list[tuple[str, str, DriveCall]] = [
    ("GET", "/drive/v3/files", files.list_),
    ("POST", "/drive/v3/files", files.create),
    ("POST", "/drive/v3/files/{id}/copy", files.copy),
    ("GET", "/drive/v3/files/{id}", files.get),
    ("PATCH", "/drive/v3/files/{id}", files.update),
    ("DELETE", "/drive/v3/files/{id}", files.delete),
    ("GET", "/drive/v3/changes/startPageToken", changes.get_start_page_token),
    ("GET", "/drive/v3/changes", changes.list_),
]


def routes(drive: Drive) -> list[Route]:
    """All calls to Sheets and Drive; an earlier route goes before a later one."""
    return [
        *(Route(method, path, _sheets(drive, f, message)) for method, path, f, message in SHEETS),
        *(Route(method, path, _drive(drive, function)) for method, path, function in DRIVE),
    ]


def _sheets(drive: Drive, function: SheetsCall, message: str) -> Callable[[Call], Answer]:
    def answer(call: Call) -> Answer:
        fields = call.first("fields")
        try:
            mask = response_mask(fields, message) if fields else {}
            return Answer(200, keep(mask, function(drive, call)))
        except Refusal as refusal:
            return refusal.answer()

    return answer


def _drive(drive: Drive, function: DriveCall) -> Callable[[Call], Answer]:
    def answer(call: Call) -> Answer:
        drive.changes.settle()
        try:
            return function(drive, call)
        except DriveRefusal as refusal:
            return refusal.answer()

    return answer
