"""Requests about rows and columns as such."""

from __future__ import annotations

from dataclasses import replace

from sheets_sync.sandbox.a1 import Block, area_of
from sheets_sync.sandbox.drive import Draft
from sheets_sync.sandbox.google_api.body import Body, child, children, flag, number, text
from sheets_sync.sandbox.google_api.cells import Reply
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.fields import update
from sheets_sync.sandbox.google_api.masks import update_mask
from sheets_sync.sandbox.google_api.ranges import (
    Stretch,
    dimension_of,
    grid_place,
    sheet_of,
    stretch_of,
)
from sheets_sync.sandbox.google_api.resource import dimension_group
from sheets_sync.sandbox.grid import EMPTY, Cell, Dimension, Group, Sheet
from sheets_sync.sandbox.wire import Json


def insert_dimension(draft: Draft, body: Body) -> Reply:
    """InsertDimensionRequest."""
    wanted = child(body, "range")
    sheet = sheet_of(draft.spreadsheet, number(wanted, "sheetId"))
    dimension = dimension_of(wanted)
    start, end = number(wanted, "startIndex"), number(wanted, "endIndex")
    if start is None or end is None or end <= start:
        raise Refusal("The range to insert must have a start and a later end.")
    size = sheet.size(dimension)
    if start > size:
        raise Refusal(
            f"range.startIndex[{start}] must be less than the grid size ({size}) if inserting."
        )
    inherits = flag(body, "inheritFromBefore")
    if inherits and start == 0:
        raise Refusal("inheritFromBefore cannot be true if inserting at index 0.")
    for protection in sheet.protections:
        sides = protection.area.clipped(sheet.row_count, sheet.column_count)
        rows = dimension == "ROWS"
        first, last = (sides.top, sides.bottom) if rows else (sides.left, sides.right)
        if first < start < last:
            draft.require_editable(sheet, sides)
    _insert(draft, sheet, dimension, start, end - start)
    neighbour = start - 1 if inherits else end
    _inherit_formats(sheet, dimension, range(start, end), neighbour)
    return {}


def delete_dimension(draft: Draft, body: Body) -> Reply:
    """DeleteDimensionRequest: at least one row and one column must stay, and one not frozen."""
    stretch = stretch_of(draft.spreadsheet, child(body, "range"))
    sheet, dimension = stretch.sheet, stretch.dimension
    size = sheet.size(dimension)
    name = "row" if dimension == "ROWS" else "column"
    if stretch.start >= size:
        raise Refusal(
            f"Cannot delete a {name} that doesn't exist. Tried to delete {name} index "
            f"{stretch.start} but there are only {size} {name}s."
        )
    end = min(stretch.end, size)
    if stretch.start == 0 and end == size:
        raise Refusal(f"You can't delete all the {name}s on the sheet.")
    if end == size and stretch.start <= _frozen(sheet, dimension) and _frozen(sheet, dimension):
        raise Refusal(f"Sorry, it is not possible to delete all non-frozen {name}s.")
    draft.require_editable(sheet, stretch.block)
    move = sheet.delete(dimension, stretch.start, end)
    draft.spreadsheet.relocate(sheet, dimension, move)
    return {}


def move_dimension(draft: Draft, body: Body) -> Reply:
    """MoveDimensionRequest."""
    stretch = stretch_of(draft.spreadsheet, child(body, "source"))
    to = number(body, "destinationIndex") or 0
    sheet, dimension = stretch.sheet, stretch.dimension
    if stretch.end > sheet.size(dimension) or to > sheet.size(dimension):
        raise Refusal(f"destinationIndex[{to}] or the source lies outside the sheet.")
    if stretch.start < to < stretch.end:
        raise Refusal(
            f"destinationIndex[{to}] cannot be within the source range "
            f"[{stretch.start}, {stretch.end})."
        )
    low, high = min(stretch.start, to), max(stretch.end, to)
    draft.require_editable(sheet, Stretch(sheet, dimension, low, high).block)
    move = sheet.move(dimension, stretch.start, stretch.end, to)
    draft.spreadsheet.relocate(sheet, dimension, move)
    return {}


def append_dimension(draft: Draft, body: Body) -> Reply:
    """AppendDimensionRequest."""
    sheet = sheet_of(draft.spreadsheet, number(body, "sheetId"))
    dimension = dimension_of(body)
    length = number(body, "length") or 0
    if length <= 0:
        raise Refusal(f"length[{length}] must be greater than 0.")
    _insert(draft, sheet, dimension, sheet.size(dimension), length)
    return {}


def update_dimension_properties(draft: Draft, body: Body) -> Reply:
    """UpdateDimensionPropertiesRequest."""
    mask = update_mask(body, "DimensionProperties")
    stretch = stretch_of(draft.spreadsheet, child(body, "range"))
    known = stretch.sheet.dimensions[stretch.dimension]
    for index in range(stretch.start, min(stretch.end, stretch.sheet.size(stretch.dimension))):
        changed = update(known.get(index, {}), child(body, "properties"), mask)
        known[index] = {name: value for name, value in changed.items() if value is not False}
    return {}


def auto_resize_dimensions(draft: Draft, body: Body) -> Reply:
    """AutoResizeDimensionsRequest: accepted; the sandbox has no fonts to measure."""
    stretch_of(draft.spreadsheet, child(body, "dimensions"))
    return {}


