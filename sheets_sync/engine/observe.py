"""Observe: read a spreadsheet, decide what changed, record it in the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import structlog

from sheets_sync.domain.annotation import Annotation, Target
from sheets_sync.domain.convert import Converter
from sheets_sync.domain.families import with_annotator
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
from sheets_sync.domain.row import Fetched, Layout, Row, Snapshot, lay_out
from sheets_sync.domain.sieve import sift, with_twins, with_unchanged
from sheets_sync.domain.status import status_changes
from sheets_sync.engine.context import Context, Look
from sheets_sync.engine.passes import one_pass
from sheets_sync.engine.reading import read_tabs
from sheets_sync.engine.unknown import contained
from sheets_sync.errors import SourceError, TransientError
from sheets_sync.store import holds, observations, places, statuses
from sheets_sync.store.aside import Version
from sheets_sync.store.database import State
from sheets_sync.store.receipts import receipts_of

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
    layout: Layout
    snapshot: Snapshot
    tab: int | None
    """The tab's number in the store, None where it was never recorded."""
    compared: Sequence[Row]
    """The rows that are not just as they were recorded, and all that share a key with one."""
    plan: Plan
    receipts: dict[Target, Receipt]

    @property
    def rows(self) -> list[Row]:
        """Every row of the snapshot."""
        return rows_of(self.converter, self.layout, self.snapshot)

    @property
    def lost(self) -> int:
        """Rows that the store does not know although their status says that they were synced."""
        unknown = {
            change.number
            for change in self.plan.changes
            if change.before is None and change.kind == "new"
        }
        return sum(
            row.number in unknown and row.status.startswith("Synced") for row in self.compared
        )


@one_pass()
def observe(context: Context, spreadsheet: str, mappings: Sequence[Mapping]) -> list[Observation]:
    """Read all mapped tabs of one spreadsheet in one request, and record what each changes."""
    try:
        with contained(f"spreadsheet {spreadsheet}"):
            reading = read_tabs(context, spreadsheet, mappings)
    except (SourceError, TransientError) as trouble:
        return [_troubled(context, mapping, trouble) for mapping in mappings]
    observed = []
    for mapping in mappings:
        try:
            if mapping.name in reading.troubles:
                raise reading.troubles[mapping.name]
            fetched, zone = reading.fetched[mapping.name], reading.book.zone
            with contained(f"spreadsheet {spreadsheet}"):
                plan = _unchanged(context, mapping, fetched, zone) or _record(
                    context, mapping, fetched
                )
            observed.append(Observation(mapping.name, plan))
        except (SourceError, TransientError) as trouble:
            observed.append(_troubled(context, mapping, trouble))
    return observed


def difference(state: State, mapping: Mapping, snapshot: Snapshot) -> Difference:
    """Decide what a snapshot changes, recording nothing; raises `SourceError` for bad headers."""
    layout = lay_out(mapping, snapshot)
    converter = Converter.of(with_annotator(mapping, snapshot), snapshot.zone)
    with state.reading() as connection:
        tab = places.find_tab_id(connection, mapping.name, snapshot.tab)
        traces = observations.traces(connection, tab) if tab is not None else ()
        sifted = sift(converter, layout, snapshot, traces)
        keys = {row.key for row in sifted.rows if row.key is not None}
        recorded = (
            observations.recorded(connection, tab, keys, sifted.left) if tab is not None else {}
        )
        sifted = with_twins(converter, layout, snapshot, sifted, recorded.values())
        observed = observe_rows(converter, sifted.rows, recorded, complete=snapshot.complete)
        receipts = receipts_of(connection, *_concerned(observed, recorded))
    rows = sifted.rows
    synced = {row.key for row in rows if row.key is not None and row.status.startswith("Synced")}
    compared = decide(observed, recorded, receipts, complete=snapshot.complete, synced=synced)
    plan = with_unchanged(compared, sifted)
    return Difference(converter, layout, snapshot, tab, rows, plan, receipts)


def states_before(context: Context, found: Difference) -> Counter[str]:
    """How many rows stand in each state now."""
    if found.tab is None:
        return Counter()
    with context.state.reading() as connection:
        return observations.states(connection, found.tab)


def states_after(context: Context, found: Difference) -> Counter[str]:
    """How many rows would stand in each state once the plan is recorded."""
    states = states_before(context, found)
    states.subtract(c.before.state for c in found.plan.changes if c.before is not None)
    states.update(change.state for change in found.plan.changes)
    return states


def _unchanged(context: Context, mapping: Mapping, fetched: Fetched, zone: ZoneInfo) -> Plan | None:
    """The plan of the last look where neither sheet nor state have changed since, else None."""
    look = context.looks.get(mapping.name)
    if look is None or look.version is None or look.digest != fetched.digest:
        return None
    if not look.is_of(mapping, fetched, zone):
        return None
    with context.state.writing_aside(look.version) as connection:
        if connection is None:
            return None
        places.note_read(connection, mapping.name, context.clock())
    _log_plan(mapping, look.plan)
    return look.plan


def _record(context: Context, mapping: Mapping, fetched: Fetched) -> Plan:
    state, now, snapshot = context.state, context.clock(), fetched.snapshot
    version = state.version()
    found = difference(state, mapping, snapshot)
    look = context.looks.pop(mapping.name, None)
    is_settled = (
        look is not None
        and look.is_of(mapping, fetched, snapshot.zone)
        and found.plan.is_empty
        and snapshot.complete
        and found.layout.status is not None
        and _note_read_aside(context, mapping, version)
    )
    if not is_settled:
        _write(context, mapping, found, now)
    shows_all = _shows_all(context, found)
    look = Look(mapping, fetched.tab, snapshot.zone, fetched.digest, found.plan, None)
    if is_settled and shows_all:
        look = replace(look, version=version)
    context.looks[mapping.name] = look
    _log_plan(mapping, found.plan)
    return found.plan


def _note_read_aside(context: Context, mapping: Mapping, version: Version) -> bool:
    """Note that the mapping was read, where that is all there is to write."""
    with context.state.writing_aside(version) as connection:
        if connection is None or holds.held_of(connection, mapping.name) is not None:
            return False
        places.note_read(connection, mapping.name, context.clock())
        return True


def _write(context: Context, mapping: Mapping, found: Difference, now: float) -> None:
    state, snapshot = context.state, found.snapshot
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
    if is_mended:
        context.setbacks.pop(mapping.spreadsheet, None)
        log.info("observed again", mapping=mapping.name)
    if is_news:
        if hold:
            log.warning("held", mapping=mapping.name, reason=hold.reason)
        else:
            log.info("no longer held", mapping=mapping.name)


def _shows_all(context: Context, found: Difference) -> bool:
    """Whether every row shows the status that it should; asks for a report where one does not.

    A change is a reason by itself: report computes all statuses anyway.
    """
    snapshot = found.snapshot
    is_changed = any(change.kind != "unchanged" for change in found.plan.changes)
    with context.state.reading() as connection:
        tab = places.find_tab_id(connection, found.converter.mapping.name, snapshot.tab)
        assert tab is not None  # noqa: S101 - it was recorded before
        if not is_changed and found.layout.status is not None:
            standings = statuses.standings(connection, tab)
            if not status_changes(found.converter, found.rows, standings, context.contact):
                return True
    with context.state.writing() as connection:
        places.request_report(connection, [tab])
    return False


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
    context.looks.pop(mapping.name, None)
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
