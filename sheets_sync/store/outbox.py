"""What deliver takes from the outbox: whose turn it is, what is due, and the intent to post it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Float,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    update,
)

from sheets_sync.domain.annotation import Annotation, Target
from sheets_sync.domain.delivery import Post
from sheets_sync.domain.plan import is_satisfied
from sheets_sync.store.contents import annotation_from, annotation_of, same_target
from sheets_sync.store.places import request_report
from sheets_sync.store.prepared import for_each, rows_of
from sheets_sync.store.receipts import receipts_of, take_over
from sheets_sync.store.schema import (
    attempts,
    claims,
    deliveries,
    mappings,
    outages,
    tabs,
)


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that may be posted now."""

    id: int
    tab_id: int
    annotation: Annotation
    fingerprint: str
    note: str | None
    """The note's fingerprint, None without one."""
    unsettled: bool
    note_attempted: str | None
    is_noted: bool
    """A note was sent to its record, or may have been, by whatever row."""
    alone: bool
    """As that of its post."""


class Taken(NamedTuple):
    """What is to be posted now, and the tab that was served last."""

    posts: list[Post]
    turn: int


class Room(NamedTuple):
    """How many requests may be made now, and how many rows fit into one."""

    requests: int
    rows: int


def take(connection: Connection, endpoint: str, room: Room, served: int, now: float) -> Taken:
    """Record the intent to post what fits; a row that goes alone takes up a request.

    The tabs that have something due share the room, those after the one served last first.
    """
    posts: list[Post] = []
    left = room.requests * room.rows
    tabs_left = waiting_tabs(connection, endpoint, now) if left else []
    while tabs_left and left > 0:
        share = max(1, left // len(tabs_left))
        for tab in _in_turn(tabs_left, served)[:left]:
            found = _fitting(due(connection, endpoint, tab, share, now), left, room.rows)
            intended = intend(connection, found, now)
            left -= sum(room.rows if post.alone else 1 for post in intended)
            posts += intended
            served = tab
            if len(found) < share:
                tabs_left.remove(tab)
    return Taken(posts, served)


def _fitting(found: Sequence[Due], left: int, rows: int) -> list[Due]:
    fitting = []
    for entry in found:
        left -= rows if entry.alone else 1
        if left < 0:
            break
        fitting.append(entry)
    return fitting


def _in_turn(waiting: Sequence[int], served: int) -> list[int]:
    return [tab for tab in waiting if tab > served] + [tab for tab in waiting if tab <= served]


def waiting_tabs(connection: Connection, endpoint: str, now: float) -> list[int]:
    """The tabs, in order, that may have something to post to this endpoint."""
    return [
        row.id for row in rows_of(connection, _WAITING_TABS, {"endpoint": endpoint, "now": now})
    ]


def due(connection: Connection, endpoint: str, tab: int, limit: int, now: float) -> list[Due]:
    """What one tab may post now, one delivery of a record.

    First what must be asserted again, then the newest edits, so that they overtake a backlog.
    """
    asked = {"endpoint": endpoint, "tab": tab, "now": now, "limit": limit}
    rows = [
        *rows_of(connection, _DUE_AGAIN, asked),
        *rows_of(connection, _DUE, asked),
    ]
    found = (
        Due(
            row.id,
            tab,
            annotation_from(row.annotation),
            row.fingerprint,
            row.note_fingerprint,
            bool(row.unsettled),
            row.note_attempted,
            bool(row.is_noted),
            row.reassert_at is not None,
        )
        for row in rows
    )
    return list({entry.annotation.record_id: entry for entry in found}.values())[:limit]


def intend(connection: Connection, entries: Iterable[Due], now: float) -> list[Post]:
    """Record the intent to post these; what Arize has accepted already needs no post."""
    listed = _with_notes_in_doubt(connection, list(entries))
    held = receipts_of(connection, {target for e in listed for target in e.annotation.targets})
    exchange = uuid.uuid4().hex
    posted: dict[int, Post] = {}
    for entry in listed:
        annotation = entry.annotation
        if not entry.unsettled and is_satisfied(annotation, held, entry.note_attempted):
            accepted_at = max(held[target].at for target in annotation.targets)
            _adopt(connection, entry, accepted_at)
        else:
            with_note = entry.note is not None and entry.note != entry.note_attempted
            posted[entry.id] = Post(f"{exchange}-{entry.id}", annotation, with_note, entry.alone)
    intents = [
        {"attempt": post.attempt, "delivery": delivery, "with_note": post.with_note, "now": now}
        for delivery, post in posted.items()
    ]
    for_each(connection, _INTEND, intents)
    for_each(connection, _MARK_IN_FLIGHT, intents)
    return list(posted.values())


def _with_notes_in_doubt(connection: Connection, entries: list[Due]) -> list[Due]:
    """The entries, where a note counts as attempted that a former owner may have sent already.

    That is for a row which was never posted itself; later its own attempts are what counts.
    """
    noted = [
        entry for entry in entries if entry.is_noted and entry.note and entry.note_attempted is None
    ]
    if not noted:
        return entries
    asked = {
        "endpoint": noted[0].annotation.endpoint,
        "records": [entry.annotation.record_id for entry in noted],
    }
    noted_by_others: dict[tuple[Target, str], bool] = {}
    for row in connection.execute(_NOTES_IN_DOUBT, asked):
        for target in annotation_of(row.annotation).claims:
            known = (target, row.note_fingerprint)
            is_there = row.outcome == "accepted"
            noted_by_others[known] = noted_by_others.get(known, False) or is_there
    if not noted_by_others:
        return entries
    tried = set(connection.execute(_EVER_TRIED, {"ids": [entry.id for entry in noted]}).scalars())
    attempted = {
        entry.id: [
            noted_by_others[target, entry.note]
            for target in entry.annotation.claims
            if entry.note is not None and (target, entry.note) in noted_by_others
        ]
        for entry in noted
        if entry.id not in tried
    }
    if there := [delivery for delivery, found in attempted.items() if any(found)]:
        connection.execute(_NOTE_IS_THERE, {"ids": there})
    return [
        replace(entry, note_attempted=entry.note) if attempted.get(entry.id) else entry
        for entry in entries
    ]


def _adopt(connection: Connection, entry: Due, accepted_at: float) -> None:
    take_over(connection, entry.annotation, entry.id)
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == entry.id)
        .values(state="delivered", delivered_at=accepted_at)
    )
    request_report(connection, [entry.tab_id])


