"""What a tab has beside the contents of its cells, and what can be done to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sheets_sync.domain.row import Tab


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be typed into a cell: `condition` and `values` are Google's.

    Source: DataValidationRule and ConditionType in the discovery document of Sheets v4.
    """

    condition: str
    values: tuple[str, ...] = ()
    strict: bool = True
    message: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Developer metadata of ours: invisible, and it moves with its column."""

    metadata_id: int
    value: str


@dataclass(frozen=True, slots=True)
class ColumnFittings:
    """One column: what its header cell has, and what the cells below the header have."""

    header: str = ""
    note: str = ""
    rules: frozenset[Rule | None] = frozenset({None})
    """Every rule of a cell below the header; None where a cell has none."""
    formats: frozenset[str] = frozenset({""})
    """The kinds of their number formats, such as TEXT; empty where a cell has none."""
    has_words: bool = False
    """Whether any of them holds something else than TRUE or FALSE."""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """A protected range that covers one whole column."""

    protection_id: int
    column: int
    description: str
    is_editable: bool
    """Whether this account may edit what is protected."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A conditional format of one column; `place` is its index among the tab's."""

    place: int
    column: int
    top: int
    """The index of the first row that it colours."""
    condition: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fittings:
    """All that provisioning looks at in one tab. Indexes count from 0."""

    tab: Tab
    header_row: int
    columns: tuple[ColumnFittings, ...]
    """As far as there is a header or anything else in a cell."""
    grid_columns: int
    frozen_rows: int = 0
    protections: tuple[Protection, ...] = ()
    colours: tuple[Colour, ...] = ()
    colour_count: int = 0
    """All conditional formats of the tab, those of several columns counted in."""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column with a header; what stood there moves to the right."""

    index: int
    header: str


@dataclass(frozen=True, slots=True)
class SetNote:
    """The note of a header; none where `text` is empty."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class SetRule:
    """What may be typed below a header; anything where `rule` is None."""

    index: int
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class MakePlainText:
    """The column's cells keep what is typed as it is typed; the column is marked as done by us."""

    index: int
    is_marked: bool = False
    """Whether that was done before."""


@dataclass(frozen=True, slots=True)
class UnmakePlainText:
    """The column has no number format again; the mark goes too."""

    index: int
    metadata_id: int


@dataclass(frozen=True, slots=True)
class Freeze:
    """So many rows stay in sight while one scrolls."""

    rows: int


@dataclass(frozen=True, slots=True)
class Protect:
    """Only these accounts, and the spreadsheet's owner, may edit the column."""

    index: int
    editors: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Unprotect:
    """The protected range with this id is none any more."""

    protection_id: int


@dataclass(frozen=True, slots=True)
class Shade:
    """Below the header, cells that meet the condition have this background; the first one counts.

    `rgb` is from 0 to 1.
    """

    condition: str
    values: tuple[str, ...]
    rgb: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Recolour:
    """Conditional formats at these places go; the shades of some columns come after all others.

    `count` is how many conditional formats the tab has before.
    """

    places: tuple[int, ...]
    count: int
    columns: tuple[int, ...] = ()
    shades: tuple[Shade, ...] = ()


CellChange: TypeAlias = SetNote | SetRule | MakePlainText | UnmakePlainText
Change: TypeAlias = CellChange | AddColumn | Freeze | Protect | Unprotect | Recolour
