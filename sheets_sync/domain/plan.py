"""The pure difference of a snapshot and what is recorded of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from sheets_sync.domain.annotation import Annotation, MetricValue, Target
from sheets_sync.domain.convert import Conversion, Converter, Duplicate, Problem, Rejection, Waiting
from sheets_sync.domain.delivery import State
from sheets_sync.domain.row import Cell, Layout, Row, Snapshot, cells_of, digest, header_text

ChangeKind: TypeAlias = Literal["new", "edited", "unchanged", "cleared", "rejected", "duplicate"]
Withdrawal: TypeAlias = Literal["unticked", "unfinished"]

COMPLETE_SNAPSHOTS_UNTIL_VANISHED = 2


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store holds of one row."""

    id: int
    key: str
    number: int
    digest: str
    state: State
    absences: int
    """In how many complete snapshots in a row it was missing."""
    unsettled: bool
    """An attempt is in flight or unresolved: Arize may hold, or come to hold, what it carried."""
    note_attempted: str | None
    """The fingerprint of the note that was last attempted."""

    @property
    def is_quiet(self) -> bool:
        """Whether a row with this digest is unchanged, without another look at it."""
        return not self.absences and self.state != "orphaned" and "+" not in self.digest


class Notes(NamedTuple):
    """Fingerprints of the note that was attempted last, and of the one that was accepted last."""

    attempted: str | None
    accepted: str | None


NO_NOTES = Notes(None, None)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What Arize accepted last under one target, and for which delivery."""

    value: MetricValue
    at: float
    delivery: int
    notes: Notes
    """What that delivery has noted."""
    unsettled: bool = False
    """That delivery has an attempt whose fate is not known: Arize may hold something else."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One key of a snapshot; `conversion` is None where the digest says that nothing changed."""

    key: str
    numbers: tuple[int, ...]
    digest: str
    conversion: Conversion | Duplicate | None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one row's delivery."""

    kind: ChangeKind
    key: str
    number: int
    digest: str
    state: State
    before: Recorded | None
    annotation: Annotation | None = None
    problems: tuple[Problem, ...] = ()
    kept: tuple[str, ...] = ()
    """What Arize keeps although the row no longer says it."""
    withdrawn: Withdrawal | None = None
    delivered_at: float | None = None
    """When Arize accepted what the row says, where there is nothing left to send."""
    inherited: Notes = NO_NOTES
    """For a row not known before: what the former owner of its targets has noted."""
    is_risky: bool = False
    """Whether the row stops saying something that Arize holds of it; adding is no risk."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one snapshot changes in the store."""

    changes: tuple[Change, ...]
    moved: tuple[tuple[int, int], ...]
    """Delivery and its new row number, where nothing else changed."""
    missing: tuple[Recorded, ...]
    """Absent from this snapshot, not yet often enough to have vanished."""
    vanished: tuple[Recorded, ...]
    returned: tuple[int, ...]
    """Deliveries that were missing and are back as they were."""
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to record."""
        return not (self.changes or self.moved or self.missing or self.vanished or self.returned)

    def count(self, kind: ChangeKind) -> int:
        """How many changes are of this kind."""
        return sum(change.kind == kind for change in self.changes)


def rows_of(converter: Converter, layout: Layout, snapshot: Snapshot) -> list[Row]:
    """The snapshot's rows below its headers that hold anything in a mapped column."""
    first = converter.mapping.header_row
    found = (
        row_of(converter, layout, number, line)
        for number, line in enumerate(snapshot.lines[first:], first + 1)
    )
    return [row for row in found if row is not None]


def row_of(converter: Converter, layout: Layout, number: int, line: Sequence[Cell]) -> Row | None:
    """The row that a line is; None where no mapped column holds anything."""
    cells = cells_of(layout, line)
    seen = line[layout.status] if layout.status is not None and layout.status < len(line) else ""
    status = header_text(seen)
    if status or any(cell is not None and cell is not False for cell in cells):
        return Row(converter.key(cells), number, cells, status)
    return None


def observe_rows(
    converter: Converter,
    rows: Iterable[Row],
    recorded: MappingOf[str, Recorded],
    *,
    complete: bool = True,
) -> list[Observed]:
    """Group rows by key, and convert those whose digest is not the recorded one.

    Left out: rows of a torn snapshot that share their key, since one may be the other, moved.
    """
    observed = []
    for key, group in rows_by_key(rows).items():
        group_digest = digest_of(converter, group)
        if "+" in group_digest and not complete:
            continue
        known = recorded.get(key)
        same = known is not None and known.state != "orphaned" and known.digest == group_digest
        numbers = tuple(row.number for row in group)
        observed.append(
            Observed(key, numbers, group_digest, None if same else converter.unite(group))
        )
    return observed


def rows_by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows that have a key, those with the same one together."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.key is not None:
            groups.setdefault(row.key, []).append(row)
    return groups