def _is_free() -> ColumnElement[bool]:
    """Nobody else would write its targets otherwise, none is in flight, and Arize is there."""
    mine, theirs = claims.alias("mine"), claims.alias("theirs")
    contested = exists(
        select(mine.c.delivery_id)
        .join(theirs, same_target(mine, theirs))
        .where(
            mine.c.delivery_id == deliveries.c.id,
            theirs.c.delivery_id != mine.c.delivery_id,
            theirs.c.fingerprint != mine.c.fingerprint,
        )
    )
    in_flight = exists(
        select(attempts.c.id).where(
            attempts.c.outcome.is_(None),
            attempts.c.endpoint == deliveries.c.endpoint,
            attempts.c.record_id == deliveries.c.record_id,
        )
    )
    out = exists(
        select(outages.c.endpoint).where(
            outages.c.endpoint == deliveries.c.endpoint,
            or_(outages.c.model_id == "", outages.c.model_id == deliveries.c.model_id),
            outages.c.until > bindparam("now"),
        )
    )
    return and_(
        deliveries.c.absences == 0,
        deliveries.c.next_attempt_at <= bindparam("now"),
        not_(contested),
        not_(in_flight),
        not_(out),
    )


_TO_ENDPOINT = deliveries.c.endpoint == bindparam("endpoint")
_IS_PENDING = deliveries.c.state == "pending"
_IS_UNSURE = and_(
    deliveries.c.state == "delivered",
    deliveries.c.reassert_at <= bindparam("now"),
    # no plain comparison, lest SQLite looks through all that is delivered, not the few unsure
    func.coalesce(deliveries.c.endpoint, "") == bindparam("endpoint"),
)

