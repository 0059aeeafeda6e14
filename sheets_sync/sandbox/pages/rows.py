"""One tab as a page shows it: rows under names that stay theirs, and what changed since a look."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from sheets_sync.sandbox.google_api.resource import Viewer
from sheets_sync.sandbox.grid import EMPTY, Row, Sheet
from sheets_sync.sandbox.pages.cells import Drawing, Fastened, fastened
from sheets_sync.sandbox.reading import Reader
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Json

BLANK_ROWS = 20
"""So many empty rows are shown below the last one that holds something."""
BLANK_COLUMNS = 2


class Names:
    """A name for each row, which goes along when it is moved, so that nobody edits another's."""

    def __init__(self) -> None:
        self._next = itertools.count(1)
        self._rows: list[Row] = []
        self.names: list[int] = []

    def follow(self, rows: Sequence[Row]) -> bool:
        """Name the rows as they stand now; whether any was moved, inserted or deleted.

        A row is known by its very cells, or else by its place: an edit makes a new cell.
        """
        old, new, names = self._rows, [*rows], self.names
        self._rows = new
        top = _same(old, new)
        end = _same(old[top:][::-1], new[top:][::-1])
        before = [_key(row) for row in old[top : len(old) - end]]
        now = [_key(row) for row in new[top : len(new) - end]]
        known = names[top : len(names) - end]
        places = {key: index for index, key in enumerate(before) if key}
        if len(before) == len(now) and all(
            key == before[index] or key not in places for index, key in enumerate(now)
        ):
            return False
        came_from = [places.pop(key, None) for key in now]
        middle = [next(self._next) if at is None else known[at] for at in came_from]
        self.names = [*names[:top], *middle, *names[len(names) - end :]]
        return True


def _key(row: Row) -> tuple[int, ...]:
    return tuple(id(cell) for cell in row if cell is not EMPTY)


def _same(old: Sequence[Row], new: Sequence[Row]) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (a, b) in pairs if a is not b), min(len(old), len(new)))


@dataclass(frozen=True)
class Changes:
    """What a page must show otherwise: rows, and the names of all if their order changed."""

    rows: list[Json]
    order: list[int] | None


@dataclass
class Tab:
    """One tab as one person's page shows it."""

    sheet_id: int
    frozen: int = 0
    columns: int = 0
    rows: int = 0
    _names: Names = field(default_factory=Names)
    _fastened: tuple[Fastened, int, int] | None = None
    _shown: dict[int, Json] = field(default_factory=dict)
    _seen: list[Row] = field(default_factory=list)
    _doubted: set[int] = field(default_factory=set)

    def look(self, spreadsheet: Spreadsheet, sheet: Sheet, viewer: Viewer, now: float) -> Changes:
        """What is different from the last look."""
        padded = [*sheet.rows, *[()] * (sheet.row_count - len(sheet.rows))]
        moved = self._names.follow(padded)
        self.frozen = _frozen(sheet)
        self.rows = min(sheet.row_count, max(used_rows(sheet), self.frozen) + BLANK_ROWS)
        self.columns = min(sheet.column_count, _width(sheet) + BLANK_COLUMNS)
        fixed = fastened(sheet, self.columns, viewer), self.rows, self.frozen
        all_anew = moved or fixed != self._fastened
        self._fastened = fixed
        drawing = Drawing(Reader(spreadsheet, now), sheet, fixed[0])
        changed: list[Json] = []
        for index, row in enumerate(padded[: self.rows]):
            name = self._names.names[index]
            is_same = index < len(self._seen) and self._seen[index] is row
            doubted = name in self._doubted
            if all_anew or doubted or not is_same or any(cell.formula for cell in row):
                drawn: dict[str, Json] = {"id": name, **drawing.row(index, row)}
                if doubted or self._shown.get(name) != drawn:
                    self._shown[name] = drawn
                    changed.append(drawn)
        self._seen = padded[: self.rows]
        self._doubted.clear()
        return Changes(changed, self._names.names[: self.rows] if all_anew else None)

    def place(self, name: int) -> int | None:
        """Where the row with this name stands now, counted from 0; None if it is gone."""
        try:
            return self._names.names.index(name, 0, self.rows)
        except ValueError:
            return None

    def name(self, place: int) -> int:
        """The name of the row that stands there."""
        return self._names.names[place]

    def doubt(self, name: int) -> None:
        """Show a row anew at the next look, as its page may show something else."""
        self._doubted.add(name)


def _frozen(sheet: Sheet) -> int:
    frozen = sheet.grid.get("frozenRowCount")
    return frozen if isinstance(frozen, int) else 0


def _width(sheet: Sheet) -> int:
    return max(
        (c + 1 for row in sheet.rows for c, cell in enumerate(row) if not cell.is_blank), default=0
    )


def _shows(row: Row) -> bool:
    """An unticked box shows nothing that anybody entered."""
    return any(not cell.is_blank and cell.value is not False for cell in row)


def used_rows(sheet: Sheet) -> int:
    """How many rows there are up to the last in which anybody entered something."""
    filled = (n for n in range(len(sheet.rows), 0, -1) if _shows(sheet.rows[n - 1]))
    return next(filled, 0)
