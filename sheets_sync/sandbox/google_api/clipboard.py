"""Requests that copy, cut, or find and replace cells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sheets_sync.sandbox.a1 import Area, Block
from sheets_sync.sandbox.drive import Draft
from sheets_sync.sandbox.entry import typed
from sheets_sync.sandbox.google_api.body import Body, child, flag, number, text
from sheets_sync.sandbox.google_api.cells import Reply
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.ranges import Place, grid_place, sheet_of
from sheets_sync.sandbox.grid import EMPTY, Cell, Sheet
from sheets_sync.sandbox.reading import Reader


def copy_paste(draft: Draft, body: Body) -> Reply:
    """CopyPasteRequest; the source is repeated where the destination is a multiple of it."""
    source = grid_place(draft.spreadsheet, child(body, "source"))
    target = grid_place(draft.spreadsheet, child(body, "destination"))
    lines = _copied(source, transposed=text(body, "pasteOrientation") == "TRANSPOSE")
    block = target.block
    height, width = len(lines), len(lines[0]) if lines else 0
    if not height or not width:
        return {}
    rows = block.height if block.height % height == 0 else height
    columns = block.width if block.width % width == 0 else width
    reader = Reader(draft.spreadsheet, draft.now)
    wide = [[lines[r % height][c % width] for c in range(columns)] for r in range(rows)]
    start = Block(block.top, block.left, block.top, block.left)
    _paste(draft, reader, source.sheet, target.sheet, start, wide, text(body, "pasteType"))
    return {}


def cut_paste(draft: Draft, body: Body) -> Reply:
    """CutPasteRequest: metadata stays with its rows, as rows themselves do not move."""
    source = grid_place(draft.spreadsheet, child(body, "source"))
    target = child(body, "destination")
    sheet = sheet_of(draft.spreadsheet, number(target, "sheetId"))
    row, column = number(target, "rowIndex") or 0, number(target, "columnIndex") or 0
    Place(sheet, Area(row, column, row + 1, column + 1)).required()
    draft.require_editable(source.sheet, source.block)
    lines = _copied(source, transposed=False)
    reader = Reader(draft.spreadsheet, draft.now)
    source.sheet.fill(source.block, lambda _: EMPTY)
    start = Block(row, column, row, column)
    _paste(draft, reader, source.sheet, sheet, start, lines, text(body, "pasteType"))
    return {}


def find_replace(draft: Draft, body: Body) -> Reply:
    """FindReplaceRequest; the answer counts what was changed, and leaves out zeros."""
    find = text(body, "find")
    if not find:
        raise Refusal("The find string must not be empty.")
    pattern = find if flag(body, "searchByRegex") else re.escape(find)
    if flag(body, "matchEntireCell"):
        pattern = f"(?:{pattern})\\Z"
    try:
        wanted = re.compile(pattern, 0 if flag(body, "matchCase") else re.IGNORECASE)
    except re.error as error:
        raise Refusal(f"Invalid regular expression: {error}") from error
    replacement = re.sub(r"\$(\d)", r"\\g<\1>", text(body, "replacement"))
    if not flag(body, "searchByRegex"):
        replacement = text(body, "replacement").replace("\\", "\\\\")
    reader = Reader(draft.spreadsheet, draft.now)
    counts = {"valuesChanged": 0, "formulasChanged": 0, "occurrencesChanged": 0}
    rows: set[tuple[int, int]] = set()
    for place in _searched(draft, body):
        for row, column, cell in list(place.sheet.cells(place.block)):
            if cell.is_blank or (cell.formula and not flag(body, "includeFormulas")):
                continue
            before = cell.formula or str(reader.shown(place.sheet, row, column, cell))
            if flag(body, "matchEntireCell") and not wanted.match(before):
                continue
            after, count = wanted.subn(replacement, before)
            if count:
                new = typed(after, cell, reader.locale, reader.moment().year)
                draft.write(place.sheet, row, {column: new})
                counts["formulasChanged" if cell.formula else "valuesChanged"] += 1
                counts["occurrencesChanged"] += count
                rows.add((place.sheet.sheet_id, row))
    counts |= {"rowsChanged": len(rows), "sheetsChanged": len({sheet for sheet, _ in rows})}
    return {name: count for name, count in counts.items() if count}


def _searched(draft: Draft, body: Body) -> Iterator[Place]:
    if body.get("range") is not None:
        yield grid_place(draft.spreadsheet, child(body, "range"))
    elif flag(body, "allSheets"):
        for sheet in draft.spreadsheet.sheets:
            yield Place(sheet, Area())
    else:
        yield Place(sheet_of(draft.spreadsheet, number(body, "sheetId")), Area())


def _copied(source: Place, *, transposed: bool) -> list[list[tuple[int, int, Cell]]]:
    block, sheet = source.block, source.sheet
    lines = [
        [(row, column, sheet.cell(row, column)) for column in range(block.left, block.right)]
        for row in range(block.top, block.bottom)
    ]
    return [list(line) for line in zip(*lines, strict=True)] if transposed else lines


def _paste(  # noqa: PLR0913, PLR0917 - source and target, each with its sheet
    draft: Draft,
    reader: Reader,
    source: Sheet,
    target: Sheet,
    start: Block,
    lines: list[list[tuple[int, int, Cell]]],
    kind: str,
) -> None:
    for offset, line in enumerate(lines[: target.row_count - start.top]):
        row = start.top + offset
        cells = {}
        for index, (from_row, from_column, cell) in enumerate(line):
            column = start.left + index
            if column < target.column_count:
                old = target.cell(row, column)
                if kind == "PASTE_VALUES" and cell.formula is not None:
                    result = reader.result(source, from_row, from_column, cell)
                    value = result if not isinstance(result, Exception) else result.text
                    cell = cell._replace(value=value, formula=None)  # noqa: PLW2901
                cells[column] = _pasted(old, cell, kind)
        draft.write(target, row, cells)


def _pasted(old: Cell, new: Cell, kind: str) -> Cell:
    match kind:
        case "PASTE_VALUES" | "PASTE_FORMULA":
            return old._replace(value=new.value, formula=new.formula)
        case "PASTE_FORMAT" | "PASTE_CONDITIONAL_FORMATTING":
            return old._replace(format=new.format)
        case "PASTE_DATA_VALIDATION":
            return old._replace(validation=new.validation)
        case _:
            return new
