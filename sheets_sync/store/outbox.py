"""What deliver takes from the outbox, and what it brings back: intents, outcomes, receipts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.delivery import (
    Accepted,
    Outcome,
    Post,
    Refused,
    RetryPolicy,
    Unavailable,
    Unresolved,
    after_attempt,
)
from sheets_sync.domain.plan import is_satisfied
from sheets_sync.store.contents import (
    annotation_json,
    annotation_of,
    same_target,
    value_json,
)
from sheets_sync.store.observations import receipts, request_report, take_over
from sheets_sync.store.schema import attempts, claims, deliveries, outages, targets

TRIED_STATES = ("pending", "delivered")
INTERRUPTED = "the program stopped before an answer came"


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that may be posted now."""

    id: int
    tab_id: int
    annotation: Annotation
    unsettled: bool
    note_attempted: str | None


def due_tabs(connection: Connection, endpoint: str, now: float) -> list[int]:
    """The tabs that have something to post to this endpoint."""
    query = select(deliveries.c.tab_id).distinct().where(_is_due(endpoint, now))
    return list(connection.execute(query).scalars())


def due(connection: Connection, endpoint: str, tab: int, limit: int, now: float) -> list[Due]:
    """What one tab may post now, the newest edits first, one delivery of a record."""
    rows = connection.execute(
        select(deliveries)
        .where(_is_due(endpoint, now), deliveries.c.tab_id == tab)
        .order_by(deliveries.c.observed_at.desc(), deliveries.c.id)
        .limit(limit)
    )
    found = (
        Due(row.id, tab, annotation_of(row.annotation), row.unsettled, row.note_attempted)
        for row in rows
    )
    return list({entry.annotation.record_id: entry for entry in found}.values())


def intend(connection: Connection, entries: Iterable[Due], now: float) -> list[Post]:
    """Commit the intent to post these; what Arize has accepted already needs no post."""
    posts = []
    for entry in entries:
        annotation = entry.annotation
        held = receipts(connection, annotation.claims, ())
        if not entry.unsettled and is_satisfied(annotation, held, entry.note_attempted):
            take_over(connection, annotation, entry.id)
            accepted_at = max(held[target].at for target in annotation.claims)
            _set(connection, entry.id, state="delivered", delivered_at=accepted_at)
            request_report(connection, [entry.tab_id])
            continue
        note = annotation.note_fingerprint
        with_note = note is not None and note != entry.note_attempted
        post = Post(uuid.uuid4().hex, annotation, with_note)
        connection.execute(
            insert(attempts).values(
                id=post.attempt,
                delivery_id=entry.id,
                endpoint=annotation.endpoint,
                record_id=annotation.record_id,
                annotation=annotation_json(annotation),
                fingerprint=annotation.fingerprint,
                note_fingerprint=note if with_note else None,
                note_before=entry.note_attempted,
                intended_at=now,
            )
        )
        _set(
            connection,
            entry.id,
            unsettled=True,
            note_attempted=note if with_note else entry.note_attempted,
            first_tried_at=func.coalesce(deliveries.c.first_tried_at, now),
        )
        posts.append(post)
    return posts


def settle(
    connection: Connection,
    answers: Iterable[tuple[Post, Outcome]],
    policy: RetryPolicy,
    now: float,
    *,
    outage: bool = False,
) -> None:
    """Commit what became of each attempt, its receipt included. In an outage none is burned."""
    for post, outcome in answers:
        attempt = connection.execute(select(attempts).where(attempts.c.id == post.attempt)).one()
        delivery = connection.execute(
            select(deliveries).where(deliveries.c.id == attempt.delivery_id)
        ).one()
        connection.execute(
            update(attempts)
            .where(attempts.c.id == post.attempt)
            .values(outcome=_name(outcome), message=_message(outcome), answered_at=now)
        )
        changes: dict[str, object] = {}
        match outcome:
            case Accepted():
                _write_receipts(connection, post.annotation, delivery.id, now)
                changes |= {"delivered_at": now, "reassert_at": None, "unsettled": False}
                changes |= _late_rival(connection, delivery.id, attempt.fingerprint, policy, now)
                if post.with_note:
                    changes |= {"note_accepted": attempt.note_fingerprint}
            case Refused() | Unavailable():
                changes |= {"note_attempted": attempt.note_before}
                changes |= {"unsettled": _is_unresolved(connection, delivery.id)}
            case Unresolved():
                changes |= {"reassert_at": now + policy.settle.total_seconds()}
        if delivery.fingerprint == attempt.fingerprint and delivery.state in TRIED_STATES:
            changes |= _progress(delivery, outcome, policy, now, outage=outage)
        _set(connection, delivery.id, **changes)
        request_report(connection, [delivery.tab_id])


