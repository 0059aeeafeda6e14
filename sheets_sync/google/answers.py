"""What is read of Google's answers; all else in them is ignored.

Source: the discovery document of Sheets v4. A field that holds its default may be absent.
"""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field
from pydantic.alias_generators import to_camel

from sheets_sync.domain.row import Cell

_RANGE = re.compile(r"(?s)(?:.*!)?[A-Z]{1,3}(?:[1-9]\d{0,6})?(?::[A-Z]{1,3}(?:[1-9]\d{0,7})?)?")


def _a_range(text: str) -> str:
    if not _RANGE.fullmatch(text):
        raise ValueError(text)
    return text


Id: TypeAlias = Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31)]
"""An int32, as the discovery document has it."""


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, allow_inf_nan=False)


class Token(BaseModel):
    """What a token endpoint gives."""

    access_token: str = Field(pattern=r"^[!-~]+$")
    expires_in: int | None = Field(None, ge=0, le=10**8)


class TokenRefusal(BaseModel):
    """Why it gives none."""

    error: str
    error_description: str | None = None


class GridProperties(_Answer):
    """The size of a tab."""

    row_count: Id = 0
    column_count: Id = 0


class SheetProperties(_Answer):
    """A tab."""

    sheet_id: Id = 0
    title: str = ""
    sheet_type: str = "GRID"
    grid_properties: GridProperties = GridProperties()


class Sheet(_Answer):
    """A tab's place in an answer."""

    properties: SheetProperties


class SpreadsheetProperties(_Answer):
    """What is common to all tabs."""

    title: str
    locale: str
    time_zone: str


class Spreadsheet(_Answer):
    """`spreadsheets.get`."""

    properties: SpreadsheetProperties
    sheets: list[Sheet]


class Widths(_Answer):
    """`spreadsheets.get`, only the number of columns of each tab."""

    sheets: list[Sheet]

    def of(self, gid: int) -> int | None:
        """How many columns that tab has; None if there is no such tab."""
        for sheet in self.sheets:
            if sheet.properties.sheet_id == gid:
                return sheet.properties.grid_properties.column_count
        return None


class GridRange(_Answer):
    """A part of a tab, from 0, the ends left out; an absent side is open."""

    sheet_id: Id = 0
    start_column_index: Id = 0
    end_column_index: Id | None = None


class ProtectedRange(_Answer):
    """What not everybody may edit."""

    range: GridRange = GridRange()
    warning_only: bool = False
    requesting_user_can_edit: bool = False

    def keeps_out(self, index: int | None) -> bool:
        """Whether this account may not edit that column; None is a new one, all of the tab."""
        if self.warning_only or self.requesting_user_can_edit:
            return False
        start, end = self.range.start_column_index, self.range.end_column_index
        if index is None:
            return start == 0 and end is None
        return start <= index and (end is None or index < end)


class Protections(_Answer):
    """`spreadsheets.get`, only the protected ranges of each tab."""

    class Sheet(_Answer):
        """A tab's place in the answer."""

        properties: SheetProperties = SheetProperties()
        protected_ranges: list[ProtectedRange] = []

    sheets: list[Sheet]

    def keeping_out(self, gid: int, index: int | None) -> bool:
        """Whether this account may not edit that column of that tab."""
        return any(
            protected.keeps_out(index)
            for sheet in self.sheets
            if sheet.properties.sheet_id == gid
            for protected in sheet.protected_ranges
        )


class ValueRange(_Answer):
    """Cells, row by row. `range` is clipped to the grid; `values` is absent when all are empty."""

    range: Annotated[str, AfterValidator(_a_range)]
    values: Annotated[list[Annotated[list[Cell], FailFast()]], FailFast()] = []


class ValueRanges(_Answer):
    """`values:batchGet`, in the order of the ranges asked for."""

    value_ranges: list[ValueRange]


class MetadataLookup(_Answer):
    """Which metadata was asked for."""

    metadata_id: Id | None = None


class DataFilter(_Answer):
    """A filter of the request, echoed."""

    a1_range: str | None = None
    developer_metadata_lookup: MetadataLookup | None = None

    @property
    def metadata_id(self) -> int | None:
        """The metadata id it asks for."""
        lookup = self.developer_metadata_lookup
        return lookup.metadata_id if lookup else None


class MatchedRange(_Answer):
    """Cells, and the filters that selected them."""

    value_range: ValueRange
    data_filters: list[DataFilter]


class MatchedRanges(_Answer):
    """`values:batchGetByDataFilter`; a filter that matches nothing is left out."""

    value_ranges: list[MatchedRange] = []


class UpdatedRange(_Answer):
    """A range that was written."""

    updated_range: str = ""
    data_filter: DataFilter = DataFilter()


class Written(_Answer):
    """`values:batchUpdateByDataFilter`."""

    responses: list[UpdatedRange] = []


class Metadata(_Answer):
    """Developer metadata."""

    metadata_id: Id


class CreatedMetadata(_Answer):
    """Its place in a reply."""

    developer_metadata: Metadata


class Reply(_Answer):
    """One of the replies of a `batchUpdate`, empty for most kinds of request."""

    create_developer_metadata: CreatedMetadata | None = None


class Changed(_Answer):
    """`spreadsheets:batchUpdate`."""

    replies: list[Reply]
