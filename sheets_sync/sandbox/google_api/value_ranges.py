"""ValueRange: reading one from cells, and writing one into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sheets_sync.sandbox.a1 import Area, Block, column_letters, format_area
from sheets_sync.sandbox.drive import Draft
from sheets_sync.sandbox.entry import typed
from sheets_sync.sandbox.google_api.body import Body, flag, items, text
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.ranges import Place
from sheets_sync.sandbox.grid import Cell, Dimension
from sheets_sync.sandbox.reading import Moments, Reader, Render
from sheets_sync.sandbox.wire import Json

CHARACTER_LIMIT = 50_000


def rendering(options: Body, prefix: str = "") -> tuple[Render, Moments]:
    """How values are to be shown; `prefix` is `response` for those of an update's answer."""
    render = text(options, f"{prefix}ValueRenderOption" if prefix else "valueRenderOption")
    moments = text(options, f"{prefix}DateTimeRenderOption" if prefix else "dateTimeRenderOption")
    return (
        cast("Render", render or "FORMATTED_VALUE"),
        cast("Moments", moments or "SERIAL_NUMBER"),
    )


def major_of(options: Body) -> Dimension:
    """The major dimension asked for, ROWS by default."""
    return "COLUMNS" if text(options, "majorDimension") == "COLUMNS" else "ROWS"


def value_range(reader: Reader, place: Place, major: Dimension) -> dict[str, Json]:
    """The ValueRange of a place; without `values` where all is empty."""
    answer: dict[str, Json] = {"range": place.a1, "majorDimension": major}
    values = reader.block(place.sheet, place.block, major)
    return answer | {"values": values} if values else answer


def rows_of(body: Body) -> list[list[Json]]:
    """The values of a ValueRange row by row."""
    lines: list[list[Json]] = [
        line if isinstance(line, list) else [line] for line in items(body, "values")
    ]
    if major_of(body) == "ROWS":
        return lines
    height = max((len(line) for line in lines), default=0)
    return [[line[row] if row < len(line) else None for line in lines] for row in range(height)]


@dataclass
class Written:
    """What writing one ValueRange has done."""

    place: Place
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    cells: int = 0

    def answer(self, spreadsheet_id: str, echo: Json = None) -> dict[str, Json]:
        """An UpdateValuesResponse; as recorded, counts of nothing are left out."""
        counts: dict[str, Json] = {
            "updatedRows": len(self.rows),
            "updatedColumns": len(self.columns),
            "updatedCells": self.cells,
            "updatedData": echo,
        }
        answer: dict[str, Json] = {
            "spreadsheetId": spreadsheet_id,
            "updatedRange": self.place.a1,
        }
        return answer | {name: count for name, count in counts.items() if count}


def totals(spreadsheet_id: str, done: Sequence[Written]) -> dict[str, Json]:
    """The sums of several updates: a row or column written twice counts once."""
    touched = [part for part in done if part.cells]
    counts = {
        "totalUpdatedRows": len({(p.place.sheet.sheet_id, r) for p in touched for r in p.rows}),
        "totalUpdatedColumns": len(
            {(p.place.sheet.sheet_id, c) for p in touched for c in p.columns}
        ),
        "totalUpdatedCells": sum(part.cells for part in touched),
        "totalUpdatedSheets": len({part.place.sheet.sheet_id for part in touched}),
    }
    answer: dict[str, Json] = {"spreadsheetId": spreadsheet_id}
    return answer | {name: count for name, count in counts.items() if count}


def write(draft: Draft, place: Place, body: Body, option: str, reader: Reader) -> Written:
    """Write a ValueRange: null leaves a cell alone, "" empties it.

    One cell as the range is only where to start; a larger range is not to be left.
    """
    rows = rows_of(body)
    bounds = _bounds(place)
    width = max((len(row) for row in rows), default=0)
    _require_within(place, bounds, len(rows), width)
    extent = Block(
        bounds.top, bounds.left, bounds.top + max(len(rows), 1), bounds.left + max(width, 1)
    )
    done = Written(
        Place(place.sheet, Area(extent.top, extent.left, extent.bottom, extent.right))
        if rows and width
        else place
    )
    year = reader.moment().year
    for row_offset, line in enumerate(rows):
        row = bounds.top + row_offset
        cells = {}
        for offset, value in enumerate(line):
            if value is None:
                continue
            column = bounds.left + offset
            old = place.sheet.cell(row, column)
            if isinstance(value, str) and option == "USER_ENTERED":
                _require_short(value)
                cells[column] = typed(value, old, reader.locale, year)
            else:
                cells[column] = raw(value, old, f"values[{row_offset}][{offset}]")
        if cells:
            draft.write(place.sheet, row, cells)
            done.rows.add(row)
            done.columns.update(cells)
            done.cells += len(cells)
    return done


def raw(value: Json, old: Cell, name: str) -> Cell:
    """`old` with a value stored as it is."""
    if isinstance(value, list | dict):
        raise Refusal(f"Invalid {name}: {_proto_text(value)}")
    if isinstance(value, str):
        _require_short(value)
    return old._replace(value=None if value == "" else value, formula=None)


def wipe(draft: Draft, place: Place) -> None:
    """Empty all cells of a place, keeping their formats, notes and rules."""
    draft.require_editable(place.sheet, place.block)
    filled: dict[int, dict[int, Cell]] = {}
    for row, column, cell in place.sheet.cells(place.block):
        if not cell.is_blank:
            filled.setdefault(row, {})[column] = cell._replace(value=None, formula=None)
    for row, cells in filled.items():
        draft.write(place.sheet, row, cells)


def echo(reader: Reader, done: Written, options: Body, body: Body) -> Json:
    """The updated values, where the caller wants them in the answer."""
    if not flag(options, "includeValuesInResponse"):
        return None
    return value_range(reader, done.place, major_of(body))


def _bounds(place: Place) -> Block:
    if place.area.is_one_cell:
        block = place.block
        return Block(block.top, block.left, place.sheet.row_count, place.sheet.column_count)
    return place.block


def _require_within(place: Place, bounds: Block, height: int, width: int) -> None:
    beyond = None
    if height > bounds.height:
        beyond = f"row [{bounds.bottom + 1}]"
    elif width > bounds.width:
        beyond = f"column [{column_letters(bounds.right)}]"
    if beyond:
        name = format_area(place.sheet.title, place.area)
        raise Refusal(f"Requested writing within range [{name}], but tried writing to {beyond}")


def _require_short(value: str) -> None:
    if len(value) > CHARACTER_LIMIT:
        raise Refusal(
            f"Your input contains more than the maximum of {CHARACTER_LIMIT} characters in a "
            "single cell."
        )


def _proto_text(value: Json, indent: str = "") -> str:
    """A google.protobuf.Value in protobuf's text format, as Google quotes bad cells."""
    inner = indent + "  "
    if isinstance(value, list):
        parts = "".join(
            f"{inner}values {{\n{inner}  {_proto_text(v, inner)}\n{inner}}}\n" for v in value
        )
        return f"list_value {{\n{parts}{indent}}}"
    if isinstance(value, Mapping):
        parts = "".join(
            f'{inner}fields {{\n{inner}  key: "{k}"\n{inner}  value {{\n{inner}    '
            f"{_proto_text(v, inner)}\n{inner}  }}\n{inner}}}\n"
            for k, v in value.items()
        )
        return f"struct_value {{\n{parts}{indent}}}"
    if isinstance(value, bool):
        return f"bool_value: {str(value).lower()}"
    if isinstance(value, str):
        return f'string_value: "{value}"'
    return "null_value: NULL_VALUE" if value is None else f"number_value: {value}"
