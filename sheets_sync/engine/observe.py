"""Observe: read a spreadsheet, decide what changed, record it in the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from sheets_sync.domain.annotation import Annotation, Target
from sheets_sync.domain.convert import Converter
from sheets_sync.domain.hold import judge
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.plan import (
    Observed,
    Plan,
    Receipt,
    Recorded,
    decide,
    observe_rows,
    rows_of,
)
from sheets_sync.domain.row import Row, Snapshot, lay_out
from sheets_sync.domain.status import status_changes
from sheets_sync.engine.context import Context
from sheets_sync.engine.reading import read_tabs
from sheets_sync.errors import SourceError, TransientError
from sheets_sync.store import holds, observations, places, statuses
from sheets_sync.store.database import State

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one mapping's look at its tab came to. `plan` is None where it failed."""

    mapping: str
    plan: Plan | None
    trouble: SourceError | TransientError | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One snapshot held against the store, with all that went into it."""

    converter: Converter
    rows: Sequence[Row]
    has_status_column: bool
    plan: Plan
    receipts: dict[Target, Receipt]
    recorded: dict[str, Recorded]

    @property
    def states(self) -> Counter[str]:
        """How many rows would stand in each state once the plan is recorded."""
        states = {known.key: known.state for known in self.recorded.values()}
        states |= {change.key: change.state for change in self.plan.changes}
        return Counter(states.values())

    @property
    def lost(self) -> int:
        """Rows that the store does not know although their status says that they were synced."""
        unknown = {
            change.number
            for change in self.plan.changes
            if change.before is None and change.kind == "new"
        }
        return sum(row.number in unknown and row.status.startswith("Synced") for row in self.rows)


def observe(context: Context, spreadsheet: str, mappings: Sequence[Mapping]) -> list[Observation]:
    """Read all mapped tabs of one spreadsheet in one request, and record what each changes."""
    try:
        reading = read_tabs(context, spreadsheet, mappings)
    except (SourceError, TransientError) as trouble:
        return [_troubled(context, mapping, trouble) for mapping in mappings]
    observed = []
    for mapping in mappings:
        try:
            if mapping.name in reading.troubles:
                raise reading.troubles[mapping.name]
            plan = _record(context, mapping, reading.snapshots[mapping.name])
            observed.append(Observation(mapping.name, plan))
        except SourceError as trouble:
            observed.append(_troubled(context, mapping, trouble))
    return observed


def difference(state: State, mapping: Mapping, snapshot: Snapshot) -> Difference:
    """Decide what a snapshot changes, recording nothing; raises `SourceError` for bad headers."""
    layout = lay_out(mapping, snapshot)
    converter = Converter.of(mapping, snapshot.zone)
    rows = rows_of(converter, layout, snapshot)
    with state.reading() as connection:
        tab = places.find_tab_id(connection, mapping.name, snapshot.tab)
        recorded = observations.recorded(connection, tab) if tab is not None else {}
        observed = observe_rows(converter, rows, recorded)
        receipts = observations.receipts(connection, *_concerned(observed, recorded))
    synced = {row.key for row in rows if row.key is not None and row.status.startswith("Synced")}
    plan = decide(observed, recorded, receipts, complete=snapshot.complete, synced=synced)
    return Difference(converter, rows, layout.status is not None, plan, receipts, recorded)


def _record(context: Context, mapping: Mapping, snapshot: Snapshot) -> Plan:
    state, now = context.state, context.clock()
    found = difference(state, mapping, snapshot)
    plan, revision = found.plan, found.converter.revision
    with state.writing() as connection:
        tab = places.tab_id(connection, mapping.name, snapshot.tab, snapshot.zone)
        past = holds.past(connection, mapping.name, tab, revision, now)
        hold = judge(plan, past, found.lost, context.hold)
        if not plan.is_empty:
            observations.record_plan(connection, tab, plan, now, held=hold is not None)
        is_news = holds.set_hold(connection, mapping.name, tab, revision, hold, now)
        observations.retire_other_tabs(connection, mapping.name, tab)
        is_mended = places.note_read(connection, mapping.name, now)
    with state.reading() as connection:
        standings = statuses.standings(connection, tab)
    changes = status_changes(found.converter, found.rows, standings, context.contact)
    if changes or not found.has_status_column:
        with state.writing() as connection:
            places.request_report(connection, [tab])
    if is_mended:
        log.info("observed again", mapping=mapping.name)
    _log_plan(mapping, plan)
    if is_news:
        if hold:
            log.warning("held", mapping=mapping.name, reason=hold.reason)
        else:
            log.info("no longer held", mapping=mapping.name)
    return plan


def _concerned(
    observed: Sequence[Observed], recorded: dict[str, Recorded]
) -> tuple[set[Target], set[int]]:
    """The targets that changed rows name, and the deliveries whose receipts they may have."""
    changed = [row for row in observed if row.conversion is not None]
    named = {
        target
        for row in changed
        if isinstance(row.conversion, Annotation)
        for target in row.conversion.claims
    }
    return named, {recorded[row.key].id for row in changed if row.key in recorded}


def _troubled(
    context: Context, mapping: Mapping, trouble: SourceError | TransientError
) -> Observation:
    if context.stopping.is_set():
        return Observation(mapping.name, None, trouble)
    with context.state.writing() as connection:
        is_news = places.note_trouble(
            connection,
            mapping.name,
            str(trouble),
            context.clock(),
            needs_person=isinstance(trouble, SourceError),
        )
    if is_news:
        log.warning("not observed", mapping=mapping.name, trouble=str(trouble))
    return Observation(mapping.name, None, trouble)


def _log_plan(mapping: Mapping, plan: Plan) -> None:
    if plan.is_empty:
        log.debug("nothing changed", mapping=mapping.name, rows=plan.unchanged)
        return
    log.info(
        "observed",
        mapping=mapping.name,
        new=plan.count("new"),
        edited=plan.count("edited"),
        rejected=plan.count("rejected") + plan.count("duplicate"),
        cleared=plan.count("cleared"),
        vanished=len(plan.vanished),
    )
