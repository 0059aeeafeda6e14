"""What deliver takes from the outbox: whose turn it is, what is due, and the intent to post it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.delivery import Post
from sheets_sync.domain.plan import is_satisfied
from sheets_sync.store.contents import annotation_json, annotation_of, same_target
from sheets_sync.store.observations import receipts, take_over
from sheets_sync.store.places import request_report
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
    unsettled: bool
    note_attempted: str | None


def waiting_tabs(connection: Connection, endpoint: str, now: float) -> list[int]:
    """The tabs, in order, that may have something to post to this endpoint."""
    rows = connection.execute(_WAITING_TABS, {"endpoint": endpoint, "now": now})
    return list(rows.scalars())


def due(connection: Connection, endpoint: str, tab: int, limit: int, now: float) -> list[Due]:
    """What one tab may post now, one delivery of a record.

    First what must be asserted again, then the newest edits, so that they overtake a backlog.
    """
    asked = {"endpoint": endpoint, "tab": tab, "now": now, "limit": limit}
    rows = [*connection.execute(_DUE_AGAIN, asked), *connection.execute(_DUE, asked)]
    found = (
        Due(row.id, tab, annotation_of(row.annotation), row.unsettled, row.note_attempted)
        for row in rows
    )
    return list({entry.annotation.record_id: entry for entry in found}.values())[:limit]


def intend(connection: Connection, entries: Iterable[Due], now: float) -> list[Post]:
    """Record the intent to post these; what Arize has accepted already needs no post."""
    listed = _with_notes_in_doubt(connection, list(entries))
    named = {target for entry in listed for target in entry.annotation.claims}
    held = receipts(connection, named, ())
    posts: list[Post] = []
    intents: list[dict[str, object]] = []
    marks: list[dict[str, object]] = []
    for entry in listed:
        annotation = entry.annotation
        if not entry.unsettled and is_satisfied(annotation, held, entry.note_attempted):
            accepted_at = max(held[target].at for target in annotation.claims)
            _adopt(connection, entry, accepted_at)
            continue
        note = annotation.note_fingerprint
        with_note = note is not None and note != entry.note_attempted
        post = Post(uuid.uuid4().hex, annotation, with_note)
        posts.append(post)
        intents.append(
            {
                "id": post.attempt,
                "delivery_id": entry.id,
                "endpoint": annotation.endpoint,
                "record_id": annotation.record_id,
                "annotation": annotation_json(annotation),
                "fingerprint": annotation.fingerprint,
                "note_fingerprint": note if with_note else None,
                "note_before": entry.note_attempted,
                "intended_at": now,
            }
        )
        marks.append(
            {
                "known": entry.id,
                "note": note if with_note else entry.note_attempted,
                "at": now,
            }
        )
    if intents:
        connection.execute(_INTEND, intents)
        connection.execute(_MARK_IN_FLIGHT, marks)
    return posts


def _with_notes_in_doubt(connection: Connection, entries: list[Due]) -> list[Due]:
    """The entries, where a note counts as attempted that a former owner may have sent already.

    That is for a row which was never posted itself; later its own attempts are what counts.
    """
    noted = [e for e in entries if e.annotation.note is not None and e.note_attempted is None]
    if not noted:
        return entries
    asked = {
        "endpoint": noted[0].annotation.endpoint,
        "records": [entry.annotation.record_id for entry in noted],
    }
    in_doubt = {
        (target, row.note_fingerprint)
        for row in connection.execute(_NOTES_IN_DOUBT, asked)
        for target in annotation_of(row.annotation).claims
    }
    if not in_doubt:
        return entries
    ids = {"ids": [entry.id for entry in noted]}
    tried = set(connection.execute(_EVER_TRIED, ids).scalars())
    return [
        replace(entry, note_attempted=note)
        if entry.id not in tried
        and entry.note_attempted is None
        and (note := entry.annotation.note_fingerprint) is not None
        and any((target, note) in in_doubt for target in entry.annotation.claims)
        else entry
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
_IS_UNSURE = and_(deliveries.c.state == "delivered", deliveries.c.reassert_at <= bindparam("now"))

_WAITING_TABS = (
    select(tabs.c.id)
    .where(
        ~exists().where(mappings.c.name == tabs.c.mapping, mappings.c.paused),
        or_(
            exists().where(deliveries.c.tab_id == tabs.c.id, _TO_ENDPOINT, _IS_PENDING),
            exists().where(deliveries.c.tab_id == tabs.c.id, _TO_ENDPOINT, _IS_UNSURE),
        ),
    )
    .order_by(tabs.c.id)
)
_DUE_COLUMNS = (
    deliveries.c.id,
    deliveries.c.annotation,
    deliveries.c.unsettled,
    deliveries.c.note_attempted,
)
_DUE_AGAIN = (
    select(*_DUE_COLUMNS)
    .where(_TO_ENDPOINT, deliveries.c.tab_id == bindparam("tab"), _IS_UNSURE, _is_free())
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
_NOTES_IN_DOUBT = select(attempts.c.annotation, attempts.c.note_fingerprint).where(
    attempts.c.endpoint == bindparam("endpoint"),
    attempts.c.record_id.in_(bindparam("records", expanding=True)),
    attempts.c.note_fingerprint.is_not(None),
    attempts.c.outcome.is_distinct_from("refused"),
)
_INTEND = insert(attempts)
_MARK_IN_FLIGHT = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("known"))
    .values(
        unsettled=True,
        note_attempted=bindparam("note"),
        first_tried_at=func.coalesce(deliveries.c.first_tried_at, bindparam("at")),
    )
)