def resolve_interrupted(
    connection: Connection, endpoint: str, policy: RetryPolicy, now: float
) -> int:
    """Call unresolved every attempt that an earlier process left without an outcome."""
    left = connection.execute(
        select(attempts.c.id, attempts.c.delivery_id).where(
            attempts.c.outcome.is_(None), attempts.c.endpoint == endpoint
        )
    ).all()
    for attempt in left:
        connection.execute(
            update(attempts)
            .where(attempts.c.id == attempt.id)
            .values(outcome="unresolved", message=INTERRUPTED, answered_at=now)
        )
        _set(connection, attempt.delivery_id, reassert_at=now + policy.settle.total_seconds())
    return len(left)


def next_due(connection: Connection, endpoint: str) -> float | None:
    """When the next delivery that waits for its turn is due; None where there is none."""
    at: float | None = connection.execute(
        select(func.min(deliveries.c.next_attempt_at)).where(
            deliveries.c.endpoint == endpoint, deliveries.c.state == "pending"
        )
    ).scalar()
    return at


def _is_due(endpoint: str, now: float) -> ColumnElement[bool]:
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
            outages.c.until > now,
        )
    )
    asked = or_(
        deliveries.c.state == "pending",
        and_(deliveries.c.state == "delivered", deliveries.c.reassert_at <= now),
    )
    return and_(
        deliveries.c.endpoint == endpoint,
        deliveries.c.absences == 0,
        deliveries.c.next_attempt_at <= now,
        asked,
        not_(contested),
        not_(in_flight),
        not_(out),
    )


def _progress(
    delivery: Row[Any], outcome: Outcome, policy: RetryPolicy, now: float, *, outage: bool
) -> dict[str, object]:
    if isinstance(outcome, Unavailable):
        return {}
    first_tried_at = delivery.first_tried_at or now
    tried = after_attempt(outcome, delivery.attempts, first_tried_at, now, policy)
    if outage and isinstance(outcome, Unresolved):
        return {"state": "pending", "next_attempt_at": tried.next_attempt_at}
    note_is_due = delivery.note_fingerprint not in (None, delivery.note_attempted)
    return {
        "state": "pending" if tried.state == "delivered" and note_is_due else tried.state,
        "attempts": tried.attempts,
        "message": tried.message,
        "next_attempt_at": tried.next_attempt_at,
    }


def _late_rival(
    connection: Connection, delivery: int, fingerprint: str, policy: RetryPolicy, now: float
) -> dict[str, object]:
    """An older request with something else may still be applied over what was accepted now."""
    settle_time = policy.settle.total_seconds()
    late: float | None = connection.execute(
        select(func.max(attempts.c.answered_at)).where(
            attempts.c.delivery_id == delivery,
            attempts.c.outcome == "unresolved",
            attempts.c.answered_at > now - settle_time,
            attempts.c.fingerprint != fingerprint,
        )
    ).scalar()
    return {} if late is None else {"unsettled": True, "reassert_at": late + settle_time}


def _is_unresolved(connection: Connection, delivery: int) -> bool:
    """Whether an attempt since the last accepted one may have been applied unseen."""
    of_delivery = attempts.c.delivery_id == delivery
    accepted_at = select(func.coalesce(func.max(attempts.c.answered_at), 0.0)).where(
        of_delivery, attempts.c.outcome == "accepted"
    )
    return bool(
        connection.execute(
            select(
                exists(
                    select(attempts.c.id).where(
                        of_delivery,
                        attempts.c.outcome == "unresolved",
                        attempts.c.answered_at >= accepted_at.scalar_subquery(),
                    )
                )
            )
        ).scalar()
    )


def _write_receipts(
    connection: Connection, annotation: Annotation, delivery: int, now: float
) -> None:
    for metric in annotation.metrics:
        target = annotation.target(metric)
        here = and_(*(targets.c[name] == value for name, value in target._asdict().items()))
        connection.execute(delete(targets).where(here))
        connection.execute(
            insert(targets).values(
                **target._asdict(), value=value_json(metric), at=now, delivery_id=delivery
            )
        )


def _set(connection: Connection, delivery: int, **values: object) -> None:
    connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(**values))


def _name(outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return "accepted"
        case Unresolved():
            return "unresolved"
        case Refused() | Unavailable():
            return "refused"


def _message(outcome: Outcome) -> str:
    return "" if isinstance(outcome, Accepted) else outcome.message
