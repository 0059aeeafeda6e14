"""Reads what a tab has beside the contents of its cells.

Source: the discovery document of Sheets v4. A field that holds its default may be absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from gspread.urls import SPREADSHEET_URL
from gspread.utils import absolute_range_name
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sheets_sync.domain.fittings import Colour, ColumnFittings, Fittings, Mark, Protection, Rule
from sheets_sync.domain.row import Tab, column_letter, header_text
from sheets_sync.errors import SourceError
from sheets_sync.google.transport import Transport

MARK_KEY: Final = "sheets-sync-provision"
"""The key of the developer metadata that provisioning leaves on tabs and columns."""

_METADATA = "developerMetadata(metadataId,metadataKey,metadataValue)"
_TAB_FIELDS = (
    "sheets(properties(sheetId,gridProperties(rowCount,columnCount,frozenRowCount)),"
    "conditionalFormats(ranges,booleanRule.condition),"
    "protectedRanges(protectedRangeId,range,description,warningOnly,requestingUserCanEdit),"
    f"{_METADATA},"
    f"data(rowData.values(effectiveValue,note),columnMetadata.{_METADATA}))"
)
_CELL_FIELDS = "dataValidation,userEnteredFormat.numberFormat.type"


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Value(_Answer):
    """ExtendedValue."""

    string_value: str | None = None
    number_value: int | float | None = None
    bool_value: bool | None = None

    @property
    def text(self) -> str:
        found = (self.string_value, self.number_value, self.bool_value)
        return next((str(value) for value in found if value is not None), "")


class _Operand(_Answer):
    user_entered_value: str = ""


class _Condition(_Answer):
    type: str = ""
    values: list[_Operand] = []

    @property
    def operands(self) -> tuple[str, ...]:
        return tuple(value.user_entered_value for value in self.values)


class _Validation(_Answer):
    condition: _Condition = _Condition()
    strict: bool = False
    input_message: str = ""

    @property
    def rule(self) -> Rule:
        condition = self.condition
        return Rule(condition.type, condition.operands, self.strict, self.input_message)


class _NumberFormat(_Answer):
    type: str = ""


class _Format(_Answer):
    number_format: _NumberFormat = _NumberFormat()


class _Cell(_Answer):
    effective_value: _Value | None = None
    note: str = ""
    data_validation: _Validation | None = None
    user_entered_format: _Format = _Format()


class _Row(_Answer):
    values: list[_Cell] = []


class _Metadata(_Answer):
    metadata_id: int
    metadata_key: str = ""
    metadata_value: str = ""


class _Dimension(_Answer):
    developer_metadata: list[_Metadata] = []


class _Data(_Answer):
    start_column: int = 0
    row_data: list[_Row] = []
    column_metadata: list[_Dimension] = []


class _Range(_Answer):
    start_row_index: int = 0
    end_row_index: int | None = None
    start_column_index: int = 0
    end_column_index: int | None = None

    @property
    def column(self) -> int | None:
        """The one column that it lies in."""
        start = self.start_column_index
        return start if self.end_column_index == start + 1 else None


class _BooleanRule(_Answer):
    condition: _Condition = _Condition()


class _ConditionalFormat(_Answer):
    ranges: list[_Range] = []
    boolean_rule: _BooleanRule | None = None


class _Protected(_Answer):
    protected_range_id: int
    range: _Range = _Range()
    description: str = ""
    warning_only: bool = False
    requesting_user_can_edit: bool = False


class _Grid(_Answer):
    row_count: int = 0
    column_count: int = 0
    frozen_row_count: int = 0


class _Properties(_Answer):
    sheet_id: int = 0
    grid_properties: _Grid = _Grid()


class _Sheet(_Answer):
    properties: _Properties = _Properties()
    conditional_formats: list[_ConditionalFormat] = []
    protected_ranges: list[_Protected] = []
    developer_metadata: list[_Metadata] = []
    data: list[_Data] = []


class _Sheets(_Answer):
    sheets: list[_Sheet] = Field(min_length=1)


def read_fittings(transport: Transport, tab: Tab, header_row: int) -> Fittings:
    """All of a tab but what its cells below the headers have. One read."""
    row = absolute_range_name(tab.title, f"{header_row}:{header_row}")
    sheet = _ask(transport, tab, [row], _TAB_FIELDS)
    grid = sheet.properties.grid_properties
    if grid.row_count <= header_row:
        raise SourceError(f"tab {tab.title!r} has no row below its headers; add some rows")
    return Fittings(
        tab,
        header_row,
        tuple(_columns(sheet.data[0] if sheet.data else _Data())),
        grid.column_count,
        grid.frozen_row_count,
        tuple(_protections(sheet.protected_ranges, grid.row_count)),
        tuple(_colours(sheet.conditional_formats)),
        len(sheet.conditional_formats),
        _mark(sheet.developer_metadata),
    )


def look_below(
    transport: Transport, fittings: Fittings, indexes: Sequence[int], *, with_values: bool
) -> Fittings:
    """The same with what the cells of these columns have below the headers. One read.

    `with_values` also looks for cells without a header, and counts their columns.
    """
    width, title = len(fittings.columns), fittings.tab.title
    ranges = [_whole_column(index) for index in indexes]
    if with_values and width < fittings.grid_columns:
        ranges.append(f"{column_letter(width)}:{column_letter(fittings.grid_columns - 1)}")
    if not ranges:
        return fittings
    fields = _CELL_FIELDS + ",effectiveValue" * with_values
    sheet = _ask(
        transport,
        fittings.tab,
        [absolute_range_name(title, part) for part in ranges],
        "sheets(properties(sheetId,gridProperties(rowCount)),"
        f"data(startColumn,rowData.values({fields})))",
    )
    columns = [*fittings.columns]
    rows = sheet.properties.grid_properties.row_count
    for data in sheet.data:
        if data.start_column < width:
            below = data.row_data[fittings.header_row :]
            cells = [row.values[0] if row.values else _Cell() for row in below]
            if len(below) < rows - fittings.header_row:
                cells.append(_Cell())
            columns[data.start_column] = _with_cells(columns[data.start_column], cells)
        else:
            columns += [ColumnFittings()] * max(map(_width, data.row_data), default=0)
    return replace(fittings, columns=tuple(columns))


def _whole_column(index: int) -> str:
    return f"{column_letter(index)}:{column_letter(index)}"


def _ask(transport: Transport, tab: Tab, ranges: Sequence[str], fields: str) -> _Sheet:
    found = transport.ask(
        _Sheets,
        SPREADSHEET_URL % tab.spreadsheet,
        params={"ranges": [*ranges], "fields": fields},
    )
    if found.sheets[0].properties.sheet_id != tab.gid:
        raise SourceError(f"tab {tab.title!r} was renamed just now; try again")
    return found.sheets[0]


def _columns(data: _Data) -> Iterator[ColumnFittings]:
    cells = data.row_data[0].values if data.row_data else []
    marks = [_mark(column.developer_metadata) for column in data.column_metadata]
    filled = (at + 1 for at, cell in enumerate(cells) if _text(cell) or cell.note)
    width = max(filled, default=0)
    for at, cell in enumerate(cells[:width]):
        mark = marks[at] if at < len(marks) else None
        yield ColumnFittings(header_text(_text(cell)), cell.note, mark=mark)


def _text(cell: _Cell) -> str:
    return cell.effective_value.text if cell.effective_value else ""


def _width(row: _Row) -> int:
    return max((at + 1 for at, cell in enumerate(row.values) if cell.effective_value), default=0)


def _with_cells(column: ColumnFittings, cells: Sequence[_Cell]) -> ColumnFittings:
    validations = (cell.data_validation for cell in cells)
    values = [cell.effective_value for cell in cells if cell.effective_value]
    return replace(
        column,
        rules=frozenset(found.rule if found else None for found in validations),
        formats=frozenset(cell.user_entered_format.number_format.type for cell in cells),
        has_words=any(value.bool_value is None for value in values),
    )


def _mark(entries: Sequence[_Metadata]) -> Mark | None:
    for entry in entries:
        if entry.metadata_key == MARK_KEY:
            return Mark(entry.metadata_id, entry.metadata_value)
    return None


def _protections(found: Sequence[_Protected], rows: int) -> Iterator[Protection]:
    for protected in found:
        area = protected.range
        is_whole = area.start_row_index == 0 and (area.end_row_index or rows) >= rows
        if area.column is not None and is_whole and not protected.warning_only:
            yield Protection(
                protected.protected_range_id,
                area.column,
                protected.description,
                protected.requesting_user_can_edit,
            )


def _colours(found: Sequence[_ConditionalFormat]) -> Iterator[Colour]:
    for place, there in enumerate(found):
        if there.boolean_rule is None or len(there.ranges) != 1:
            continue
        (area,), condition = there.ranges, there.boolean_rule.condition
        if area.column is not None:
            top = area.start_row_index
            yield Colour(place, area.column, top, condition.type, condition.operands)
