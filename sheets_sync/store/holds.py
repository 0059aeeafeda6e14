"""What is held, paused, approved and adopted: the ways a person steps between plan and post."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from sheets_sync.domain.annotation import Annotation, MetricValue
from sheets_sync.domain.hold import Hold, Past, hold_digest
from sheets_sync.domain.plan import COMPLETE_SNAPSHOTS_UNTIL_VANISHED
from sheets_sync.store.contents import annotation_of, value_of
from sheets_sync.store.observations import orphan
from sheets_sync.store.places import request_report
from sheets_sync.store.receipts import write_receipts
from sheets_sync.store.schema import deliveries, holds, mappings, tabs, targets

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Held:
    """A mapping that is held. `since` is in seconds since the epoch."""

    mapping: str
    hold: Hold
    digest: str
    since: float


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One row of a held plan: what Arize holds of it, and what it asks for (None: it is gone)."""

    number: int
    key: str
    holds: tuple[MetricValue, ...]
    asked: Annotation | None


def past(connection: Connection, mapping: str, tab: int, revision: str, now: float) -> Past:
    """What the tab's next plan is held against."""
    approved_at = connection.execute(
        select(mappings.c.approved_at).where(mappings.c.name == mapping)
    ).scalar()
    since = max(now - HOUR, approved_at or 0.0)
    known = held_of(connection, mapping)
    live = deliveries.c.tab_id == tab
    delivered = live & deliveries.c.delivered_at.is_not(None)
    known_revision = connection.execute(select(tabs.c.revision).where(tabs.c.id == tab)).scalar()
    return Past(
        delivered=connection.execute(
            select(func.count()).where(delivered, deliveries.c.state != "orphaned")
        ).scalar_one(),
        changed=_ids(connection, live & (deliveries.c.changed_at > since)),
        held=_ids(connection, delivered & (deliveries.c.state == "held")),
        hold=known.hold if known else None,
        is_reconfigured=known_revision not in (None, revision),
    )


def set_hold(  # noqa: PLR0913, PLR0917 - the columns of one row, and where it stands
    connection: Connection, mapping: str, tab: int, revision: str, hold: Hold | None, now: float
) -> bool:
    """Freeze or free the mapping's deliveries; returns whether that is news."""
    known = held_of(connection, mapping)
    if hold is None:
        if known is not None:
            _free(connection, mapping, tab)
        connection.execute(update(tabs).where(tabs.c.id == tab).values(revision=revision))
        return known is not None
    connection.execute(
        update(deliveries)
        .where(deliveries.c.tab_id == tab, deliveries.c.state == "pending")
        .values(state="held")
    )
    digest = _digest(connection, tab)
    if known is not None and (known.hold, known.digest) == (hold, digest):
        return False
    connection.execute(delete(holds).where(holds.c.mapping == mapping))
    connection.execute(
        insert(holds).values(
            mapping=mapping,
            kind=hold.kind,
            rows=hold.rows,
            digest=digest,
            since=known.since if known else now,
        )
    )
    request_report(connection, [tab])
    return known is None or known.hold != hold


def held_of(connection: Connection, mapping: str) -> Held | None:
    """The mapping's hold, if any."""
    return next((held for held in all_held(connection) if held.mapping == mapping), None)


def all_held(connection: Connection) -> list[Held]:
    """Every mapping that is held."""
    rows = connection.execute(select(holds))
    return [Held(row.mapping, Hold(row.kind, row.rows), row.digest, row.since) for row in rows]


def held_rows(connection: Connection, mapping: str) -> list[HeldRow]:
    """What an approval would send or let go, in the order of the sheet."""
    rows = connection.execute(
        select(deliveries)
        .join(tabs, tabs.c.id == deliveries.c.tab_id)
        .where(tabs.c.mapping == mapping, _is_frozen())
        .order_by(deliveries.c.number)
    ).all()
    return [
        HeldRow(
            row.number,
            row.key,
            tuple(
                value_of(value)
                for value in connection.execute(
                    select(targets.c.value).where(targets.c.delivery_id == row.id)
                ).scalars()
            ),
            annotation_of(row.annotation) if row.state == "held" else None,
        )
        for row in rows
    ]


