"""Several service accounts share the spreadsheets, each as far as it can see them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress

from sheets_sync.domain.fittings import Fittings
from sheets_sync.domain.provision import Provision
from sheets_sync.domain.row import Book, Fetched, Snapshot, Tab
from sheets_sync.domain.status import StatusWrite
from sheets_sync.errors import SourceError
from sheets_sync.google.sheets import SheetsClient


class SpreadSheets:
    """The engine's `Sheets` over one client for each account.

    A spreadsheet's account is drawn by its id, so that a restart draws the same. Where that one
    is refused, `describe` finds another that is not, and all else follows it.
    """

    def __init__(self, clients: Sequence[SheetsClient]) -> None:
        self._clients = tuple(clients)
        self._chosen: dict[str, SheetsClient] = {}

    def describe(self, spreadsheet: str) -> Book:
        """As `SheetsClient.describe`; raises the first account's error where none may see it."""
        first_error: SourceError | None = None
        for client in self._in_order(spreadsheet):
            try:
                book = client.describe(spreadsheet)
            except SourceError as error:
                first_error = first_error or error
            else:
                self._chosen[spreadsheet] = client
                return book
        assert first_error is not None  # noqa: S101 - there is at least one account
        raise first_error

    def fetch(self, book: Book, tabs: Sequence[Tab]) -> list[Fetched]:
        """As `SheetsClient.fetch`."""
        return self._of(book.spreadsheet).fetch(book, tabs)

    def read_with_status(
        self, book: Book, tabs: Sequence[Tab], metadata_ids: Sequence[int | None]
    ) -> list[tuple[Snapshot, int | None]]:
        """As `SheetsClient.read_with_status`."""
        return self._of(book.spreadsheet).read_with_status(book, tabs, metadata_ids)

    def status_protection(self, tab: Tab, index: int | None) -> str:
        """As `SheetsClient.status_protection`."""
        return self._of(tab.spreadsheet).status_protection(tab, index)

    def add_status_column(self, tab: Tab, header_row: int, index: int, header: str) -> int:
        """As `SheetsClient.add_status_column`."""
        return self._of(tab.spreadsheet).add_status_column(tab, header_row, index, header)

    def mark_status_column(self, tab: Tab, index: int) -> int:
        """As `SheetsClient.mark_status_column`."""
        return self._of(tab.spreadsheet).mark_status_column(tab, index)

    def write_statuses(self, spreadsheet: str, writes: Sequence[StatusWrite]) -> None:
        """As `SheetsClient.write_statuses`."""
        self._of(spreadsheet).write_statuses(spreadsheet, writes)

    def writers(self, spreadsheet: str) -> list[str]:
        """The known addresses of all accounts that may open it. One read for each further one."""
        known = {self._of(spreadsheet): self._of(spreadsheet).address}
        for client in self._clients:
            if client not in known:
                with suppress(SourceError):
                    client.describe(spreadsheet)
                    known[client] = client.address
        return [address for address in known.values() if address is not None]

    def fittings(self, tab: Tab, header_row: int) -> Fittings:
        """As `SheetsClient.fittings`."""
        return self._of(tab.spreadsheet).fittings(tab, header_row)

    def look_below(
        self, fittings: Fittings, indexes: Sequence[int], *, with_values: bool
    ) -> Fittings:
        """As `SheetsClient.look_below`."""
        client = self._of(fittings.tab.spreadsheet)
        return client.look_below(fittings, indexes, with_values=with_values)

    def provision(self, spreadsheet: str, provisions: Sequence[Provision]) -> None:
        """As `SheetsClient.provision`."""
        self._of(spreadsheet).provision(spreadsheet, provisions)

    def _of(self, spreadsheet: str) -> SheetsClient:
        return self._chosen.get(spreadsheet) or self._in_order(spreadsheet)[0]

    def _in_order(self, spreadsheet: str) -> list[SheetsClient]:
        drawn = zlib.crc32(spreadsheet.encode()) % len(self._clients)
        return [*self._clients[drawn:], *self._clients[:drawn]]
