"""What is read of tabs, decoded."""

from __future__ import annotations

from collections.abc import Sequence

from sheets_sync.domain.row import Book, Snapshot, Tab
from sheets_sync.google.sheets import SheetsClient


def snapshots_of(sheets: SheetsClient, book: Book, tabs: Sequence[Tab]) -> list[Snapshot]:
    """The tabs' snapshots, in order."""
    return [fetched.snapshot for fetched in sheets.fetch(book, tabs)]
