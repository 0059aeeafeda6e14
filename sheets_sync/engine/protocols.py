"""All that the engine asks of Google and of Arize."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sheets_sync.domain.delivery import Outcome, Post
from sheets_sync.domain.families import File
from sheets_sync.domain.row import Book, Fetched, Snapshot, Tab
from sheets_sync.domain.status import StatusWrite


class Sheets(Protocol):
    """Google Sheets, as far as the engine needs it.

    Every method raises `SourceError` where a person must change something (not shared, deleted,
    tab gone), `PermanentError` where a cell may not be written, and `TransientError` after its own
    bounded retries.
    """

    def describe(self, spreadsheet: str) -> Book:
        """Title, locale, time zone and tabs. One read."""

    def fetch(self, book: Book, tabs: Sequence[Tab]) -> list[Fetched]:
        """All cells of these tabs, unformatted, dates as serial numbers; decoded when asked for.

        One read for all tabs that are small, several for each big one.
        """

    def read_with_status(
        self, book: Book, tabs: Sequence[Tab], metadata_ids: Sequence[int | None]
    ) -> list[tuple[Snapshot, int | None]]:
        """The same, decoded, with the index (from 0) of the column that carries each metadata id.

        One read. The index is None where there is no such column any more.
        """

    def status_protection(self, tab: Tab, index: int | None) -> str:
        """Why this account may not write the column (or add one: None), empty if it may."""

    def add_status_column(self, tab: Tab, header_row: int, index: int, header: str) -> int:
        """Write the header at `index`, widening the grid if needed; returns a metadata id."""

    def mark_status_column(self, tab: Tab, index: int) -> int:
        """Attach developer metadata to an existing column; returns its id. One write."""

    def write_statuses(self, spreadsheet: str, writes: Sequence[StatusWrite]) -> None:
        """Write status cells by their columns' metadata, leaving all others alone. One write."""


class Drive(Protocol):
    """Drive's folders and its list of changes, as one account sees them.

    Every method raises `SourceError` where a person must change something, or where the token is
    refused, and `TransientError` after their own bounded retries.
    """

    account: str

    def spreadsheets_in(self, folder: str) -> list[File]:
        """All spreadsheets that stand right in a folder. One request a page."""

    def start(self) -> str:
        """A token for all changes from now on."""

    def since(self, token: str) -> tuple[frozenset[str], str]:
        """The ids of all files that changed since, and the next token."""


class Arize(Protocol):
    """One Arize endpoint, as far as the engine needs it."""

    def post(self, posts: Sequence[Post]) -> list[Outcome]:
        """Post several rows in one request; one outcome for each, in order. Never raises."""
