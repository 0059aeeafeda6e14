"""The one model of a sheet: its cells, its size, and what is fastened to rows and columns.

Rows are tuples of cells and are replaced, never changed; so a copy of the list of rows is a
copy of the sheet. Rows and the list of rows may be shorter than the grid: the rest is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from sheets_sync.sandbox.a1 import Area, Block
from sheets_sync.sandbox.wire import Json

Dimension: TypeAlias = Literal["ROWS", "COLUMNS"]
Scalar: TypeAlias = bool | int | float | str | None
Move: TypeAlias = Callable[[int, int], "tuple[int, int] | None"]
"""Where the span from `start` up to `end` has gone; None when it was deleted."""

T = TypeVar("T")

NEW_ROWS = 1000
NEW_COLUMNS = 26


class Cell(NamedTuple):
    """What one cell holds. With a formula, `value` is unused: formulas are worked out on reading.

    `format` is a CellFormat and `validation` a DataValidationRule of the Sheets API.
    """

    value: Scalar = None
    formula: str | None = None
    format: Mapping[str, Json] | None = None
    note: str | None = None
    validation: Mapping[str, Json] | None = None

    @property
    def is_blank(self) -> bool:
        """Whether it shows nothing, though it may be formatted."""
        return self.value is None and self.formula is None


EMPTY = Cell()
Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True)
class Protection:
    """A protected range: who may change `area`, apart from the owner of the file."""

    protection_id: int
    area: Area
    editors: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    description: str = ""
    warning_only: bool = False
    unprotected: tuple[Area, ...] = ()
    named_range_id: str = ""


@dataclass(frozen=True)
class Ruled:
    """A part of the API's JSON that applies to areas: a filter or a conditional format."""

    areas: tuple[Area, ...]
    rest: Mapping[str, Json]


@dataclass(frozen=True)
class Group:
    """Rows or columns that fold together."""

    start: int
    end: int
    depth: int = 1
    collapsed: bool = False


@dataclass
class Sheet:
    """One tab. `properties` and `grid` hold the members of SheetProperties kept as they came."""

    sheet_id: int
    title: str
    row_count: int = NEW_ROWS
    column_count: int = NEW_COLUMNS
    rows: list[Row] = field(default_factory=list)
    properties: dict[str, Json] = field(default_factory=dict)
    grid: dict[str, Json] = field(default_factory=dict)
    merges: list[Area] = field(default_factory=list)
    protections: list[Protection] = field(default_factory=list)
    basic_filter: Ruled | None = None
    conditional_formats: list[Ruled] = field(default_factory=list)
    dimensions: dict[Dimension, dict[int, Mapping[str, Json]]] = field(
        default_factory=lambda: {"ROWS": {}, "COLUMNS": {}}
    )
    groups: dict[Dimension, list[Group]] = field(
        default_factory=lambda: {"ROWS": [], "COLUMNS": []}
    )

    def copy(self) -> Sheet:
        """A sheet that shares nothing changeable with this one; cheap, as rows are shared."""
        return replace(
            self,
            rows=list(self.rows),
            properties=dict(self.properties),
            grid=dict(self.grid),
            merges=list(self.merges),
            protections=list(self.protections),
            conditional_formats=list(self.conditional_formats),
            dimensions={key: dict(value) for key, value in self.dimensions.items()},
            groups={key: list(value) for key, value in self.groups.items()},
        )

    def size(self, dimension: Dimension) -> int:
        """How many rows or columns the grid has."""
        return self.row_count if dimension == "ROWS" else self.column_count

    def cell(self, row: int, column: int) -> Cell:
        """The cell at this place; an empty one where nothing is stored."""
        if row >= len(self.rows):
            return EMPTY
        cells = self.rows[row]
        return cells[column] if column < len(cells) else EMPTY

    def cells(self, block: Block) -> Iterable[tuple[int, int, Cell]]:
        """Row, column and cell of every stored cell in `block`."""
        for index in range(block.top, min(block.bottom, len(self.rows))):
            row = self.rows[index]
            for column in range(block.left, min(block.right, len(row))):
                yield index, column, row[column]

    def put(self, row: int, cells: Mapping[int, Cell]) -> None:
        """Replace cells of one row, by column."""
        if not cells:
            return
        while len(self.rows) <= row:
            self.rows.append(())
        changed = list(self.rows[row])
        changed.extend([EMPTY] * (max(cells) + 1 - len(changed)))
        for column, cell in cells.items():
            changed[column] = cell
        self.rows[row] = tuple(changed)

    def fill(self, block: Block, change: Callable[[Cell], Cell]) -> None:
        """Replace every cell of `block` by what `change` makes of it."""
        for row in range(block.top, block.bottom):
            columns = range(block.left, block.right)
            self.put(row, {column: change(self.cell(row, column)) for column in columns})

    def resize(self, rows: int, columns: int) -> None:
        """Give the grid this size, cutting off what lies beyond."""
        if rows < self.row_count:
            self.delete("ROWS", rows, self.row_count)
        if columns < self.column_count:
            self.delete("COLUMNS", columns, self.column_count)
        self.row_count, self.column_count = rows, columns

    def insert(self, dimension: Dimension, at: int, count: int) -> Move:
        """Make room for `count` empty rows or columns before index `at`."""
        if dimension == "ROWS":
            self.row_count += count
            if at < len(self.rows):
                self.rows[at:at] = [()] * count
        else:
            self.column_count += count
            blank = (EMPTY,) * count
            self.rows = [
                (*row[:at], *blank, *row[at:]) if at < len(row) else row for row in self.rows
            ]
        return self._moved(dimension, inserted(at, count))

    def delete(self, dimension: Dimension, start: int, end: int) -> Move:
        """Take out the rows or columns from `start` up to `end`."""
        if dimension == "ROWS":
            self.row_count -= end - start
            del self.rows[start:end]
        else:
            self.column_count -= end - start
            self.rows = [row[:start] + row[end:] for row in self.rows]
        return self._moved(dimension, deleted(start, end))

    def move(self, dimension: Dimension, start: int, end: int, to: int) -> Move:
        """Move rows or columns before index `to`, counted before the move."""
        if dimension == "ROWS":
            self.rows.extend([()] * (max(end, to) - len(self.rows)))
            self.rows = shifted(self.rows, start, end, to)
        else:
            widened = (row + (EMPTY,) * (max(end, to) - len(row)) for row in self.rows)
            self.rows = [tuple(shifted(list(row), start, end, to)) for row in widened]
        return self._moved(dimension, moved(start, end, to))

    def _moved(self, dimension: Dimension, move: Move) -> Move:
        self.merges = _kept(relocated(area, dimension, move) for area in self.merges)
        self.protections = [
            replace(
                protection,
                area=area,
                unprotected=tuple(
                    _kept(relocated(part, dimension, move) for part in protection.unprotected)
                ),
            )
            for protection in self.protections
            if (area := relocated(protection.area, dimension, move)) is not None
        ]
        rules = [_relocated_rule(rule, dimension, move) for rule in self.conditional_formats]
        self.conditional_formats = [rule for rule in rules if rule.areas]
        if self.basic_filter is not None:
            rule = _relocated_rule(self.basic_filter, dimension, move)
            self.basic_filter = rule if rule.areas else None
        self.dimensions[dimension] = {
            span[0]: properties
            for index, properties in self.dimensions[dimension].items()
            if (span := move(index, index + 1)) is not None
        }
        self.groups[dimension] = [
            replace(group, start=span[0], end=span[1])
            for group in self.groups[dimension]
            if (span := move(group.start, group.end)) is not None
        ]
        return move


