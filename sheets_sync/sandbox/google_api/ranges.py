"""Places in a spreadsheet: A1 text, GridRange and DimensionRange, to and from the grid model."""

from __future__ import annotations

from dataclasses import dataclass

from sheets_sync.sandbox.a1 import Area, Block, format_area, format_block, parse_cells, split_title
from sheets_sync.sandbox.google_api.body import Body, number, text
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.grid import Dimension, Sheet
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Json


@dataclass(frozen=True)
class Place:
    """An area of one sheet."""

    sheet: Sheet
    area: Area

    @property
    def block(self) -> Block:
        """The part inside the grid."""
        return self.area.clipped(self.sheet.row_count, self.sheet.column_count)

    @property
    def a1(self) -> str:
        """The address of the part inside the grid, as answers echo it."""
        return format_block(self.sheet.title, self.block)

    def required(self) -> Place:
        """This place; raises Refusal where it starts outside the grid."""
        sheet = self.sheet
        if not self.area.starts_within(sheet.row_count, sheet.column_count):
            raise Refusal(
                f"Range ({format_area(sheet.title, self.area)}) exceeds grid limits. "
                f"Max rows: {sheet.row_count}, max columns: {sheet.column_count}"
            )
        return self


def place_of(spreadsheet: Spreadsheet, a1: str) -> Place:
    """What an A1 text names: cells, a whole tab, or a named range.

    Raises Refusal: `Unable to parse range: X` for what is none of them.
    """
    place = _find(spreadsheet, a1)
    if place is None:
        raise Refusal(f"Unable to parse range: {a1}")
    return place.required()


def _find(spreadsheet: Spreadsheet, a1: str) -> Place | None:
    title, cells = split_title(a1)
    if title is not None:
        sheet = spreadsheet.titled(title)
        area = Area() if cells is None else parse_cells(cells)
        if sheet is not None and area is not None:
            return Place(sheet, area)
        return None if sheet is None else _named(spreadsheet, cells or "")
    if sheet := spreadsheet.titled(a1):
        return Place(sheet, Area())
    if place := _named(spreadsheet, a1):
        return place
    visible = (s for s in spreadsheet.sheets if not s.properties.get("hidden"))
    first = next(visible, spreadsheet.sheets[0])
    area = parse_cells(a1)
    return None if area is None else Place(first, area)


def _named(spreadsheet: Spreadsheet, name: str) -> Place | None:
    for named in spreadsheet.named_ranges:
        if named.name == name and (sheet := spreadsheet.sheet(named.sheet_id)):
            return Place(sheet, named.area)
    return None


def sheet_of(spreadsheet: Spreadsheet, sheet_id: int | None) -> Sheet:
    """The tab with this id, 0 where none is given; raises Refusal."""
    sheet = spreadsheet.sheet(sheet_id or 0)
    if sheet is None:
        raise Refusal(f"No grid with id: {sheet_id or 0}")
    return sheet


def grid_place(spreadsheet: Spreadsheet, grid_range: Body) -> Place:
    """The place of a GridRange; raises Refusal where it starts outside the grid."""
    sheet = sheet_of(spreadsheet, number(grid_range, "sheetId"))
    return Place(sheet, grid_area(grid_range)).required()


def grid_area(grid_range: Body) -> Area:
    """The area of a GridRange, without its sheet."""
    area = Area(
        top=number(grid_range, "startRowIndex"),
        left=number(grid_range, "startColumnIndex"),
        bottom=number(grid_range, "endRowIndex"),
        right=number(grid_range, "endColumnIndex"),
    )
    for name, start, end in (
        ("Row", area.top, area.bottom),
        ("Column", area.left, area.right),
    ):
        if end is not None and end < (start or 0):
            raise Refusal(f"end{name}Index[{end}] must be after start{name}Index[{start or 0}]")
    return area


def grid_range(sheet_id: int, area: Area) -> dict[str, Json]:
    """A GridRange as answers show it: sheet 0 and open sides are left out."""
    sides: dict[str, int | None] = {
        "sheetId": sheet_id or None,
        "startRowIndex": area.top,
        "endRowIndex": area.bottom,
        "startColumnIndex": area.left,
        "endColumnIndex": area.right,
    }
    return {name: side for name, side in sides.items() if side is not None}


@dataclass(frozen=True)
class Stretch:
    """Rows or columns of a sheet from `start` up to `end`."""

    sheet: Sheet
    dimension: Dimension
    start: int
    end: int

    @property
    def block(self) -> Block:
        """All cells of these rows or columns."""
        return self.area.clipped(1 << 40, 1 << 40)

    @property
    def area(self) -> Area:
        """The same as an open area."""
        if self.dimension == "ROWS":
            return Area(top=self.start, bottom=self.end)
        return Area(left=self.start, right=self.end)


def dimension_of(body: Body, name: str = "dimension") -> Dimension:
    """ROWS or COLUMNS; raises Refusal for none."""
    match text(body, name):
        case "ROWS":
            return "ROWS"
        case "COLUMNS":
            return "COLUMNS"
        case _:
            raise Refusal("No dimension specified.")


def stretch_of(spreadsheet: Spreadsheet, dimension_range: Body) -> Stretch:
    """The place of a DimensionRange; an open end is the end of the grid."""
    sheet = sheet_of(spreadsheet, number(dimension_range, "sheetId"))
    dimension = dimension_of(dimension_range)
    start = number(dimension_range, "startIndex") or 0
    end = number(dimension_range, "endIndex")
    end = sheet.size(dimension) if end is None else end
    if end < start or (end == start and start < sheet.size(dimension)):
        raise Refusal(f"endIndex[{end}] must be after startIndex[{start}]")
    return Stretch(sheet, dimension, start, end)
