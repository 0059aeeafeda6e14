"""Where values.append writes: below the last table in the range.

The guide at developers.google.com/workspace/sheets/api/guides/values#append has the rules by
example: a table is a region of cells with empty ones all around it.
"""

from __future__ import annotations

from sheets_sync.sandbox.a1 import Block
from sheets_sync.sandbox.google_api.ranges import Place
from sheets_sync.sandbox.grid import Sheet


def append_place(searched: Place) -> tuple[Block | None, Block]:
    """The last table of a range, if any, and the cell where appended values begin."""
    block = searched.block
    seed = _last_cell(searched.sheet, block)
    if seed is None:
        return None, Block(block.top, block.left, block.top + 1, block.left + 1)
    table = _region(searched.sheet, *seed)
    return table, Block(table.bottom, table.left, table.bottom + 1, table.left + 1)


def last_row(sheet: Sheet) -> int:
    """How many rows there are up to the last one with a value."""
    seed = _last_cell(sheet, Block(0, 0, sheet.row_count, sheet.column_count))
    return 0 if seed is None else seed[0] + 1


def _last_cell(sheet: Sheet, block: Block) -> tuple[int, int] | None:
    for row in range(min(block.bottom, len(sheet.rows)) - 1, block.top - 1, -1):
        cells = sheet.rows[row]
        for column in range(min(block.right, len(cells)) - 1, block.left - 1, -1):
            if not cells[column].is_blank:
                return row, column
    return None


def _region(sheet: Sheet, row: int, column: int) -> Block:
    top, bottom, left, right = row, row + 1, column, column + 1
    while True:
        before = (top, bottom, left, right)
        while top > 0 and _any(sheet, range(top - 1, top), left - 1, right + 1):
            top -= 1
        while _any(sheet, range(bottom, bottom + 1), left - 1, right + 1):
            bottom += 1
        rows = range(max(0, top - 1), bottom + 1)
        while left > 0 and _any(sheet, rows, left - 1, left):
            left -= 1
        while _any(sheet, rows, right, right + 1):
            right += 1
        if (top, bottom, left, right) == before:
            return Block(top, left, bottom, right)


def _any(sheet: Sheet, rows: range, left: int, right: int) -> bool:
    return any(
        not cell.is_blank
        for row in rows
        if row < len(sheet.rows)
        for cell in sheet.rows[row][max(0, left) : right]
    )
