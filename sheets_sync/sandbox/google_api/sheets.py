"""Requests about whole tabs and about the spreadsheet itself."""

from __future__ import annotations

from dataclasses import replace

from sheets_sync.sandbox.drive import Draft
from sheets_sync.sandbox.google_api.body import Body, child, number, text
from sheets_sync.sandbox.google_api.cells import Reply
from sheets_sync.sandbox.google_api.colors import stored, stored_mask
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.fields import update, wants
from sheets_sync.sandbox.google_api.masks import update_mask
from sheets_sync.sandbox.google_api.resource import sheet_properties
from sheets_sync.sandbox.grid import NEW_COLUMNS, NEW_ROWS, Sheet
from sheets_sync.sandbox.spreadsheet import Spreadsheet, new_id
from sheets_sync.sandbox.wire import Json

_OWN_FIELDS = {"sheetId", "title", "index", "sheetType", "gridProperties"}
"""Members of SheetProperties that the grid model keeps under names of its own."""
_SIZES = {"rowCount", "columnCount"}


def add_sheet(draft: Draft, body: Body) -> Reply:
    """AddSheetRequest; a tab without a title is called SheetN."""
    spreadsheet = draft.spreadsheet
    properties = child(body, "properties")
    title = text(properties, "title") or _numbered_title(spreadsheet)
    _require_unused(spreadsheet, title)
    grid = child(properties, "gridProperties")
    rows, columns = number(grid, "rowCount"), number(grid, "columnCount")
    sheet = Sheet(
        _sheet_id(spreadsheet, number(properties, "sheetId")),
        title,
        NEW_ROWS if rows is None else rows,
        NEW_COLUMNS if columns is None else columns,
    )
    _require_size(sheet.row_count, sheet.column_count)
    _set_properties(sheet, properties, grid)
    index = number(properties, "index")
    index = len(spreadsheet.sheets) if index is None else index
    _require_index(index, len(spreadsheet.sheets))
    spreadsheet.sheets.insert(index, sheet)
    return {"properties": sheet_properties(sheet, index)}


def delete_sheet(draft: Draft, body: Body) -> Reply:
    """DeleteSheetRequest; the last visible tab stays."""
    spreadsheet = draft.spreadsheet
    sheet = _sheet(spreadsheet, number(body, "sheetId"))
    if not any(s for s in spreadsheet.sheets if s is not sheet and not s.properties.get("hidden")):
        raise Refusal("You can't remove all the visible sheets in a document.")
    for protection in sheet.protections:
        draft.require_editable(sheet, protection.area.clipped(sheet.row_count, sheet.column_count))
    spreadsheet.remove_sheet(sheet)
    return {}


def duplicate_sheet(draft: Draft, body: Body) -> Reply:
    """DuplicateSheetRequest; metadata is copied under new ids."""
    spreadsheet = draft.spreadsheet
    source = _sheet(spreadsheet, number(body, "sourceSheetId"))
    title = text(body, "newSheetName")
    if title:
        _require_unused(spreadsheet, title)
    else:
        title = unused_title(spreadsheet, f"Copy of {source.title}")
    copied = copy_of(source, spreadsheet, spreadsheet, title, number(body, "newSheetId"))
    index = number(body, "insertSheetIndex") or 0
    _require_index(index, len(spreadsheet.sheets))
    spreadsheet.sheets.insert(index, copied)
    return {"properties": sheet_properties(copied, index)}


def update_sheet_properties(draft: Draft, body: Body) -> Reply:
    """UpdateSheetPropertiesRequest."""
    mask = update_mask(body, "SheetProperties")
    spreadsheet = draft.spreadsheet
    properties = child(body, "properties")
    sheet = _sheet(spreadsheet, number(properties, "sheetId"))
    every = "*" in mask
    if wants(mask, "title") and (not every or text(properties, "title")):
        title = text(properties, "title")
        if spreadsheet.titled(title) not in (None, sheet):
            _require_unused(spreadsheet, title)
        sheet.title = title
    if wants(mask, "gridProperties") and (not every or "gridProperties" in properties):
        branch = mask.get("gridProperties", {})
        grid = child(properties, "gridProperties")
        old: dict[str, Json] = {
            **sheet.grid,
            "rowCount": sheet.row_count,
            "columnCount": sheet.column_count,
        }
        new = update(old, grid, branch)
        rows, columns = number(new, "rowCount") or 0, number(new, "columnCount") or 0
        _require_size(rows, columns)
        if (rows, columns) != (sheet.row_count, sheet.column_count):
            _resize(draft, sheet, rows, columns)
        sheet.grid = {name: v for name, v in new.items() if name not in _SIZES and v}
        _require_unfrozen(sheet)
    rest = {name: part for name, part in mask.items() if name not in {*_OWN_FIELDS, "*"}}
    if every:
        rest = {name: {} for name in properties if name not in _OWN_FIELDS}
    if rest:
        _set_properties(
            sheet, update(sheet.properties, _stored(properties), stored_mask(rest)), None
        )
        if all(s.properties.get("hidden") for s in spreadsheet.sheets):
            raise Refusal("You can't hide all the sheets in a document.")
    if wants(mask, "index") and number(properties, "index") is not None:
        _reorder(spreadsheet, sheet, number(properties, "index") or 0)
    return {}