def add_dimension_group(draft: Draft, body: Body) -> Reply:
    """AddDimensionGroupRequest; the answer lists all groups of the dimension."""
    stretch = stretch_of(draft.spreadsheet, child(body, "range"))
    groups = stretch.sheet.groups[stretch.dimension]
    around = [g for g in groups if g.start <= stretch.start and stretch.end <= g.end]
    inside = [g for g in groups if stretch.start <= g.start and g.end <= stretch.end]
    for group in inside:
        if group not in around:
            groups[groups.index(group)] = replace(group, depth=group.depth + 1)
    groups.append(Group(stretch.start, stretch.end, depth=len(around) + 1))
    groups.sort(key=lambda group: (group.start, group.depth))
    return _groups(stretch)


def delete_dimension_group(draft: Draft, body: Body) -> Reply:
    """DeleteDimensionGroupRequest."""
    stretch = stretch_of(draft.spreadsheet, child(body, "range"))
    groups = stretch.sheet.groups[stretch.dimension]
    same = [g for g in groups if (g.start, g.end) == (stretch.start, stretch.end)]
    if not same:
        raise Refusal("There is no dimension group over the specified range.")
    groups.remove(same[-1])
    return _groups(stretch)


def insert_range(draft: Draft, body: Body) -> Reply:
    """InsertRangeRequest: cells move away, and those pushed off the grid are lost."""
    place = grid_place(draft.spreadsheet, child(body, "range"))
    _shift(draft, place.sheet, place.block, dimension_of(body, "shiftDimension"), insert=True)
    return {}


def delete_range(draft: Draft, body: Body) -> Reply:
    """DeleteRangeRequest: the cells behind move up or left."""
    place = grid_place(draft.spreadsheet, child(body, "range"))
    _shift(draft, place.sheet, place.block, dimension_of(body, "shiftDimension"), insert=False)
    return {}


def sort_range(draft: Draft, body: Body) -> Reply:
    """SortRangeRequest: numbers before texts before booleans, empty cells always last.

    Only cells change places. What is fastened to rows, as developer metadata is, stays.
    """
    place = grid_place(draft.spreadsheet, child(body, "range"))
    block, sheet = place.block, place.sheet
    draft.require_editable(sheet, block)
    order = [
        [sheet.cell(row, column) for column in range(block.left, block.right)]
        for row in range(block.top, min(block.bottom, len(sheet.rows)))
    ]
    for spec in reversed(children(body, "sortSpecs")):
        column = (number(spec, "dimensionIndex") or 0) - block.left
        if not 0 <= column < block.width:
            raise Refusal("The sort column is outside the range to sort.")
        filled = [cells for cells in order if not cells[column].is_blank]
        empty = [cells for cells in order if cells[column].is_blank]
        filled.sort(
            key=lambda cells: _rank(cells[column]),
            reverse=text(spec, "sortOrder") == "DESCENDING",
        )
        order = filled + empty
    for offset, cells in enumerate(order):
        sheet.put(block.top + offset, dict(enumerate(cells, block.left)))
    return {}


def _rank(cell: Cell) -> tuple[int, float, str]:
    value = cell.value
    if isinstance(value, bool):
        return 2, int(value), ""
    if isinstance(value, int | float):
        return 0, value, ""
    return 1, 0, (value or cell.formula or "").casefold()


def _insert(draft: Draft, sheet: Sheet, dimension: Dimension, at: int, count: int) -> None:
    draft.spreadsheet.relocate(sheet, dimension, sheet.insert(dimension, at, count))


def _inherit_formats(sheet: Sheet, dimension: Dimension, new: range, neighbour: int) -> None:
    """New rows and columns look like their neighbour and obey its validation rules."""
    rows = dimension == "ROWS"
    across = (
        range(len(sheet.rows[neighbour]) if neighbour < len(sheet.rows) else 0)
        if rows
        else range(len(sheet.rows))
    )
    for other in across:
        like = sheet.cell(neighbour, other) if rows else sheet.cell(other, neighbour)
        look = EMPTY._replace(format=like.format, validation=like.validation)
        if look == EMPTY:
            continue
        for index in new:
            row, column = (index, other) if rows else (other, index)
            sheet.put(row, {column: look})


def _frozen(sheet: Sheet, dimension: Dimension) -> int:
    name = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
    return number(sheet.grid, name) or 0


def _groups(stretch: Stretch) -> Reply:
    groups: list[Json] = [
        dimension_group(stretch.sheet, stretch.dimension, group)
        for group in stretch.sheet.groups[stretch.dimension]
    ]
    return {"dimensionGroups": groups} if groups else {}


def _shift(draft: Draft, sheet: Sheet, block: Block, dimension: Dimension, *, insert: bool) -> None:
    rows = dimension == "ROWS"
    affected = area_of(block)
    affected = replace(affected, bottom=None) if rows else replace(affected, right=None)
    moving = affected.clipped(sheet.row_count, sheet.column_count)
    draft.require_editable(sheet, moving)
    distance = block.height if rows else block.width
    old = {(row, column): cell for row, column, cell in sheet.cells(moving)}
    step = -distance if insert else distance
    for row in range(moving.top, min(moving.bottom, len(sheet.rows) + distance)):
        cells = {}
        for column in range(moving.left, moving.right):
            source = (row + step, column) if rows else (row, column + step)
            cells[column] = old.get(source, EMPTY)
        sheet.put(row, cells)
