"""What `plan` says: what would be sent now, row by row, old to new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sheets_sync.domain.annotation import Annotation, MetricValue, Target
from sheets_sync.domain.mapping import Mapping, by_spreadsheet
from sheets_sync.domain.plan import Change, ChangeKind, Receipt
from sheets_sync.engine.context import Context
from sheets_sync.engine.observe import Difference, difference, states_before
from sheets_sync.engine.reading import read_tabs
from sheets_sync.engine.unknown import contained
from sheets_sync.errors import SourceError, TransientError


@dataclass(frozen=True, slots=True)
class Replaced:
    """One value of one row: what Arize holds, None where nothing, and what it would hold."""

    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What would become of one row."""

    number: int
    key: str
    kind: ChangeKind
    record_id: str
    values: tuple[Replaced, ...]
    note: str | None
    """The note, where it would travel too."""
    problems: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedMapping:
    """What would become of one mapping's rows; `trouble` where it cannot be read."""

    name: str
    rows: tuple[PlannedRow, ...] = ()
    unchanged: int = 0
    wrong_before: int = 0
    """Unchanged rows that were wrong at the last pass and are still."""
    vanished: int = 0
    trouble: SourceError | TransientError | None = None


def planned(context: Context, mappings: Sequence[Mapping]) -> list[PlannedMapping]:
    """Read every sheet and decide, recording and sending nothing."""
    plans: list[PlannedMapping] = []
    for spreadsheet, group in by_spreadsheet(mappings).items():
        try:
            with contained(f"spreadsheet {spreadsheet}"):
                reading = read_tabs(context, spreadsheet, group)
        except (SourceError, TransientError) as trouble:
            plans += [PlannedMapping(mapping.name, trouble=trouble) for mapping in group]
            continue
        for mapping in group:
            try:
                if mapping.name in reading.troubles:
                    raise reading.troubles[mapping.name]
                with contained(f"spreadsheet {spreadsheet}"):
                    snapshot = reading.fetched[mapping.name].snapshot
                    found = difference(context.state, mapping, snapshot)
                    plans.append(_planned(context, mapping, found))
            except (SourceError, TransientError) as trouble:
                plans.append(PlannedMapping(mapping.name, trouble=trouble))
    return plans


def _planned(context: Context, mapping: Mapping, found: Difference) -> PlannedMapping:
    plan = found.plan
    shown = [change for change in plan.changes if change.kind != "unchanged"]
    wrong_before = states_before(context, found)["rejected"] - sum(
        change.before is not None and change.before.state == "rejected" for change in plan.changes
    )
    return PlannedMapping(
        mapping.name,
        tuple(_row(change, found.receipts) for change in sorted(shown, key=lambda c: c.number)),
        plan.unchanged + len(plan.changes) - len(shown),
        wrong_before,
        len(plan.vanished) + len(plan.missing),
    )


def _row(change: Change, receipts: dict[Target, Receipt]) -> PlannedRow:
    asked = change.annotation
    return PlannedRow(
        change.number,
        change.key,
        change.kind,
        asked.record_id if asked else "",
        _values(asked, receipts) if asked else (),
        _note(change),
        tuple(str(problem) for problem in change.problems),
        change.kept,
    )


def _values(asked: Annotation, receipts: dict[Target, Receipt]) -> tuple[Replaced, ...]:
    values = []
    for metric in asked.metrics:
        receipt = receipts.get(asked.target(metric))
        if receipt is None or receipt.value.fingerprint != metric.fingerprint:
            values.append(_replaced(receipt, metric))
    return tuple(values)


def _replaced(receipt: Receipt | None, new: MetricValue) -> Replaced:
    """Who judged is named where that is the difference."""
    if receipt is None:
        return Replaced(None, new.shown)
    old = receipt.value
    if old.shown != new.shown:
        return Replaced(old.shown, new.shown)
    return Replaced(f"{old.shown} by {old.updated_by}", f"{new.shown} by {new.updated_by}")


def _note(change: Change) -> str | None:
    if change.annotation is None or change.state != "pending":
        return None
    attempted = change.before.note_attempted if change.before else change.inherited.attempted
    return change.annotation.note if change.annotation.note_fingerprint != attempted else None
