"""What `init` sees of a spreadsheet: tabs with their headers, and the look of their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from sheets_sync.domain.columns import Column, Letter
from sheets_sync.domain.forms import SpreadsheetId
from sheets_sync.domain.look import Look, looks_at
from sheets_sync.domain.row import Book, Cell, Snapshot, Tab, column_letter, composed, header_text
from sheets_sync.engine.protocols import Sheets
from sheets_sync.errors import ConfigError, SourceError

MOST_ROWS = 2000
"""So many rows below the headers are looked at."""
_HEADERS_WITHIN = 20
"""Rows at the top, one of which holds the headers."""


@dataclass(frozen=True)
class Seen:
    """A tab with headers, and what its columns look like."""

    tab: Tab
    header_row: int
    looks: tuple[Look, ...]
    places: tuple[int, ...]
    """Where they stand, as indexes from 0."""
    snapshot: Snapshot


def see(sheets: Sheets, book: Book, worksheet: str | int | None) -> Seen:
    """Look at the tab of this title or gid, at the first with headers where none is named.

    Raises `SourceError` where there is none, with the tabs that are there.
    """
    named = [tab for tab in book.tabs if worksheet is None or worksheet in (tab.title, tab.gid)]
    titles = ", ".join(repr(tab.title) for tab in book.tabs)
    for tab in named:
        (fetched,) = sheets.fetch(book, [tab])
        if (top := header_row(fetched.snapshot.lines)) is not None:
            return seen_in(fetched.snapshot, top)
    if worksheet is None:
        raise SourceError(
            f"spreadsheet {book.title!r}: no tab has headers, that is two or more texts side by "
            f"side near its top; tabs: {titles}"
        )
    if named:
        raise SourceError(
            f"tab {named[0].title!r}: has no headers, that is two or more texts side by side in "
            f"one of its first {_HEADERS_WITHIN} rows"
        )
    raise SourceError(f"spreadsheet {book.title!r}: no tab {worksheet!r}; tabs: {titles}")


def seen_in(snapshot: Snapshot, top: int) -> Seen:
    """The tab with its headers in row `top`; columns without header and cells are left out."""
    lines = [*snapshot.lines[top - 1 : top + MOST_ROWS]]
    looks = looks_at(_columns(lines), lines[1:], snapshot.zone)
    places = tuple(at for at, look in enumerate(looks) if look.header or look.cells)
    return Seen(snapshot.tab, top, tuple(looks[at] for at in places), places, snapshot)


def spreadsheet_in(address: str) -> str:
    """The spreadsheet's id in its address; raises `ConfigError` for what is none."""
    try:
        found: str = TypeAdapter(SpreadsheetId).validate_python(address)
    except ValidationError as error:
        said = error.errors(include_url=False)[0]
        raise ConfigError([str(said.get("ctx", {}).get("error", said["msg"]))]) from None
    return found


def gid_in(address: str) -> int | None:
    """The tab's number in the address of a sheet, if it names one."""
    found = re.search(r"[#?&]gid=(\d+)", address)
    return int(found[1]) if found else None


def name_for(book: Book, tab: Tab) -> str:
    """What its mapping is called unless somebody says otherwise."""
    return plain_name(tab.title if len(book.tabs) > 1 else book.title)


def plain_name(title: str) -> str:
    """A title in small letters and digits, its words joined by hyphens."""
    return "-".join(re.findall(r"\w+", title.lower())) or "judgements"


def header_row(lines: Sequence[Sequence[Cell]]) -> int | None:
    """The number of the first row of texts that is at least half as wide as any near the top."""
    filled = [[cell for cell in line if header_text(cell)] for line in lines[:_HEADERS_WITHIN]]
    widest = max(map(len, filled), default=0)
    for number, cells in enumerate(filled, 1):
        is_text = all(isinstance(cell, str) for cell in cells)
        if is_text and len(cells) >= max(2, widest / 2):
            return number
    return None


def _columns(lines: Sequence[Sequence[Cell]]) -> list[Column]:
    """Each column by its header, or by its letter where that is blank or stands twice."""
    width = max(map(len, lines))
    line = [*lines[0], *[None] * (width - len(lines[0]))]
    headers = [composed(cell) for cell in line]
    return [*_by_header_or_letter(headers)]


def _by_header_or_letter(headers: Sequence[str]) -> Iterator[Column]:
    for at, header in enumerate(headers):
        is_plain = header and headers.count(header) == 1
        yield header if is_plain else Letter(letter=column_letter(at))