def approve(connection: Connection, mapping: str, digest: str, now: float) -> bool:
    """Let the held plan go if it is still the one that this digest is of.

    Never that of a lost record: its notes may be at Arize already, and only `adopt` and `resend`
    leave them out.
    """
    known = held_of(connection, mapping)
    if known is None or known.digest != digest or known.hold.kind == "lost":
        return False
    for tab in _tabs(connection, mapping):
        gone = deliveries.c.absences >= COMPLETE_SNAPSHOTS_UNTIL_VANISHED
        orphan(connection, list(_ids(connection, (deliveries.c.tab_id == tab) & gone)))
        _free(connection, mapping, tab)
    _remember_approval(connection, mapping, now)
    return True


def adopt(connection: Connection, mapping: str, now: float) -> int:
    """Record as delivered what the mapping's rows ask for, sending nothing; returns how many."""
    asked = _asking(connection, mapping)
    said = {
        annotation.target(metric): (metric, delivery)
        for delivery, annotation in asked
        for metric in annotation.metrics
    }
    write_receipts(connection, said, now)
    for delivery, _ in asked:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery)
            .values(
                state="delivered",
                delivered_at=now,
                note_attempted=deliveries.c.note_fingerprint,
                note_accepted=deliveries.c.note_fingerprint,
            )
        )
    _end(connection, mapping, now)
    return len(asked)


def resend(connection: Connection, mapping: str, now: float) -> int:
    """Make all that the mapping's rows ask for due, without notes; returns how many."""
    asked = _asking(connection, mapping)
    for delivery, _ in asked:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery)
            .values(
                state="pending",
                attempts=0,
                next_attempt_at=0.0,
                unsettled=True,
                reassert_at=now,
                note_attempted=deliveries.c.note_fingerprint,
                note_accepted=deliveries.c.note_fingerprint,
            )
        )
    _end(connection, mapping, now)
    return len(asked)


def set_paused(connection: Connection, mapping: str, *, paused: bool) -> bool:
    """Stop or resume sending for a mapping; returns whether the state knows it."""
    changed = connection.execute(
        update(mappings).where(mappings.c.name == mapping).values(paused=paused)
    )
    return bool(changed.rowcount)


def _asking(connection: Connection, mapping: str) -> list[tuple[int, Annotation]]:
    rows = connection.execute(
        select(deliveries.c.id, deliveries.c.annotation)
        .join(tabs, tabs.c.id == deliveries.c.tab_id)
        .where(
            tabs.c.mapping == mapping,
            deliveries.c.state.in_(("pending", "held", "failed", "delivered")),
            deliveries.c.annotation.is_not(None),
        )
    )
    return [(row.id, annotation_of(row.annotation)) for row in rows]


def _end(connection: Connection, mapping: str, now: float) -> None:
    for tab in _tabs(connection, mapping):
        _free(connection, mapping, tab)
    _remember_approval(connection, mapping, now)


def _free(connection: Connection, mapping: str, tab: int) -> None:
    connection.execute(delete(holds).where(holds.c.mapping == mapping))
    connection.execute(
        update(deliveries)
        .where(deliveries.c.tab_id == tab, deliveries.c.state == "held")
        .values(state="pending")
    )
    request_report(connection, [tab])


def _remember_approval(connection: Connection, mapping: str, now: float) -> None:
    connection.execute(update(mappings).where(mappings.c.name == mapping).values(approved_at=now))


def _is_frozen() -> ColumnElement[bool]:
    gone = (deliveries.c.absences >= COMPLETE_SNAPSHOTS_UNTIL_VANISHED) & (
        deliveries.c.state != "orphaned"
    )
    return (deliveries.c.state == "held") | gone


def _digest(connection: Connection, tab: int) -> str:
    rows = connection.execute(
        select(
            deliveries.c.key,
            deliveries.c.state,
            deliveries.c.fingerprint,
            deliveries.c.note_fingerprint,
        ).where(deliveries.c.tab_id == tab, _is_frozen())
    )
    return hold_digest(
        (row.key, f"{row.fingerprint} {row.note_fingerprint}" if row.state == "held" else "")
        for row in rows
    )


def _ids(connection: Connection, condition: ColumnElement[bool]) -> frozenset[int]:
    return frozenset(connection.execute(select(deliveries.c.id).where(condition)).scalars())


def _tabs(connection: Connection, mapping: str) -> list[int]:
    return list(connection.execute(select(tabs.c.id).where(tabs.c.mapping == mapping)).scalars())
