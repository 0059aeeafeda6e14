"""A spreadsheet: its tabs, named ranges and developer metadata."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from sheets_sync.sandbox.a1 import Area
from sheets_sync.sandbox.grid import Dimension, Move, Sheet, relocated
from sheets_sync.sandbox.wire import Json

LocationType: TypeAlias = Literal["SPREADSHEET", "SHEET", "ROW", "COLUMN"]


@dataclass(frozen=True)
class Location:
    """What developer metadata is fastened to; `index` counts rows or columns from zero."""

    kind: LocationType
    sheet_id: int | None = None
    index: int | None = None

    @property
    def area(self) -> Area | None:
        """The cells it covers on its sheet; None for the whole spreadsheet."""
        if self.kind == "SPREADSHEET":
            return None
        if self.kind == "SHEET" or self.index is None:
            return Area()
        if self.kind == "ROW":
            return Area(top=self.index, bottom=self.index + 1)
        return Area(left=self.index, right=self.index + 1)


@dataclass(frozen=True)
class Metadata:
    """One entry of developer metadata; `project` is who alone may see it, if PROJECT."""

    metadata_id: int
    key: str
    value: str | None
    visibility: str
    project: str
    location: Location

    def is_visible_to(self, project: str) -> bool:
        """Whether this developer project may see it."""
        return self.visibility == "DOCUMENT" or self.project == project


@dataclass(frozen=True)
class NamedRange:
    """A name for an area of one sheet."""

    named_range_id: str
    name: str
    sheet_id: int
    area: Area


@dataclass
class Spreadsheet:
    """All tabs in their order, and what belongs to no single tab."""

    title: str
    locale: str = "en_US"
    time_zone: str = "Etc/GMT"
    auto_recalc: str = "ON_CHANGE"
    sheets: list[Sheet] = field(default_factory=list)
    named_ranges: list[NamedRange] = field(default_factory=list)
    metadata: list[Metadata] = field(default_factory=list)
    properties: dict[str, Json] = field(default_factory=dict)

    def copy(self) -> Spreadsheet:
        """A spreadsheet to change freely while this one stays as it is; shares the rows."""
        return replace(
            self,
            sheets=[sheet.copy() for sheet in self.sheets],
            named_ranges=list(self.named_ranges),
            metadata=list(self.metadata),
            properties=dict(self.properties),
        )

    def sheet(self, sheet_id: int) -> Sheet | None:
        """The tab with this id."""
        return next((sheet for sheet in self.sheets if sheet.sheet_id == sheet_id), None)

    def titled(self, title: str) -> Sheet | None:
        """The tab with this title; capitals do not matter where only one could be meant."""
        folded = title.casefold()
        return next(
            (sheet for sheet in self.sheets if sheet.title == title),
            next((sheet for sheet in self.sheets if sheet.title.casefold() == folded), None),
        )

    def marked_columns(self) -> set[tuple[int | None, int | None]]:
        """Sheet id and index of each column that carries developer metadata."""
        places = [entry.location for entry in self.metadata]
        return {(place.sheet_id, place.index) for place in places if place.kind == "COLUMN"}

    def cell_count(self) -> int:
        """Cells of all grids, empty ones too: what Google's limit counts."""
        return sum(sheet.row_count * sheet.column_count for sheet in self.sheets)

    def relocate(self, sheet: Sheet, dimension: Dimension, move: Move) -> None:
        """Let named ranges and metadata follow their rows or columns; deleted ones go."""
        self.named_ranges = [
            replace(named, area=area)
            for named in self.named_ranges
            if (
                area := relocated(named.area, dimension, move)
                if named.sheet_id == sheet.sheet_id
                else named.area
            )
            is not None
        ]
        kind = "ROW" if dimension == "ROWS" else "COLUMN"
        kept = []
        for entry in self.metadata:
            place = entry.location
            if place.kind != kind or place.sheet_id != sheet.sheet_id or place.index is None:
                kept.append(entry)
            elif (span := move(place.index, place.index + 1)) is not None:
                kept.append(replace(entry, location=replace(place, index=span[0])))
        self.metadata = kept

    def remove_sheet(self, sheet: Sheet) -> None:
        """Take a tab out, with its named ranges and metadata."""
        self.sheets.remove(sheet)
        self.named_ranges = [n for n in self.named_ranges if n.sheet_id != sheet.sheet_id]
        self.metadata = [m for m in self.metadata if m.location.sheet_id != sheet.sheet_id]


def new_id(taken: Callable[[int], bool]) -> int:
    """A random id as Google gives to sheets, protected ranges and metadata."""
    while True:
        number = secrets.randbelow(2_000_000_000) + 1
        if not taken(number):
            return number