_WAITING_TABS = (
    select(tabs.c.id)
    .where(
        ~exists().where(mappings.c.name == tabs.c.mapping, mappings.c.paused),
        or_(
            exists().where(deliveries.c.tab_id == tabs.c.id, _TO_ENDPOINT, _IS_PENDING),
            tabs.c.id.in_(select(deliveries.c.tab_id).where(_IS_UNSURE)),
        ),
    )
    .order_by(tabs.c.id)
)
_HAS_NOTE = and_(
    attempts.c.note_fingerprint.is_not(None), attempts.c.outcome.is_distinct_from("refused")
)
_DUE_COLUMNS = (
    deliveries.c.id,
    cast(deliveries.c.annotation, Text).label("annotation"),
    deliveries.c.fingerprint,
    deliveries.c.note_fingerprint,
    deliveries.c.unsettled,
    deliveries.c.note_attempted,
    deliveries.c.reassert_at,
    exists()
    .where(
        attempts.c.endpoint == deliveries.c.endpoint,
        attempts.c.record_id == deliveries.c.record_id,
        _HAS_NOTE,
    )
    .label("is_noted"),
)
_DUE_AGAIN = (
    select(*_DUE_COLUMNS)
    .where(func.coalesce(deliveries.c.tab_id, 0) == bindparam("tab"), _IS_UNSURE, _is_free())
    .limit(bindparam("limit"))
)
_DUE = (
    select(*_DUE_COLUMNS)
    .where(_TO_ENDPOINT, deliveries.c.tab_id == bindparam("tab"), _IS_PENDING, _is_free())
    .order_by(deliveries.c.observed_at.desc(), deliveries.c.id)
    .limit(bindparam("limit"))
)
_EVER_TRIED = select(attempts.c.delivery_id).where(
    attempts.c.delivery_id.in_(bindparam("ids", expanding=True))
)
_NOTE_IS_THERE = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .values(note_accepted=deliveries.c.note_fingerprint)
)
_NOTES_IN_DOUBT = select(
    attempts.c.annotation, attempts.c.note_fingerprint, attempts.c.outcome
).where(
    attempts.c.endpoint == bindparam("endpoint"),
    attempts.c.record_id.in_(bindparam("records", expanding=True)),
    _HAS_NOTE,
)
_WITH_NOTE = bindparam("with_note", type_=Boolean)
_INTENT = {
    "id": bindparam("attempt", type_=String),
    "delivery_id": deliveries.c.id,
    "endpoint": deliveries.c.endpoint,
    "record_id": deliveries.c.record_id,
    "annotation": deliveries.c.annotation,
    "fingerprint": deliveries.c.fingerprint,
    "note_fingerprint": case((_WITH_NOTE, deliveries.c.note_fingerprint)),
    # without a note due, the row's own was attempted before, by it or by a former owner
    "note_before": case(
        (_WITH_NOTE, deliveries.c.note_attempted),
        else_=func.coalesce(deliveries.c.note_fingerprint, deliveries.c.note_attempted),
    ),
    "intended_at": bindparam("now", type_=Float),
}
_IS_INTENDED = deliveries.c.id == bindparam("delivery")
_INTEND = insert(attempts).from_select(list(_INTENT), select(*_INTENT.values()).where(_IS_INTENDED))
_MARK_IN_FLIGHT = (
    update(deliveries)
    .where(_IS_INTENDED)
    .values(
        unsettled=true(),
        # what has a note has either sent it now or attempted it before
        note_attempted=func.coalesce(deliveries.c.note_fingerprint, deliveries.c.note_attempted),
        first_tried_at=func.coalesce(deliveries.c.first_tried_at, bindparam("now")),
    )
)
