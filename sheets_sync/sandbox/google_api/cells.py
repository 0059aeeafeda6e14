"""CellData: what one cell holds, to and from the grid model; and the requests that write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from sheets_sync.sandbox.a1 import Area, Block
from sheets_sync.sandbox.drive import Draft
from sheets_sync.sandbox.formula import FormulaError, Result
from sheets_sync.sandbox.google_api.body import Body, child, children, number, text
from sheets_sync.sandbox.google_api.colors import shown, stored, stored_mask
from sheets_sync.sandbox.google_api.defaults import DEFAULT_FORMAT
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.fields import Mask, update, wants
from sheets_sync.sandbox.google_api.masks import update_mask
from sheets_sync.sandbox.google_api.ranges import Place, grid_place, sheet_of
from sheets_sync.sandbox.google_api.tables import last_row
from sheets_sync.sandbox.google_api.value_ranges import raw
from sheets_sync.sandbox.grid import Cell, Sheet
from sheets_sync.sandbox.reading import Reader
from sheets_sync.sandbox.wire import Json

Reply: TypeAlias = dict[str, Json]


def cell_data(reader: Reader, sheet: Sheet, row: int, column: int, cell: Cell) -> dict[str, Json]:
    """The CellData of one cell."""
    data: dict[str, Json] = {}
    result = reader.result(sheet, row, column, cell)
    if cell.formula is not None:
        data["userEnteredValue"] = {"formulaValue": cell.formula}
    elif cell.value is not None:
        data["userEnteredValue"] = _extended(cell.value)
    if result is not None:
        data["effectiveValue"] = _extended(result)
        data["formattedValue"] = reader.shown(sheet, row, column, cell)
    if cell.format:
        data["userEnteredFormat"] = shown(dict(cell.format))
    if cell.format or not cell.is_blank:
        data["effectiveFormat"] = shown(_merged(DEFAULT_FORMAT, cell.format or {}))
    if cell.note:
        data["note"] = cell.note
    if cell.validation:
        data["dataValidation"] = dict(cell.validation)
    return data


def with_fields(cell: Cell, data: Body, mask: Mask) -> Cell:
    """`cell` with the fields in `mask` taken from a CellData; those it lacks are emptied."""
    if wants(mask, "userEnteredValue"):
        entered = child(data, "userEnteredValue")
        formula = text(entered, "formulaValue") or None
        value = next(iter(entered.values()), None) if formula is None else None
        cell = raw(value, cell, "userEnteredValue")._replace(formula=formula)
    if wants(mask, "userEnteredFormat"):
        entered = child(data, "userEnteredFormat")
        branch = stored_mask(mask.get("userEnteredFormat", {}))
        changed = update(cell.format or {}, _message(stored(entered)), branch)
        cell = cell._replace(format=changed or None)
    if wants(mask, "note"):
        cell = cell._replace(note=text(data, "note") or None)
    if wants(mask, "dataValidation"):
        cell = cell._replace(validation=child(data, "dataValidation") or None)
    return cell


def write_rows(draft: Draft, sheet: Sheet, start: Block, rows: list[Reply], mask: Mask) -> None:
    """Write RowData from a cell on; within `start`, cells without data lose the fields."""
    changes_value = wants(mask, "userEnteredValue")
    for offset in range(max(len(rows), start.height)):
        row = start.top + offset
        data = children(rows[offset], "values") if offset < len(rows) else []
        if row >= sheet.row_count:
            raise Refusal(
                f"Attempting to write row: {row}, beyond the last requested row of: "
                f"{sheet.row_count - 1}"
            )
        cells = {}
        for index in range(max(len(data), start.width)):
            column = start.left + index
            if column >= sheet.column_count:
                raise Refusal(
                    f"Attempting to write column: {column}, beyond the last requested column "
                    f"of: {sheet.column_count - 1}"
                )
            one = data[index] if index < len(data) else {}
            cells[column] = with_fields(sheet.cell(row, column), one, mask)
        _put(draft, sheet, row, cells, written=changes_value)


def update_cells(draft: Draft, body: Body) -> Reply:
    """UpdateCellsRequest, from a start or within a range."""
    mask = update_mask(body, "CellData")
    rows = children(body, "rows")
    if body.get("start") is not None:
        start = child(body, "start")
        sheet = sheet_of(draft.spreadsheet, number(start, "sheetId"))
        row, column = number(start, "rowIndex") or 0, number(start, "columnIndex") or 0
        Place(sheet, Area(row, column, row + 1, column + 1)).required()
        write_rows(draft, sheet, Block(row, column, row, column), rows, mask)
        return {}
    place = grid_place(draft.spreadsheet, child(body, "range"))
    block = place.block
    width = max((len(children(row, "values")) for row in rows), default=0)
    if len(rows) > block.height:
        raise Refusal(
            f"Attempting to write row: {block.bottom}, beyond the last requested row of: "
            f"{block.bottom - 1}"
        )
    if width > block.width:
        raise Refusal(
            f"Attempting to write column: {block.right}, beyond the last requested column of: "
            f"{block.right - 1}"
        )
    write_rows(draft, place.sheet, block, rows, mask)
    return {}


def append_cells(draft: Draft, body: Body) -> Reply:
    """AppendCellsRequest: below the last row with data, adding rows as needed."""
    mask = update_mask(body, "CellData")
    sheet = sheet_of(draft.spreadsheet, number(body, "sheetId"))
    rows = children(body, "rows")
    top = last_row(sheet)
    sheet.row_count = max(sheet.row_count, top + len(rows))
    write_rows(draft, sheet, Block(top, 0, top, 0), rows, mask)
    return {}


def repeat_cell(draft: Draft, body: Body) -> Reply:
    """RepeatCellRequest; a range that ends beyond the grid is cut off there."""
    mask = update_mask(body, "CellData")
    data = child(body, "cell")
    place = grid_place(draft.spreadsheet, child(body, "range"))
    block = place.block
    for row in range(block.top, block.bottom):
        cells = {
            column: with_fields(place.sheet.cell(row, column), data, mask)
            for column in range(block.left, block.right)
        }
        _put(draft, place.sheet, row, cells, written=wants(mask, "userEnteredValue"))
    return {}


def set_data_validation(draft: Draft, body: Body) -> Reply:
    """SetDataValidationRequest; without a rule the cells lose theirs."""
    place = grid_place(draft.spreadsheet, child(body, "range"))
    kept = {name: value for name, value in child(body, "rule").items() if value is not False}
    draft.require_editable(place.sheet, place.block)
    place.sheet.fill(place.block, lambda cell: cell._replace(validation=kept or None))
    return {}


def merge_cells(draft: Draft, body: Body) -> Reply:
    """MergeCellsRequest; only the first cell of a merge keeps its value."""
    place = grid_place(draft.spreadsheet, child(body, "range"))
    block, sheet = place.block, place.sheet
    draft.require_editable(sheet, block)
    match text(body, "mergeType"):
        case "MERGE_COLUMNS":
            parts = [
                Block(block.top, c, block.bottom, c + 1) for c in range(block.left, block.right)
            ]
        case "MERGE_ROWS":
            parts = [
                Block(r, block.left, r + 1, block.right) for r in range(block.top, block.bottom)
            ]
        case _:
            parts = [block]
    for old in sheet.merges:
        if old.meets(block) and not Area(block.top, block.left, block.bottom, block.right).covers(
            old.clipped(sheet.row_count, sheet.column_count)
        ):
            raise Refusal("You must select all cells in a merged range to merge or unmerge them.")
    sheet.merges = [old for old in sheet.merges if not old.meets(block)]
    for part in parts:
        sheet.merges.append(Area(part.top, part.left, part.bottom, part.right))
        for row, column, cell in list(sheet.cells(part)):
            if (row, column) != (part.top, part.left) and not cell.is_blank:
                sheet.put(row, {column: cell._replace(value=None, formula=None)})
    return {}


def unmerge_cells(draft: Draft, body: Body) -> Reply:
    """UnmergeCellsRequest."""
    place = grid_place(draft.spreadsheet, child(body, "range"))
    area = place.area
    for old in place.sheet.merges:
        block = old.clipped(place.sheet.row_count, place.sheet.column_count)
        if area.meets(block) and not area.covers(block):
            raise Refusal("You must select all cells in a merged range to merge or unmerge them.")
    place.sheet.merges = [
        old
        for old in place.sheet.merges
        if not area.meets(old.clipped(place.sheet.row_count, place.sheet.column_count))
    ]
    return {}


def _put(draft: Draft, sheet: Sheet, row: int, cells: dict[int, Cell], *, written: bool) -> None:
    """Formats are no content, so only values are noted as written."""
    if written:
        draft.write(sheet, row, cells)
    elif cells:
        draft.require_editable(sheet, Block(row, min(cells), row + 1, max(cells) + 1))
        sheet.put(row, cells)


def _message(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _extended(value: Result) -> dict[str, Json]:
    if isinstance(value, FormulaError):
        return {"errorValue": {"type": value.kind, "message": value.text}}
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"stringValue" if isinstance(value, str) else "numberValue": value}


def _merged(base: Mapping[str, Json], over: Mapping[str, Json]) -> dict[str, Json]:
    result = dict(base)
    for name, value in over.items():
        below = result.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            result[name] = _merged(below, value)
        else:
            result[name] = value
    return result