def update_spreadsheet_properties(draft: Draft, body: Body) -> Reply:
    """UpdateSpreadsheetPropertiesRequest."""
    mask = update_mask(body, "SpreadsheetProperties")
    properties = child(body, "properties")
    spreadsheet = draft.spreadsheet
    if wants(mask, "title"):
        spreadsheet.title = text(properties, "title", spreadsheet.title)
    if wants(mask, "locale"):
        locale = text(properties, "locale", spreadsheet.locale)
        if len(locale.replace("-", "_").split("_")[0]) not in {2, 3}:
            raise Refusal(f"Unsupported locale: {locale}")
        spreadsheet.locale = locale
    if wants(mask, "timeZone"):
        spreadsheet.time_zone = text(properties, "timeZone", spreadsheet.time_zone)
    if wants(mask, "autoRecalc"):
        spreadsheet.auto_recalc = text(properties, "autoRecalc", spreadsheet.auto_recalc)
    if wants(mask, "iterativeCalculationSettings") and "*" not in mask:
        name = "iterativeCalculationSettings"
        spreadsheet.properties = update(spreadsheet.properties, properties, {name: {}})
    return {}


def copy_of(
    source: Sheet, target: Spreadsheet, origin: Spreadsheet, title: str, sheet_id: int | None
) -> Sheet:
    """A copy of a tab of `origin`, whose metadata is added to `target` under new ids."""
    copied = source.copy()
    copied.sheet_id, copied.title = _sheet_id(target, sheet_id), title
    copied.protections = [
        replace(p, protection_id=new_id(lambda _: False)) for p in copied.protections
    ]
    for entry in list(origin.metadata):
        if entry.location.sheet_id == source.sheet_id:
            known = {other.metadata_id for other in target.metadata}
            target.metadata.append(
                replace(
                    entry,
                    metadata_id=new_id(known.__contains__),
                    location=replace(entry.location, sheet_id=copied.sheet_id),
                )
            )
    return copied


def unused_title(spreadsheet: Spreadsheet, title: str) -> str:
    """`title`, with a number where it is taken: `Copy of X 2`."""
    number_ = 2
    unused = title
    while spreadsheet.titled(unused) is not None:
        unused, number_ = f"{title} {number_}", number_ + 1
    return unused


def _sheet(spreadsheet: Spreadsheet, sheet_id: int | None) -> Sheet:
    sheet = spreadsheet.sheet(sheet_id or 0)
    if sheet is None:
        raise Refusal(f"No sheet with id: {sheet_id or 0}")
    return sheet


def _sheet_id(spreadsheet: Spreadsheet, wanted: int | None) -> int:
    if wanted is None:
        return new_id(lambda number_: spreadsheet.sheet(number_) is not None)
    if wanted < 0:
        raise Refusal(f"sheetId[{wanted}] must be non-negative.")
    if (taken := spreadsheet.sheet(wanted)) is not None:
        raise Refusal(f"A sheet with the ID {wanted} already exists: {taken.title}")
    return wanted


def _numbered_title(spreadsheet: Spreadsheet) -> str:
    count = len(spreadsheet.sheets) + 1
    while spreadsheet.titled(f"Sheet{count}") is not None:
        count += 1
    return f"Sheet{count}"


def _require_unused(spreadsheet: Spreadsheet, title: str) -> None:
    if spreadsheet.titled(title) is not None:
        raise Refusal(f'A sheet with the name "{title}" already exists. Please enter another name.')


def _require_size(rows: int, columns: int) -> None:
    for name, count in (("rowCount", rows), ("columnCount", columns)):
        if count < 1:
            raise Refusal(f"gridProperties.{name} must be > 0")


def _require_index(index: int, count: int) -> None:
    if not 0 <= index <= count:
        raise Refusal(f"index[{index}] must be between 0 and {count}.")


def _require_unfrozen(sheet: Sheet) -> None:
    for name, size, what in (
        ("frozenRowCount", sheet.row_count, "rows"),
        ("frozenColumnCount", sheet.column_count, "columns"),
    ):
        if (number(sheet.grid, name) or 0) >= size:
            raise Refusal(f"You can't freeze all visible {what} on the sheet.")


def _resize(draft: Draft, sheet: Sheet, rows: int, columns: int) -> None:
    spreadsheet = draft.spreadsheet
    if rows < sheet.row_count:
        move = sheet.delete("ROWS", rows, sheet.row_count)
        spreadsheet.relocate(sheet, "ROWS", move)
    if columns < sheet.column_count:
        move = sheet.delete("COLUMNS", columns, sheet.column_count)
        spreadsheet.relocate(sheet, "COLUMNS", move)
    sheet.row_count, sheet.column_count = rows, columns


def _set_properties(sheet: Sheet, properties: Body, grid: Body | None) -> None:
    """Keep what is set; false and nothing are the same to Google."""
    kept = {n: v for n, v in properties.items() if n not in _OWN_FIELDS and v not in (False, {})}
    sheet.properties = _stored(kept)
    if grid is not None:
        sheet.grid = {name: value for name, value in grid.items() if name not in _SIZES and value}


def _stored(properties: Body) -> dict[str, Json]:
    kept = stored(dict(properties))
    return kept if isinstance(kept, dict) else {}


def _reorder(spreadsheet: Spreadsheet, sheet: Sheet, index: int) -> None:
    """Move a tab before the one now at `index`, as counted before the move."""
    _require_index(index, len(spreadsheet.sheets))
    old = spreadsheet.sheets.index(sheet)
    spreadsheet.sheets.remove(sheet)
    spreadsheet.sheets.insert(index - 1 if index > old else index, sheet)