def inserted(at: int, count: int) -> Move:
    """What an insertion does to spans: those after it move, those around it grow."""

    def move(start: int, end: int) -> tuple[int, int]:
        return (start + count if start >= at else start, end + count if end > at else end)

    return move


def deleted(first: int, last: int) -> Move:
    """What a deletion does to spans: those after it move, those in it vanish."""

    def place(index: int) -> int:
        return index if index <= first else max(first, index - (last - first))

    def move(start: int, end: int) -> tuple[int, int] | None:
        span = place(start), place(end)
        return span if span[0] < span[1] else None

    return move


def moved(first: int, last: int, to: int) -> Move:
    """What moving rows or columns does to spans: those within go along, others close the gap."""
    count = last - first
    target = to if to <= first else to - count
    close, make_room = deleted(first, last), inserted(target, count)

    def move(start: int, end: int) -> tuple[int, int] | None:
        if first <= start and end <= last:
            return start - first + target, end - first + target
        rest = close(start, end)
        return None if rest is None else make_room(*rest)

    return move


def shifted(values: list[T], start: int, end: int, to: int) -> list[T]:
    """`values` with those from `start` up to `end` moved before index `to`."""
    rest = values[:start] + values[end:]
    target = to if to <= start else to - (end - start)
    return rest[:target] + values[start:end] + rest[target:]


def relocated(area: Area, dimension: Dimension, move: Move) -> Area | None:
    """Where an area has gone; its open sides stay open."""
    rows = dimension == "ROWS"
    start, end = (area.top, area.bottom) if rows else (area.left, area.right)
    if start is None and end is None:
        return area
    span = move(start or 0, 1 << 40 if end is None else end)
    if span is None:
        return None
    first = None if start is None else span[0]
    last = None if end is None else span[1]
    return replace(area, top=first, bottom=last) if rows else replace(area, left=first, right=last)


def _relocated_rule(rule: Ruled, dimension: Dimension, move: Move) -> Ruled:
    areas = _kept(relocated(area, dimension, move) for area in rule.areas)
    return replace(rule, areas=tuple(areas))


def _kept(areas: Iterable[Area | None]) -> list[Area]:
    return [area for area in areas if area is not None]
