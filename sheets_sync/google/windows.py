"""Reads tabs: small ones in one request together, a big one in requests of about 2 MB.

Google recommends at most 2 MB of payload and ends a request after 180 seconds
(developers.google.com/workspace/sheets/api/limits).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from hashlib import blake2b

from gspread.urls import SPREADSHEET_VALUES_BATCH_URL
from gspread.utils import a1_range_to_grid_range, absolute_range_name

from sheets_sync.domain.row import Book, Cell, Fetched, Snapshot, Tab
from sheets_sync.errors import SourceError
from sheets_sync.google import answers
from sheets_sync.google.transport import Transport

RENDER = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
WINDOW_BYTES = 2_000_000
FIRST_WINDOW_ROWS = 16_384
SMALLEST_WINDOW_ROWS = 512
LAST_ROW = 10_000_000
"""No sheet has more cells; Google clips a range that ends outside the grid."""


class Windows:
    """How many rows of each tab are read at once, learnt from how big they were; threads share it.

    `first_rows` is a power of two, as are all that follow: windows keep their places between looks.
    """

    def __init__(self, transport: Transport, first_rows: int = FIRST_WINDOW_ROWS) -> None:
        self._transport = transport
        self._first_rows = first_rows
        self._rows: dict[Tab, int] = {}

    def fetch(self, book: Book, tabs: Sequence[Tab]) -> list[Fetched]:
        """What Google says of these tabs, not decoded yet."""
        together = [tab for tab in tabs if tab.rows <= self._rows_of(tab)]
        found = dict(zip(together, self._fetch_together(book, together), strict=True))
        return [found.get(tab) or self._fetch_in_windows(book, tab) for tab in tabs]

    def _fetch_together(self, book: Book, tabs: Sequence[Tab]) -> list[Fetched]:
        if not tabs:
            return []
        content = self._get(book, [absolute_range_name(tab.title) for tab in tabs])
        if len(content) > 2 * WINDOW_BYTES:
            for tab in tabs:
                self._rows[tab] = max(self._rows_of(tab) // 2, SMALLEST_WINDOW_ROWS)

        @cache
        def decoded() -> list[answers.ValueRange]:
            return self._decoded(book, content, len(tabs))

        def snapshot(at: int, tab: Tab) -> Snapshot:
            return Snapshot(tab, book.zone, lines_of(decoded()[at]))

        digest = blake2b(content).digest()
        return [Fetched(tab, digest, partial(snapshot, at, tab)) for at, tab in enumerate(tabs)]

    def _fetch_in_windows(self, book: Book, tab: Tab) -> Fetched:
        """Windows overlap by one row, so that rows that come or go meanwhile are seen."""
        rows = self._rows_of(tab)
        starts = range(0, tab.rows, rows)
        ends = [*(start + rows + 1 for start in starts[:-1]), LAST_ROW]
        contents = [
            self._get(book, [absolute_range_name(tab.title, f"{start + 1}:{end}")])
            for start, end in zip(starts, ends, strict=True)
        ]
        biggest = max(map(len, contents))
        if biggest > 2 * WINDOW_BYTES:
            self._rows[tab] = max(rows // 2, SMALLEST_WINDOW_ROWS)
        elif biggest < WINDOW_BYTES // 4:
            self._rows[tab] = rows * 2
        digests = b"".join(blake2b(content).digest() for content in contents)

        def snapshot() -> Snapshot:
            lines: list[list[Cell]] = []
            is_complete = True
            for start, content in zip(starts, contents, strict=True):
                (window,) = self._decoded(book, content, 1)
                lines += [[] for _ in range(start + 1 - len(lines))] if start else []
                above = lines.pop() if start else []
                is_complete &= not start or above == (window.values or [[]])[0]
                lines += window.values
            while lines and not lines[-1]:
                lines.pop()
            return Snapshot(tab, book.zone, lines, is_complete)

        return Fetched(tab, digests, snapshot)

    def _rows_of(self, tab: Tab) -> int:
        return self._rows.get(tab, self._first_rows)

    def _get(self, book: Book, ranges: list[str]) -> bytes:
        url = SPREADSHEET_VALUES_BATCH_URL % book.spreadsheet
        return self._transport.request("get", url, params={**RENDER, "ranges": ranges}).content

    def _decoded(self, book: Book, content: bytes, count: int) -> list[answers.ValueRange]:
        url = SPREADSHEET_VALUES_BATCH_URL % book.spreadsheet
        found = self._transport.understood(answers.ValueRanges, content, url).value_ranges
        if len(found) != count:
            raise SourceError(
                f"spreadsheet {book.spreadsheet}: Google answered with {len(found)} of {count} tabs"
            )
        return found


def corner(range_: str) -> tuple[int, int]:
    """Row and column of a range's first cell, counted from 0."""
    grid = a1_range_to_grid_range(range_.rpartition("!")[2])
    return grid.get("startRowIndex", 0), grid.get("startColumnIndex", 0)


def lines_of(values: answers.ValueRange) -> list[list[Cell]]:
    """The lines of a whole tab, however much Google left out above and to the left."""
    above, left = corner(values.range)
    if above or left:
        margin: list[Cell] = [None] * left
        return [[] for _ in range(above)] + [margin + line for line in values.values]
    return values.values
