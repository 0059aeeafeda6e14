"""Report: hold what is known against what the sheet shows, and write the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from sheets_sync.domain.convert import Converter
from sheets_sync.domain.delivery import growing_wait
from sheets_sync.domain.families import with_annotator
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.plan import rows_of
from sheets_sync.domain.row import Snapshot, lay_out
from sheets_sync.domain.status import StatusWrite, status_changes
from sheets_sync.engine.context import Context, Setback
from sheets_sync.engine.passes import one_pass
from sheets_sync.engine.reading import find_tabs, is_tab_of, recall_book
from sheets_sync.engine.unknown import contained
from sheets_sync.errors import PermanentError, SourceError, TransientError
from sheets_sync.store import statuses
from sheets_sync.store.statuses import DueReport

log = structlog.get_logger(__name__)

UNWRITABLE_LASTS = 3600.0
"""Seconds until a status column that could not be written is tried again."""
LONGEST_PAUSE = 300.0
"""Seconds until a spreadsheet whose statuses could not be written is asked again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A due report with its mapping and what its tab shows now."""

    due: DueReport
    mapping: Mapping
    snapshot: Snapshot
    marked: int | None
    """The index of the column that carries our mark, from 0."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A due report and what is to be written for it."""

    due: DueReport
    mapping: Mapping
    write: StatusWrite


@one_pass()
def report(context: Context, spreadsheet: str, mappings: Sequence[Mapping]) -> None:
    """Bring the status columns of one spreadsheet up to date: one re-read, one write.

    A column that is new or not marked yet is marked first, and read once more: what was read
    before may have moved. What could not be done stays due, and is tried again after growing
    pauses, or once the spreadsheet was observed again.
    """
    if _is_paused(context, spreadsheet):
        return
    try:
        with contained(f"spreadsheet {spreadsheet}"):
            seen = _reread(context, spreadsheet, mappings)
            refused: list[SourceError] = []
            marked = [_mark(context, tab, mappings, refused) for tab in seen]
            if any(marked):
                seen = _reread(context, spreadsheet, mappings)
            decided = [found for tab in seen if (found := _decide(context, tab)) is not None]
            for reported in _write(context, spreadsheet, decided):
                with context.state.writing() as connection:
                    statuses.note_reported(connection, reported.due)
            if refused:
                raise refused[0]
    except (SourceError, TransientError) as trouble:
        _set_back(context, spreadsheet, mappings, trouble)
    else:
        if context.setbacks.pop(spreadsheet, None):
            log.info("statuses written again", spreadsheet=spreadsheet)


def _is_paused(context: Context, spreadsheet: str) -> bool:
    setback = context.setbacks.get(spreadsheet)
    return setback is not None and 0 < setback.until - context.clock() <= LONGEST_PAUSE


def _set_back(
    context: Context,
    spreadsheet: str,
    mappings: Sequence[Mapping],
    trouble: SourceError | TransientError,
) -> None:
    """Pause; what only a person can mend shows in the overview as well."""
    if context.stopping.is_set():
        return
    known = context.setbacks.get(spreadsheet)
    failures = known.failures if known else 0
    until = context.clock() + growing_wait(failures, LONGEST_PAUSE)
    context.setbacks[spreadsheet] = Setback(str(trouble), failures + 1, until)
    if known is None or known.trouble != str(trouble):
        log.warning("statuses not written", spreadsheet=spreadsheet, trouble=str(trouble))
    if isinstance(trouble, SourceError):
        with context.state.writing() as connection:
            names = [mapping.name for mapping in mappings]
            statuses.note_refused(connection, spreadsheet, names, str(trouble))


def _reread(context: Context, spreadsheet: str, mappings: Sequence[Mapping]) -> list[Seen]:
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
    tabs, _ = find_tabs(book, mappings)
    found = [mapping for mapping in wanted if mapping.name in tabs]
    read = context.sheets.read_with_status(
        book,
        [tabs[mapping.name] for mapping in found],
        [due[mapping.name].metadata_id for mapping in found],
    )
    return [
        Seen(due[mapping.name], mapping, snapshot, marked)
        for mapping, (snapshot, marked) in zip(found, read, strict=True)
    ]


def _mark(
    context: Context, seen: Seen, mappings: Sequence[Mapping], refused: list[SourceError]
) -> bool:
    """Make the status column where it is missing, and mark it; whether anything was done.

    A new column stands right of all that any mapping of the tab reads.
    """
    tab, mapping = seen.snapshot.tab, seen.mapping
    try:
        layout = lay_out(mapping, seen.snapshot)
    except SourceError:
        return False  # observe says so; statuses follow once the headers are mended
    try:
        if layout.status is None:
            metadata_id = context.sheets.add_status_column(
                tab, mapping.header_row, _width(seen.snapshot, mappings), mapping.status
            )
        elif seen.marked != layout.status:
            metadata_id = context.sheets.mark_status_column(tab, layout.status)
        else:
            return False
    except SourceError as trouble:
        refused.append(trouble)
        return False
    except PermanentError as error:
        _give_up(context, seen, error)
        return False
    with context.state.writing() as connection:
        statuses.note_marked(connection, seen.due, metadata_id)
    return True


def _width(snapshot: Snapshot, mappings: Sequence[Mapping]) -> int:
    widths = []
    for mapping in mappings:
        if is_tab_of(mapping, snapshot.tab):
            try:
                widths.append(lay_out(mapping, snapshot).width)
            except SourceError:
                continue  # that mapping stands still until its headers are mended
    return max(widths)


def _decide(context: Context, seen: Seen) -> Decided | None:
    """What to write; None where the mark does not stand on the status column just now."""
    try:
        layout = lay_out(seen.mapping, seen.snapshot)
    except SourceError:
        return None
    if layout.status is None or seen.marked != layout.status or seen.due.metadata_id is None:
        return None
    mapping = with_annotator(seen.mapping, seen.snapshot)
    converter = Converter.of(mapping, seen.snapshot.zone)
    rows = rows_of(converter, layout, seen.snapshot)
    with context.state.reading() as connection:
        standings = statuses.standings(connection, seen.due.tab_id)
    changes = status_changes(converter, rows, standings, context.contact)
    write = StatusWrite(seen.snapshot.tab, seen.due.metadata_id, changes)
    return Decided(seen.due, seen.mapping, write)


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


def _give_up(context: Context, report: Seen | Decided, error: PermanentError) -> None:
    if report.due.unwritable != str(error):
        log.warning("status column not written", mapping=report.mapping.name, reason=str(error))
    with context.state.writing() as connection:
        statuses.note_unwritable(connection, report.due, str(error), context.clock())