def digest_of(converter: Converter, group: Sequence[Row]) -> str:
    """The digest of all that rows with one key hold, in whatever order they stand."""
    digests = [digest(converter.revision, converter.zone, row.cells) for row in group]
    return digests[0] if len(digests) == 1 else "+".join(sorted(set(digests)))


def decide(
    observed: Sequence[Observed],
    recorded: MappingOf[str, Recorded],
    receipts: MappingOf[Target, Receipt],
    *,
    complete: bool,
    synced: AbstractSet[str] = frozenset(),
) -> Plan:
    """Compare. `receipts` must hold those of every target that a changed row names or owns.

    `synced`: keys of rows that the sheet calls synced. Where such a row is not known, its note
    may be at Arize already, so it counts as attempted.
    """
    owned: dict[int, list[tuple[Target, Receipt]]] = {}
    for target, receipt in receipts.items():
        owned.setdefault(receipt.delivery, []).append((target, receipt))
    changes: list[Change] = []
    moved: list[tuple[int, int]] = []
    returned: list[int] = []
    unchanged = 0
    for row in observed:
        known = recorded.get(row.key)
        if row.conversion is not None:
            own = owned.get(known.id, []) if known else []
            change = _change(row, row.conversion, known, receipts, own)
            if change is not None and change.kind == "new" and known is None and row.key in synced:
                change = _without_note(change)
            if change is not None:
                changes.append(change)
        elif known is not None:
            unchanged += 1
            if known.number not in row.numbers:
                moved.append((known.id, row.numbers[0]))
            if known.absences:
                returned.append(known.id)
    present = {row.key for row in observed}
    absent = [
        known
        for known in recorded.values()
        if complete and known.key not in present and known.state != "orphaned"
    ]
    last = COMPLETE_SNAPSHOTS_UNTIL_VANISHED - 1
    return Plan(
        tuple(changes),
        tuple(moved),
        tuple(known for known in absent if known.absences < last),
        tuple(known for known in absent if known.absences >= last),
        tuple(returned),
        unchanged,
    )


def _without_note(change: Change) -> Change:
    noted = change.annotation.note_fingerprint if change.annotation else None
    return replace(change, inherited=Notes(noted, change.inherited.accepted))


def is_satisfied(
    annotation: Annotation, receipts: MappingOf[Target, Receipt], note_attempted: str | None
) -> bool:
    """Whether Arize has accepted all of it already, and its note was tried."""
    are_accepted = all(
        (receipt := receipts.get(annotation.target(metric))) is not None
        and receipt.value.fingerprint == metric.fingerprint
        and not receipt.unsettled
        for metric in annotation.metrics
    )
    return are_accepted and annotation.note_fingerprint in {None, note_attempted}


def _change(
    row: Observed,
    conversion: Conversion | Duplicate,
    known: Recorded | None,
    receipts: MappingOf[Target, Receipt],
    own: list[tuple[Target, Receipt]],
) -> Change | None:
    place = (row.key, row.numbers[0], row.digest)
    match conversion:
        case Rejection(problems=problems):
            return Change(
                "rejected", *place, "rejected", known, problems=problems, is_risky=bool(own)
            )
        case Duplicate(column=column, numbers=numbers):
            listed = " and ".join(str(number) for number in numbers)
            problem = Problem(column, "", f"stands in rows {listed}")
            return Change(
                "duplicate", *place, "rejected", known, problems=(problem,), is_risky=bool(own)
            )
        case Waiting(reason=reason, present=present):
            if known is None or (known.state == "orphaned" and not own):
                return None
            says = {metric.fingerprint for metric in present}
            kept = tuple(r.value.shown for _, r in own if r.value.fingerprint not in says)
            state: State = "delivered" if own else "orphaned"
            return Change(
                "cleared",
                *place,
                state,
                known,
                kept=kept,
                withdrawn=reason,
                is_risky=bool(kept),
            )
        case annotation:
            return _asked(place, annotation, known, receipts, own)


def _asked(
    place: tuple[str, int, str],
    annotation: Annotation,
    known: Recorded | None,
    receipts: MappingOf[Target, Receipt],
    own: list[tuple[Target, Receipt]],
) -> Change:
    claims = annotation.claims
    former = [receipts[target] for target in claims if target in receipts]
    inherited = former[0].notes if former else NO_NOTES
    attempted = inherited.attempted if known is None else known.note_attempted
    kept = tuple(receipt.value.shown for target, receipt in own if target not in claims)
    unsettled = known is not None and known.unsettled
    if is_satisfied(annotation, receipts, attempted) and not unsettled:
        delivered_at = max(receipt.at for receipt in former)
        return Change(
            "unchanged",
            *place,
            "delivered",
            known,
            annotation=annotation,
            kept=kept,
            delivered_at=delivered_at,
            inherited=inherited,
        )
    return Change(
        "edited" if own else "new",
        *place,
        "pending",
        known,
        annotation=annotation,
        kept=kept,
        inherited=inherited,
        is_risky=any(r.value.fingerprint != claims.get(target) for target, r in own)
        or (attempted is not None and annotation.note_fingerprint != attempted),
    )
