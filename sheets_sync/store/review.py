"""What people look up in the state, and the few things that they may change in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.delivery import State
from sheets_sync.store.contents import annotation_of
from sheets_sync.store.places import request_report
from sheets_sync.store.schema import attempts, deliveries, holds, mappings, outages, tabs


@dataclass(frozen=True, slots=True)
class MappingCounts:
    """One mapping as the state knows it. Times are seconds since the epoch."""

    name: str
    read_at: float | None
    trouble: str
    states: dict[State, int]
    unwritable: str
    needs_person: bool
    """Whether the trouble lasts until somebody does something."""
    paused: bool


@dataclass(frozen=True, slots=True)
class Outage:
    """Why an endpoint, or one model of it, is not drained now."""

    endpoint: str
    model_id: str
    until: float
    message: str
    needs_person: bool


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One try, and what came of it; `outcome` is None while it is in flight."""

    id: str
    intended_at: float
    answered_at: float | None
    outcome: str | None
    message: str
    annotation: Annotation
    with_note: bool


@dataclass(frozen=True, slots=True)
class PastDelivery:
    """One row's delivery with all its attempts, oldest first."""

    mapping: str
    tab: str
    number: int
    key: str
    state: State
    observed_at: float
    delivered_at: float | None
    problems: str
    message: str
    asked: Annotation | None
    attempts: tuple[PastAttempt, ...]


def mapping_counts(connection: Connection) -> dict[str, MappingCounts]:
    """All mappings that were ever looked at."""
    counts: defaultdict[str, Counter[State]] = defaultdict(Counter)
    in_order = (deliveries.c.endpoint, deliveries.c.state, deliveries.c.tab_id)  # of an index
    grouped = select(*in_order, func.count().label("rows")).group_by(*in_order).subquery()
    found = select(tabs.c.mapping, grouped.c.state, grouped.c.rows)
    for name, state, rows in connection.execute(found.join(grouped, grouped.c.tab_id == tabs.c.id)):
        counts[name][state] += rows
    refused = select(tabs.c.mapping, tabs.c.unwritable).where(tabs.c.unwritable != "")
    unwritable = {row.mapping: row.unwritable for row in connection.execute(refused)}
    return {
        row.name: MappingCounts(
            row.name,
            row.read_at,
            row.trouble,
            dict(counts[row.name]),
            unwritable.get(row.name, ""),
            row.needs_person,
            row.paused,
        )
        for row in connection.execute(select(mappings))
    }


def current_outages(connection: Connection) -> list[Outage]:
    """Every endpoint and model that is not drained now."""
    rows = connection.execute(select(outages))
    return [
        Outage(row.endpoint, row.model_id, row.until, row.message, row.needs_person) for row in rows
    ]


def past_deliveries(connection: Connection, key: str) -> list[PastDelivery]:
    """Every delivery of the row with this key or of this record."""
    rows = connection.execute(
        select(deliveries, tabs.c.mapping, tabs.c.title)
        .join(tabs, tabs.c.id == deliveries.c.tab_id)
        .where(or_(deliveries.c.key == key, deliveries.c.record_id == key))
        .order_by(deliveries.c.id)
    ).all()
    return [
        PastDelivery(
            mapping=row.mapping,
            tab=row.title,
            number=row.number,
            key=row.key,
            state=row.state,
            observed_at=row.observed_at,
            delivered_at=row.delivered_at,
            problems=row.problems,
            message=row.message,
            asked=annotation_of(row.annotation) if row.annotation else None,
            attempts=_attempts(connection, row.id),
        )
        for row in rows
    ]


def retry(connection: Connection, *, key: str | None, mapping: str | None, note: bool) -> list[str]:
    """Make failed and waiting deliveries due now; with `note`, notes that may be missing too.

    Endpoints that are out are asked again at once.    Returns the keys of what is due again.
    """
    stuck: ColumnElement[bool] = or_(
        deliveries.c.state == "failed",
        and_(deliveries.c.state == "pending", deliveries.c.next_attempt_at > 0),
    )
    if note:
        unsure = deliveries.c.note_attempted.is_distinct_from(deliveries.c.note_accepted)
        stuck = or_(stuck, and_(unsure, deliveries.c.state == "delivered"))
    held = select(holds.c.mapping)
    chosen = [stuck, tabs.c.mapping.not_in(held)]
    if key is not None:
        chosen.append(or_(deliveries.c.key == key, deliveries.c.record_id == key))
    if mapping is not None:
        chosen.append(tabs.c.mapping == mapping)
    rows = connection.execute(
        select(deliveries.c.id, deliveries.c.key, deliveries.c.tab_id)
        .join(tabs, tabs.c.id == deliveries.c.tab_id)
        .where(*chosen)
    ).all()
    fresh: dict[str, object] = {
        "state": "pending",
        "attempts": 0,
        "first_tried_at": None,
        "next_attempt_at": 0.0,
        "message": "",
    }
    for row in rows:
        again = fresh | ({"note_attempted": deliveries.c.note_accepted} if note else {})
        connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(**again))
    connection.execute(update(outages).values(until=0.0))
    request_report(connection, {row.tab_id for row in rows})
    return [row.key for row in rows]


def _attempts(connection: Connection, delivery: int) -> tuple[PastAttempt, ...]:
    rows = connection.execute(
        select(attempts).where(attempts.c.delivery_id == delivery).order_by(attempts.c.intended_at)
    )
    return tuple(
        PastAttempt(
            row.id,
            row.intended_at,
            row.answered_at,
            row.outcome,
            row.message,
            annotation_of(row.annotation),
            row.note_fingerprint is not None,
        )
        for row in rows
    )
