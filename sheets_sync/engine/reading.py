"""Finds the mapped tabs of a spreadsheet and reads them, all in one request."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from sheets_sync.domain.mapping import Gid, Mapping
from sheets_sync.domain.row import Book, Fetched, Snapshot, Tab
from sheets_sync.engine.context import Context
from sheets_sync.engine.protocols import Sheets
from sheets_sync.errors import SourceError
from sheets_sync.store.places import known_book, remember_book

BOOK_LASTS = 3600.0
"""Seconds until title, time zone and tabs are described again although nothing failed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a spreadsheet gave: each mapping's tab, or why there is none."""

    book: Book
    fetched: dict[str, Fetched]
    troubles: dict[str, SourceError]

    @property
    def snapshots(self) -> dict[str, Snapshot]:
        """All that was fetched, decoded."""
        return {name: fetched.snapshot for name, fetched in self.fetched.items()}


def read_tabs(context: Context, spreadsheet: str, mappings: Sequence[Mapping]) -> Reading:
    """Read the tab of each mapping; one request unless tabs came, went or were renamed."""
    book, fresh = recall_book(context, spreadsheet)
    found, troubles = find_tabs(book, mappings)
    if troubles and not fresh:
        book, fresh = describe(context, spreadsheet), True
        found, troubles = find_tabs(book, mappings)
    try:
        read = _read(context.sheets, book, found)
    except SourceError:
        if fresh:
            raise
        book = describe(context, spreadsheet)
        found, troubles = find_tabs(book, mappings)
        read = _read(context.sheets, book, found)
    return Reading(book, {name: read[tab] for name, tab in found.items()}, troubles)


def recall_book(context: Context, spreadsheet: str) -> tuple[Book, bool]:
    """The spreadsheet's description, and whether it was fetched just now."""
    with context.state.reading() as connection:
        known = known_book(connection, spreadsheet)
    if known is not None and context.clock() - known.read_at < BOOK_LASTS:
        return known.book, False
    return describe(context, spreadsheet), True


def describe(context: Context, spreadsheet: str) -> Book:
    """Fetch the spreadsheet's description and keep it."""
    book = context.sheets.describe(spreadsheet)
    with context.state.writing() as connection:
        remember_book(connection, book, context.clock())
    return book


def find_tabs(
    book: Book, mappings: Sequence[Mapping]
) -> tuple[dict[str, Tab], dict[str, SourceError]]:
    """Each mapping's tab by the mapping's name, and what is wrong where it has none."""
    found: dict[str, Tab] = {}
    troubles: dict[str, SourceError] = {}
    columns: dict[tuple[Tab, str], str] = {}
    for mapping in mappings:
        try:
            tab = find_tab(book, mapping)
        except SourceError as trouble:
            troubles[mapping.name] = trouble
            continue
        owner = columns.setdefault((tab, mapping.status), mapping.name)
        if owner == mapping.name:
            found[mapping.name] = tab
        else:
            troubles[mapping.name] = SourceError(
                f"tab {tab.title!r}: mapping {owner!r} has the status column "
                f"{mapping.status!r} already; give this one another `status`"
            )
    return found, troubles


def is_tab_of(mapping: Mapping, tab: Tab) -> bool:
    """Whether the mapping names this tab of its spreadsheet, by title or by gid."""
    wanted = mapping.worksheet
    return tab.gid == wanted.gid if isinstance(wanted, Gid) else tab.title == wanted


def find_tab(book: Book, mapping: Mapping) -> Tab:
    """The mapping's tab; raises `SourceError` with the tabs there are."""
    wanted = mapping.worksheet
    for tab in book.tabs:
        if is_tab_of(mapping, tab):
            return tab
    titles = [tab.title for tab in book.tabs]
    named = f"gid {wanted.gid}" if isinstance(wanted, Gid) else repr(wanted)
    near = difflib.get_close_matches(wanted, titles, n=1) if isinstance(wanted, str) else []
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise SourceError(
        f"spreadsheet {book.title!r}: tab {named} not found{hint} "
        f"Tabs found: {', '.join(map(repr, titles))}"
    )


def _read(sheets: Sheets, book: Book, found: dict[str, Tab]) -> dict[Tab, Fetched]:
    tabs = list(dict.fromkeys(found.values()))
    return dict(zip(tabs, sheets.fetch(book, tabs), strict=True)) if tabs else {}
