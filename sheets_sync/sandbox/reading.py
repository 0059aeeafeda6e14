"""Values as the API gives them: formulas worked out, numbers and dates shown or bare."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sheets_sync.sandbox.a1 import Area, Block
from sheets_sync.sandbox.display import display, is_moment
from sheets_sync.sandbox.formula import REF, FormulaError, Result, Values, evaluate
from sheets_sync.sandbox.grid import Cell, Dimension, Sheet
from sheets_sync.sandbox.locales import Locale, locale_of
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Json

Render: TypeAlias = Literal["FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"]
Moments: TypeAlias = Literal["SERIAL_NUMBER", "FORMATTED_STRING"]


@dataclass
class Reader:
    """Reads one spreadsheet as it is at `now`, in seconds since the epoch."""

    spreadsheet: Spreadsheet
    now: float
    render: Render = "FORMATTED_VALUE"
    moments: Moments = "SERIAL_NUMBER"
    locale: Locale = field(init=False)
    _known: dict[tuple[int, int, int], Result] = field(init=False, default_factory=dict)
    _busy: set[tuple[int, int, int]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.locale = locale_of(self.spreadsheet.locale)

    def block(self, sheet: Sheet, block: Block, major: Dimension) -> list[Json]:
        """Values of a block, without empty rows and cells at the ends."""
        lines: list[list[Json]] = []
        for index in range(block.top, min(block.bottom, len(sheet.rows))):
            row = sheet.rows[index][block.left : block.right]
            length = len(row)
            while length and row[length - 1].is_blank:
                length -= 1
            lines.append(
                [
                    self.shown(sheet, index, block.left + offset, row[offset])
                    for offset in range(length)
                ]
            )
        if major == "COLUMNS":
            lines = _transposed(lines)
        while lines and not lines[-1]:
            lines.pop()
        return list(lines)

    def shown(self, sheet: Sheet, row: int, column: int, cell: Cell) -> Json:
        """One value in the form asked for; `""` for an empty cell."""
        if cell.is_blank:
            return ""
        if self.render == "FORMULA" and cell.formula is not None:
            return cell.formula
        value = self.result(sheet, row, column, cell)
        if isinstance(value, FormulaError):
            return value.text
        if value is None:
            return ""
        dated = self.moments == "FORMATTED_STRING" and is_moment(cell.format)
        if self.render == "FORMATTED_VALUE" or (dated and not isinstance(value, bool)):
            return display(value, cell.format, self.locale)
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def result(self, sheet: Sheet, row: int, column: int, cell: Cell) -> Result:
        """The effective value of a cell."""
        if cell.formula is None:
            return cell.value
        place = (sheet.sheet_id, row, column)
        if place in self._busy:
            return REF
        if place not in self._known:
            self._busy.add(place)
            self._known[place] = evaluate(cell.formula, _Cells(self, sheet))
            self._busy.discard(place)
        return self._known[place]

    def moment(self) -> datetime:
        """Now in the spreadsheet's time zone, without naming it."""
        try:
            zone = ZoneInfo(self.spreadsheet.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        return datetime.fromtimestamp(self.now, UTC).astimezone(zone).replace(tzinfo=None)


@dataclass(frozen=True)
class _Cells:
    reader: Reader
    sheet: Sheet

    def values(self, title: str | None, area: Area) -> Values:
        sheet = self.sheet if title is None else self.reader.spreadsheet.titled(title)
        if sheet is None or not area.starts_within(sheet.row_count, sheet.column_count):
            raise REF
        block = area.clipped(sheet.row_count, sheet.column_count)
        last = block.bottom if area.is_one_cell else min(block.bottom, len(sheet.rows))
        return [
            [
                self.reader.result(sheet, row, column, sheet.cell(row, column))
                for column in range(block.left, block.right)
            ]
            for row in range(block.top, last)
        ]

    def today(self) -> datetime:
        return self.reader.moment()


def _transposed(rows: list[list[Json]]) -> list[list[Json]]:
    width = max((len(row) for row in rows), default=0)
    columns: list[list[Json]] = [[] for _ in range(width)]
    for index, row in enumerate(rows):
        for column, value in zip(columns, row, strict=False):
            if value != "":
                column.extend([""] * (index - len(column)))
                column.append(value)
    return columns
