"""What was read of a tab: headers, rows, status cells, and how a column is found in them."""

from __future__ import annotations

import difflib
import marshal
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from operator import itemgetter
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sheets_sync.domain.columns import Column, Letter
from sheets_sync.domain.mapping import Mapping
from sheets_sync.errors import SourceError

Cell: TypeAlias = str | int | float | bool | None
"""An unformatted cell. None is empty; dates are serial numbers."""

_BY_VALUE = 2
"""The last version of marshal's format in which equal cells are equal bytes: later ones refer back
to objects that were written before."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of one spreadsheet. The gid is its identity, the title only its name today."""

    spreadsheet: str
    gid: int
    title: str
    rows: int = field(default=0, compare=False)
    """How many the grid had when it was described, 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class Book:
    """A spreadsheet apart from its cells."""

    spreadsheet: str
    title: str
    locale: str
    zone: ZoneInfo
    tabs: tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was read from one tab at one moment.

    `lines[0]` is row 1 of the sheet. Lines may be shorter than the grid: trailing empty cells are
    left out by Google. A torn snapshot (`complete` False) proves nothing about absence.
    """

    tab: Tab
    zone: ZoneInfo
    lines: Sequence[Sequence[Cell]]
    complete: bool = True


@dataclass(frozen=True)
class Fetched:
    """What was answered for one tab, not decoded yet: the same digest means the same answer."""

    tab: Tab
    digest: bytes
    decode: Callable[[], Snapshot]

    @cached_property
    def snapshot(self) -> Snapshot:
        """What it says; raises `SourceError` or `TransientError` where it cannot be understood."""
        return self.decode()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a snapshot: a stable key, and a row number that is only a place."""

    key: str | None
    number: int
    cells: tuple[Cell, ...]
    """The cells of the mapping's columns, in the order of `Mapping.columns`."""
    status: str
    """What its status cell shows."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the mapping's columns stand in a snapshot, as indexes from 0."""

    places: MappingOf[Column, int]
    """In the order of `Mapping.columns`."""
    status: int | None
    """None where the status column is not there yet."""
    width: int
    """How many columns the header row fills, those named by letter counted in."""


def header_text(cell: Cell) -> str:
    """A header on one line: line breaks and runs of white space are one space."""
    return "" if cell is None else " ".join(str(cell).split())


def composed(cell: Cell) -> str:
    """A header as it is compared: accents as they are read, however they are written."""
    return unicodedata.normalize("NFC", header_text(cell))


def column_text(column: Column) -> str:
    """A column as a person names it: its header on one line, or `column C`."""
    return header_text(column) if isinstance(column, str) else str(column)


def column_letter(index: int) -> str:
    """The letters of the column at `index`, counted from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def letter_index(letters: str) -> int:
    """The index, counted from 0, of the column with these letters."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def lay_out(mapping: Mapping, snapshot: Snapshot) -> Layout:
    """Find the mapping's columns among the snapshot's headers.

    Raises `SourceError` with every column that is missing or stands twice, the nearest match and
    the headers found.
    """
    header_line = snapshot.lines[mapping.header_row - 1 : mapping.header_row]
    headers = [composed(cell) for cell in header_line[0]] if header_line else []
    problems: list[str] = []
    places: dict[Column, int] = {}
    for column in mapping.columns:
        if isinstance(column, Letter):
            places[column] = letter_index(column.letter)
            continue
        found = [at for at, header in enumerate(headers) if header == composed(column)]
        if len(found) == 1:
            places[column] = found[0]
        elif found:
            letters = " and ".join(column_letter(at) for at in found)
            problems.append(f"header {column!r} stands in {letters}; name one by letter")
        else:
            problems.append(_missing(column, headers))
    status = [at for at, header in enumerate(headers) if header == composed(mapping.status)]
    if len(status) > 1:
        letters = " and ".join(column_letter(at) for at in status)
        problems.append(f"status header {mapping.status!r} stands in {letters}; delete one")
    lettered = {at for column, at in places.items() if isinstance(column, Letter)}
    problems += [
        f"status header {mapping.status!r} stands in {column_letter(at)}, which the mapping reads; "
        "name another column by letter"
        for at in status
        if at in lettered
    ]
    if problems:
        found_headers = ", ".join(repr(header) for header in headers if header) or "none"
        raise SourceError(
            f"tab {snapshot.tab.title!r}, row {mapping.header_row}: {_sentence(problems)} "
            f"Headers found: {found_headers}"
        )
    width = max([len(headers), *(at + 1 for at in lettered)])
    return Layout(places, status[0] if status else None, width)


def _sentence(problems: Sequence[str]) -> str:
    text = "; ".join(problems)
    return text if text.endswith("?") else f"{text}."


def _missing(column: str, headers: Sequence[str]) -> str:
    near = nearest_header(column, headers)
    hint = f"; did you mean {near!r}?" if near else ""
    return f"column {composed(column)!r} not found{hint}"


def nearest_header(wanted: str, headers: Sequence[str]) -> str | None:
    """The header that most looks like the wanted one; None where none does."""
    by_case = {header.casefold(): header for header in headers if header}
    near = difflib.get_close_matches(composed(wanted).casefold(), by_case, n=1)
    return by_case[near[0]] if near else None


def cells_of(layout: Layout, line: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells of the mapping's columns; an empty text is an empty cell."""
    picked = (line[at] if at < len(line) else None for at in layout.places.values())
    return tuple(None if cell == "" else cell for cell in picked)


def digest(revision: str, zone: ZoneInfo, cells: tuple[Cell, ...]) -> str:
    """A cheap hash of a row's mapped raw cells: equal means the same key and the same conversion.

    What decides either and is no cell must be in the revision or in the zone.
    """
    return next(_digests(revision, zone, [tuple("" if c is None else c for c in cells)]))


def line_digests(
    mapping: Mapping,
    layout: Layout,
    revision: str,
    zone: ZoneInfo,
    lines: Iterable[Sequence[Cell]],
) -> Iterator[str]:
    """The digest of each line's mapped cells, that of `cells_of` where no cell is None."""
    places = [layout.places[column] for column in mapping.columns]
    width = max(places) + 1
    wide = (line if len(line) >= width else [*line, *[""] * (width - len(line))] for line in lines)
    picked = map(itemgetter(*places), wide)
    return _digests(revision, zone, picked if len(places) > 1 else zip(picked))


def _digests(revision: str, zone: ZoneInfo, rows: Iterable[tuple[Cell, ...]]) -> Iterator[str]:
    seed = blake2b(f"{revision} {zone.key}".encode(), digest_size=16)
    for cells in rows:
        hashed = seed.copy()
        hashed.update(marshal.dumps(cells, _BY_VALUE))
        yield hashed.hexdigest()
