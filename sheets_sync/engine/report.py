"""Report: hold what is known against what the sheet shows, and write the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from sheets_sync.domain.convert import Converter
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.plan import rows_of
from sheets_sync.domain.row import Snapshot, Tab, lay_out
from sheets_sync.domain.status import StatusWrite, status_changes
from sheets_sync.engine.context import Context
from sheets_sync.engine.reading import find_tabs, recall_book
from sheets_sync.errors import PermanentError, SourceError, TransientError
from sheets_sync.store import statuses
from sheets_sync.store.statuses import DueReport

log = structlog.get_logger(__name__)

UNWRITABLE_LASTS = 3600.0
"""Seconds until a status column that could not be written is tried again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A due report with its mapping and its tab."""

    due: DueReport
    mapping: Mapping
    tab: Tab


@dataclass(frozen=True, slots=True)
class Decided:
    """A due report and what is to be written for it."""

    due: DueReport
    mapping: Mapping
    write: StatusWrite


def report(context: Context, spreadsheet: str, mappings: Sequence[Mapping]) -> None:
    """Bring the status columns of one spreadsheet up to date: one re-read, one write.

    What could not be done stays due; the next pass tries it again.
    """
    try:
        reports = [
            decided
            for report, snapshot, column in _reread(context, spreadsheet, mappings)
            if (decided := _decide(context, report, snapshot, column)) is not None
        ]
        for reported in _write(context, spreadsheet, reports):
            with context.state.writing() as connection:
                statuses.note_reported(connection, reported.due, reported.write.metadata_id)
    except (SourceError, TransientError) as trouble:
        log.warning("statuses not written", spreadsheet=spreadsheet, trouble=str(trouble))


def _reread(
    context: Context, spreadsheet: str, mappings: Sequence[Mapping]
) -> list[tuple[Wanted, Snapshot, int | None]]:
    with context.state.reading() as connection:
        due = {report.mapping: report for report in statuses.due_reports(connection, spreadsheet)}
    now = context.clock()
    wanted = [
        mapping
        for mapping in mappings
        if mapping.name in due and not _is_unwritable(due[mapping.name], now)
    ]
    if not wanted:
        return []
    book, _ = recall_book(context, spreadsheet)
    tabs, _ = find_tabs(book, wanted)
    reports = [
        Wanted(due[mapping.name], mapping, tabs[mapping.name])
        for mapping in wanted
        if mapping.name in tabs
    ]
    read = context.sheets.read_with_status(
        book, [report.tab for report in reports], [report.due.metadata_id for report in reports]
    )
    return [(report, *found) for report, found in zip(reports, read, strict=True)]


def _decide(
    context: Context, report: Wanted, snapshot: Snapshot, column: int | None
) -> Decided | None:
    mapping = report.mapping
    try:
        layout = lay_out(mapping, snapshot)
    except SourceError:
        return None  # observe says so; statuses follow once the headers are mended
    converter = Converter.of(mapping, snapshot.zone)
    rows = rows_of(converter, layout, snapshot)
    with context.state.reading() as connection:
        standings = statuses.standings(connection, report.due.tab_id)
    changes = status_changes(converter, rows, standings, context.contact)
    metadata_id = report.due.metadata_id
    try:
        if layout.status is None:
            metadata_id = context.sheets.add_status_column(
                snapshot.tab, mapping.header_row, layout.width, mapping.status
            )
        elif metadata_id is None or column != layout.status:
            metadata_id = context.sheets.mark_status_column(snapshot.tab, layout.status)
    except PermanentError as error:
        _give_up(context, report, error)
        return None
    return Decided(report.due, mapping, StatusWrite(snapshot.tab, metadata_id, changes))


def _write(context: Context, spreadsheet: str, reports: Sequence[Decided]) -> list[Decided]:
    """Write all in one request, or tab by tab where one of them may not be written."""
    writes = [report.write for report in reports if report.write.cells]
    if not writes:
        return list(reports)
    try:
        context.sheets.write_statuses(spreadsheet, writes)
    except PermanentError as error:
        if len(reports) == 1:
            _give_up(context, reports[0], error)
            return []
        return [done for report in reports for done in _write(context, spreadsheet, [report])]
    return list(reports)


def _is_unwritable(report: DueReport, now: float) -> bool:
    return report.unwritable_at is not None and now - report.unwritable_at < UNWRITABLE_LASTS


def _give_up(context: Context, report: Wanted | Decided, error: PermanentError) -> None:
    if not report.due.unwritable:
        log.warning("status column not written", mapping=report.mapping.name, reason=str(error))
    with context.state.writing() as connection:
        statuses.note_unwritable(connection, report.due, str(error), context.clock())
