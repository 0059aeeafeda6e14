"""What deliver brings back: the outcome of each attempt, and the receipts of the accepted ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    Connection,
    Row,
    Text,
    Update,
    bindparam,
    case,
    cast,
    exists,
    null,
    select,
    update,
)

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.delivery import (
    DOUBTED_WAIT,
    Accepted,
    Outcome,
    Post,
    Refused,
    RetryPolicy,
    Unavailable,
    Unresolved,
    after_attempt,
    of_its_age,
)
from sheets_sync.store.contents import DECIDE_AGAIN, annotation_of
from sheets_sync.store.places import request_report
from sheets_sync.store.prepared import for_each
from sheets_sync.store.receipts import write_receipts
from sheets_sync.store.schema import attempts, deliveries

Answered: TypeAlias = Row[*tuple[Any, ...]]
"""An attempt with its delivery, as `_TRIED` selects them."""

TRIED_STATES = ("pending", "delivered")
INTERRUPTED = "the program stopped before an answer came"


@dataclass(frozen=True, slots=True)
class Doubt:
    """An attempt whose outcome is not known; `at` is in epoch seconds."""

    annotation: Annotation
    at: float


def settle(
    connection: Connection,
    answers: Sequence[tuple[Post, Outcome]],
    policy: RetryPolicy,
    now: float,
    *,
    outage: bool = False,
) -> None:
    """Record what became of each attempt, its receipt included. In an outage none is burned."""
    tried = _tried(connection, [post.attempt for post, _ in answers])
    doubted = [post.annotation for post, _ in answers if tried[post.attempt].is_doubted]
    doubts = _doubts(connection, doubted) if doubted else []
    _answer(connection, answers, now)
    accepted = {
        post.annotation.target(metric): (metric, tried[post.attempt].delivery)
        for post, outcome in answers
        if isinstance(outcome, Accepted)
        for metric in post.annotation.metrics
    }
    write_receipts(connection, accepted, now)
    changes: defaultdict[tuple[str, ...], list[dict[str, object]]] = defaultdict(list)
    for post, outcome in answers:
        row = tried[post.attempt]
        changed = _changed(row, post, outcome, doubts, policy, now, outage=outage)
        changes[tuple(changed)].append(changed | {"delivery": row.delivery})
    for columns, rows in changes.items():
        for_each(connection, _change(columns), rows)
    request_report(connection, {row.tab_id for row in tried.values()})


def has_leftovers(connection: Connection, endpoint: str) -> bool:
    """Whether an attempt has no outcome."""
    left = exists().where(attempts.c.outcome.is_(None), attempts.c.endpoint == endpoint)
    return bool(connection.execute(select(left)).scalar())


def resolve_interrupted(
    connection: Connection, endpoint: str, policy: RetryPolicy, now: float
) -> int:
    """Call unresolved every attempt that an earlier process left without an outcome."""
    left = connection.execute(
        select(attempts.c.id, attempts.c.delivery_id).where(
            attempts.c.outcome.is_(None), attempts.c.endpoint == endpoint
        )
    ).all()
    if left:
        said = {"now_known": "unresolved", "said": INTERRUPTED, "at": now}
        for_each(connection, _ANSWER, [said | {"attempt": attempt.id} for attempt in left])
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_([attempt.delivery_id for attempt in left]))
            .values(reassert_at=now + policy.settle.total_seconds())
        )
    return len(left)


def _changed(  # noqa: PLR0913, PLR0917 - all of them decide it
    tried: Answered,
    post: Post,
    outcome: Outcome,
    doubts: Sequence[Doubt],
    policy: RetryPolicy,
    now: float,
    *,
    outage: bool,
) -> dict[str, object]:
    """What this attempt changes of its delivery, by column."""
    settle_time = policy.settle.total_seconds()
    match outcome:
        case Accepted():
            late = [
                doubt.at + settle_time
                for doubt in doubts
                if doubt.annotation.record_id == post.annotation.record_id
                and doubt.at + settle_time > now
                and _contradict(doubt.annotation, post.annotation)
            ]
            changed: dict[str, object] = {
                "delivered_at": now,
                "unsettled": bool(late),
                "reassert_at": max(late, default=None),
            }
            if tried.asked not in {None, tried.posted} and tried.state == "delivered":
                changed["state"] = "pending"
            if _leaves_something_behind(tried, post):
                changed["digest"] = DECIDE_AGAIN
            if post.with_note:
                changed["note_accepted"] = tried.note_posted
        case Refused() | Unavailable():
            changed = {
                "unsettled": tried.reassert_at is not None,
                "note_attempted": tried.note_before,
            }
        case Unresolved():
            changed = {"unsettled": True, "reassert_at": now + settle_time}
    if tried.state == "held" and isinstance(outcome, Accepted) and tried.asked == tried.posted:
        changed["state"] = "delivered"
    if tried.state in TRIED_STATES and _is_about_what_is_asked(tried, outcome):
        dated = of_its_age(outcome, post.annotation, now)
        changed |= _progress(tried, dated, policy, now, outage=outage)
    return changed


def _is_about_what_is_asked(tried: Answered, outcome: Outcome) -> bool:
    """Whether the row still says what was posted; a refusal may be due to its time or note."""
    if isinstance(outcome, Accepted):
        return bool(tried.asked == tried.posted)
    return bool(tried.is_as_posted)


def _leaves_something_behind(tried: Answered, post: Post) -> bool:
    """Whether Arize keeps by this what the row, edited meanwhile, does not say any more."""
    if tried.asked is None:
        return bool(tried.state == "delivered")
    if tried.asked == tried.posted:
        return False
    asked = {metric.name for metric in annotation_of(tried.asked_otherwise).metrics}
    return any(metric.name not in asked for metric in post.annotation.metrics)


def _progress(
    tried: Answered, outcome: Outcome, policy: RetryPolicy, now: float, *, outage: bool
) -> dict[str, object]:
    if isinstance(outcome, Unavailable):
        kept: dict[str, object] = {} if tried.attempts else {"first_tried_at": None}
        return kept | {"next_attempt_at": now + DOUBTED_WAIT} if outcome.of_row else kept
    next_step = after_attempt(outcome, tried.attempts, tried.first_tried_at or now, now, policy)
    if outage and isinstance(outcome, Unresolved):
        again = now + DOUBTED_WAIT if outcome.of_row else next_step.next_attempt_at
        return {"state": "pending", "next_attempt_at": again}
    note_is_due = tried.note_asked not in (None, tried.note_attempted)
    keeps_note = next_step.state == "delivered" and note_is_due
    return {
        "state": "pending" if keeps_note else next_step.state,
        "attempts": next_step.attempts,
        "message": next_step.message,
        "next_attempt_at": next_step.next_attempt_at,
    }


def _tried(connection: Connection, ids: Sequence[str]) -> dict[str, Answered]:
    return {row.attempt: row for row in connection.execute(_TRIED, {"ids": ids}).all()}


def _contradict(one: Annotation, other: Annotation) -> bool:
    theirs = other.claims
    return any(theirs.get(target, mine) != mine for target, mine in one.claims.items())


def _doubts(connection: Connection, posted: Sequence[Annotation]) -> list[Doubt]:
    """The unresolved attempts for these records, also those of other rows, mappings and tabs."""
    asked = {
        "endpoint": posted[0].endpoint,
        "records": [annotation.record_id for annotation in posted],
    }
    return [
        Doubt(annotation_of(row.annotation), row.answered_at)
        for row in connection.execute(_UNRESOLVED, asked)
    ]


def _answer(connection: Connection, answers: Sequence[tuple[Post, Outcome]], now: float) -> None:
    rows = [
        {
            "attempt": post.attempt,
            "now_known": _name(outcome),
            "said": _message(outcome),
            "at": now,
        }
        for post, outcome in answers
    ]
    for_each(connection, _ANSWER, rows)


@lru_cache(maxsize=64)
def _change(columns: tuple[str, ...]) -> Update:
    changed = update(deliveries).where(deliveries.c.id == bindparam("delivery"))
    return changed.values({column: bindparam(column) for column in columns})


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


_ANSWER = (
    update(attempts)
    .where(attempts.c.id == bindparam("attempt"))
    .values(outcome=bindparam("now_known"), message=bindparam("said"), answered_at=bindparam("at"))
)
_others = attempts.alias("others")
_TRIED = (
    select(
        attempts.c.id.label("attempt"),
        attempts.c.fingerprint.label("posted"),
        attempts.c.note_fingerprint.label("note_posted"),
        attempts.c.note_before,
        (cast(attempts.c.annotation, Text) == cast(deliveries.c.annotation, Text)).label(
            "is_as_posted"
        ),
        case(
            (
                attempts.c.fingerprint.is_distinct_from(deliveries.c.fingerprint),
                deliveries.c.annotation,
            ),
            else_=null(),
        ).label("asked_otherwise"),
        deliveries.c.id.label("delivery"),
        deliveries.c.tab_id,
        deliveries.c.state,
        deliveries.c.fingerprint.label("asked"),
        deliveries.c.note_fingerprint.label("note_asked"),
        deliveries.c.attempts,
        deliveries.c.first_tried_at,
        deliveries.c.reassert_at,
        deliveries.c.note_attempted,
        exists()
        .where(
            _others.c.endpoint == attempts.c.endpoint,
            _others.c.record_id == attempts.c.record_id,
            _others.c.outcome == "unresolved",
        )
        .label("is_doubted"),
    )
    .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
    .where(attempts.c.id.in_(bindparam("ids", expanding=True)))
)
_UNRESOLVED = select(attempts.c.annotation, attempts.c.answered_at).where(
    attempts.c.endpoint == bindparam("endpoint"),
    attempts.c.record_id.in_(bindparam("records", expanding=True)),
    attempts.c.outcome == "unresolved",
)
