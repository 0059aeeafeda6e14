"""Google Sheets, as the engine asks for it: one request for each operation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from gspread.urls import SPREADSHEET_URL
from gspread.utils import absolute_range_name

from sheets_sync.domain.fittings import Fittings
from sheets_sync.domain.provision import Provision
from sheets_sync.domain.row import Book, Fetched, Snapshot, Tab
from sheets_sync.domain.status import StatusWrite
from sheets_sync.errors import PermanentError, SourceError
from sheets_sync.google import answers
from sheets_sync.google.fittings import look_below, read_fittings
from sheets_sync.google.marking import (
    change_once,
    column_range,
    marking,
    new_column,
    new_mark,
)
from sheets_sync.google.provision import carry_out
from sheets_sync.google.transport import Transport
from sheets_sync.google.windows import RENDER, Windows, corner, lines_of

METADATA_KEY = "sheets-sync-status"
"""The key of the developer metadata on a status column."""

_READ_BY_FILTER_URL = SPREADSHEET_URL + "/values:batchGetByDataFilter"
_WRITE_BY_FILTER_URL = SPREADSHEET_URL + "/values:batchUpdateByDataFilter"
_BOOK_FIELDS = (
    "properties(title,locale,timeZone),"
    "sheets.properties(sheetId,title,sheetType,gridProperties.rowCount)"
)
_WIDTH_FIELDS = "sheets.properties(sheetId,gridProperties.columnCount)"
_PROTECTION_FIELDS = (
    "sheets(properties.sheetId,protectedRanges(range,warningOnly,requestingUserCanEdit))"
)


class SheetsClient:
    """The engine's `Sheets` for one account; threads may share it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._windows = Windows(transport)

    @property
    def address(self) -> str | None:
        """The account's e-mail address; None where the credentials do not tell it."""
        return self._transport.account.email

    def describe(self, spreadsheet: str) -> Book:
        """Title, locale, time zone and the tabs that have cells, hidden ones too. One read."""
        found = self._transport.ask(
            answers.Spreadsheet, SPREADSHEET_URL % spreadsheet, params={"fields": _BOOK_FIELDS}
        )
        named = found.properties
        try:
            zone = ZoneInfo(named.time_zone)
        except (KeyError, ValueError, OSError):
            raise SourceError(
                f"spreadsheet {spreadsheet}: its time zone {named.time_zone!r} is unknown here; "
                "choose another in File, Settings"
            ) from None
        tabs = tuple(
            Tab(
                spreadsheet,
                sheet.properties.sheet_id,
                sheet.properties.title,
                sheet.properties.grid_properties.row_count,
            )
            for sheet in found.sheets
            if sheet.properties.sheet_type != "OBJECT"
        )
        return Book(spreadsheet, named.title, named.locale, zone, tabs)

    def fetch(self, book: Book, tabs: Sequence[Tab]) -> list[Fetched]:
        """All cells of these tabs, unformatted, dates as serial numbers; decoded when asked for.

        One read for all tabs that are small, several for each big one.
        """
        return self._windows.fetch(book, tabs)

    def read_with_status(
        self, book: Book, tabs: Sequence[Tab], metadata_ids: Sequence[int | None]
    ) -> list[tuple[Snapshot, int | None]]:
        """The same, decoded, with the index (from 0) of the column that carries each metadata id.

        One read. The index is None where there is no such column any more, or no id was given.
        """
        if not tabs:
            return []
        ranges = [absolute_range_name(tab.title) for tab in tabs]
        filters: list[Mapping[str, object]] = [{"a1Range": name} for name in ranges]
        filters += [_marked(known) for known in metadata_ids if known is not None]
        found = self._transport.ask(
            answers.MatchedRanges,
            _READ_BY_FILTER_URL % book.spreadsheet,
            body={**RENDER, "dataFilters": filters},
        ).value_ranges
        by_range: dict[str, answers.ValueRange] = {}
        columns: dict[int, int] = {}
        for match in found:
            for wanted in match.data_filters:
                if wanted.a1_range is not None:
                    by_range[wanted.a1_range] = match.value_range
                elif wanted.metadata_id is not None:
                    columns[wanted.metadata_id] = corner(match.value_range.range)[1]
        if lacking := [name for name in ranges if name not in by_range]:
            raise SourceError(
                f"spreadsheet {book.spreadsheet}: Google left out tab {', '.join(lacking)}; "
                "it was renamed or deleted"
            )
        return [
            (
                Snapshot(tab, book.zone, lines_of(by_range[name])),
                None if known is None else columns.get(known),
            )
            for tab, name, known in zip(tabs, ranges, metadata_ids, strict=True)
        ]

    def status_protection(self, tab: Tab, index: int | None) -> str:
        """Why this account may not write the column (or add one: None), empty if it may.

        One read. Google leaves `requestingUserCanEdit` out where it is false.
        """
        found = self._transport.ask(
            answers.Protections,
            SPREADSHEET_URL % tab.spreadsheet,
            params={"fields": _PROTECTION_FIELDS},
        )
        if not found.keeping_out(tab.gid, index):
            return ""
        who = self._transport.account.who
        return (
            f"tab {tab.title!r}: the status column is protected; in Data, Protect sheets and "
            f"ranges, let {who} edit it"
        )

    def add_status_column(self, tab: Tab, header_row: int, index: int, header: str) -> int:
        """Insert a column at `index`, mark it and write its header; returns a metadata id.

        A new column, since a free one might have no header and yet an expert's cells below; all
        in one atomic request, so that no half of it can be left behind. One read and one write.
        """
        grid = self._transport.ask(
            answers.Widths, SPREADSHEET_URL % tab.spreadsheet, params={"fields": _WIDTH_FIELDS}
        )
        width = grid.of(tab.gid)
        if width is None:
            raise SourceError(f"spreadsheet {tab.spreadsheet}: tab {tab.title!r} was deleted")
        return self._mark(tab, index, new_column(tab.gid, header_row, index, width, header))

    def mark_status_column(self, tab: Tab, index: int) -> int:
        """Attach developer metadata to an existing column; returns its id. One write."""
        return self._mark(tab, index)

    def write_statuses(self, spreadsheet: str, writes: Sequence[StatusWrite]) -> None:
        """Write status cells by their columns' metadata, leaving all others alone. One write.

        Raises `SourceError` where a column's metadata is gone: the others are written, that one
        must be marked anew.
        """
        writes = [write for write in writes if write.cells]
        if not writes:
            return
        data = [
            {
                "dataFilter": _marked(write.metadata_id),
                "majorDimension": "COLUMNS",
                "values": [[write.cells.get(row) for row in range(1, max(write.cells) + 1)]],
            }
            for write in writes
        ]
        try:
            written = self._transport.ask(
                answers.Written,
                _WRITE_BY_FILTER_URL % spreadsheet,
                body={"valueInputOption": "RAW", "data": data},
            )
        except PermanentError as error:
            raise PermanentError(f"{_refused_tab(str(error), writes)}: {error}") from None
        done = {part.data_filter.metadata_id for part in written.responses if part.updated_range}
        if gone := [write.tab.title for write in writes if write.metadata_id not in done]:
            raise SourceError(
                f"spreadsheet {spreadsheet}: the status column of {', '.join(map(repr, gone))} "
                "has lost its mark; nothing was written there"
            )

    def fittings(self, tab: Tab, header_row: int) -> Fittings:
        """All that a tab has beside contents, but for its cells below the headers. One read."""
        return read_fittings(self._transport, tab, header_row)

    def look_below(
        self, fittings: Fittings, indexes: Sequence[int], *, with_values: bool
    ) -> Fittings:
        """The same with what the cells of these columns have below the headers. One read.

        `with_values` also looks for cells without a header, and counts their columns.
        """
        return look_below(self._transport, fittings, indexes, with_values=with_values)

    def provision(self, spreadsheet: str, provisions: Sequence[Provision]) -> None:
        """Do all steps of these tabs, or none. One write, two where things are taken away."""
        carry_out(self._transport, spreadsheet, provisions)

    def _mark(self, tab: Tab, index: int, before: Sequence[Mapping[str, object]] = ()) -> int:
        metadata_id = new_mark()
        location = {"dimensionRange": column_range(tab.gid, index)}
        mark = marking(metadata_id, METADATA_KEY, location)
        change_once(self._transport, tab.spreadsheet, [*before, mark], metadata_id)
        return metadata_id


def _marked(metadata_id: int) -> Mapping[str, object]:
    return {"developerMetadataLookup": {"metadataId": metadata_id}}


def _refused_tab(said: str, writes: Sequence[StatusWrite]) -> str:
    """Google counts the refused entry: `Invalid data[0]: …`."""
    place = re.search(r"data\[(\d+)\]", said)
    refused = writes[int(place[1])] if place and int(place[1]) < len(writes) else writes[0]
    return f"tab {refused.tab.title!r}"
