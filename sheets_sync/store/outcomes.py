"""What deliver brings back: the outcome of each attempt, and the receipts of the accepted ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    Connection,
    Row,
    Text,
    bindparam,
    case,
    cast,
    delete,
    exists,
    insert,
    null,
    select,
    update,
)

from sheets_sync.domain.annotation import Annotation, Target
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
from sheets_sync.store.contents import DECIDE_AGAIN, annotation_of, value_json
from sheets_sync.store.observations import receipts
from sheets_sync.store.places import request_report
from sheets_sync.store.schema import attempts, deliveries, targets

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
    doubts = _doubts(connection, [post.annotation for post, _ in answers])
    _answer(connection, answers, now)
    _write_receipts(connection, answers, tried, now)
    after = [
        _after(
            tried[post.attempt],
            post,
            outcome,
            [doubt for doubt in doubts if doubt.annotation.record_id == post.annotation.record_id],
            policy,
            now,
            outage=outage,
        )
        for post, outcome in answers
    ]
    connection.execute(_PROGRESS, after)
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
        ids = {"ids": [attempt.id for attempt in left]}
        said = {"now_known": "unresolved", "said": INTERRUPTED, "at": now}
        connection.execute(_ANSWER, ids | said)
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_([attempt.delivery_id for attempt in left]))
            .values(reassert_at=now + policy.settle.total_seconds())
        )
    return len(left)


def _after(  # noqa: PLR0913, PLR0917 - all of them decide it
    tried: Answered,
    post: Post,
    outcome: Outcome,
    doubts: Sequence[Doubt],
    policy: RetryPolicy,
    now: float,
    *,
    outage: bool,
) -> dict[str, object]:
    """What the delivery is after this attempt; every column that an attempt can change."""
    settle_time = policy.settle.total_seconds()
    after: dict[str, object] = {
        "known": tried.delivery,
        "to_state": tried.state,
        "to_attempts": tried.attempts,
        "to_message": tried.message,
        "to_first_tried_at": tried.first_tried_at,
        "to_next": tried.next_attempt_at,
        "to_digest": tried.digest,
        "to_delivered_at": tried.delivered_at,
        "to_unsettled": True,
        "to_reassert_at": tried.reassert_at,
        "to_note_attempted": tried.note_attempted,
        "to_note_accepted": tried.note_accepted,
    }
    match outcome:
        case Accepted():
            late = [
                doubt.at + settle_time
                for doubt in doubts
                if doubt.at + settle_time > now and _contradict(doubt.annotation, post.annotation)
            ]
            after |= {
                "to_delivered_at": now,
                "to_unsettled": bool(late),
                "to_reassert_at": max(late, default=None),
            }
            if post.with_note:
                after |= {"to_note_accepted": tried.note_posted}
            if tried.asked not in {None, tried.posted} and tried.state == "delivered":
                after |= {"to_state": "pending"}
            if _leaves_something_behind(tried, post):
                after |= {"to_digest": DECIDE_AGAIN}
        case Refused() | Unavailable():
            after |= {
                "to_note_attempted": tried.note_before,
                "to_unsettled": tried.reassert_at is not None,
            }
        case Unresolved():
            after |= {"to_reassert_at": now + settle_time}
    if tried.state == "held" and isinstance(outcome, Accepted) and tried.asked == tried.posted:
        after |= {"to_state": "delivered"}
    if tried.state in TRIED_STATES and _is_about_what_is_asked(tried, outcome):
        dated = of_its_age(outcome, post.annotation, now)
        after |= _progress(tried, dated, policy, now, outage=outage)
    return after


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
        kept: dict[str, object] = {} if tried.attempts else {"to_first_tried_at": None}
        return kept | {"to_next": now + DOUBTED_WAIT} if outcome.of_row else kept
    next_step = after_attempt(outcome, tried.attempts, tried.first_tried_at or now, now, policy)
    if outage and isinstance(outcome, Unresolved):
        again = now + DOUBTED_WAIT if outcome.of_row else next_step.next_attempt_at
        return {"to_state": "pending", "to_next": again}
    note_is_due = tried.note_asked not in (None, tried.note_attempted)
    keeps_note = next_step.state == "delivered" and note_is_due
    return {
        "to_state": "pending" if keeps_note else next_step.state,
        "to_attempts": next_step.attempts,
        "to_message": next_step.message,
        "to_next": next_step.next_attempt_at,
    }


def _tried(connection: Connection, ids: Sequence[str]) -> dict[str, Answered]:
    return {row.attempt: row for row in connection.execute(_TRIED, {"ids": ids})}


def _contradict(one: Annotation, other: Annotation) -> bool:
    theirs = other.claims
    return any(theirs.get(target, mine) != mine for target, mine in one.claims.items())


def _doubts(connection: Connection, posted: Sequence[Annotation]) -> list[Doubt]:
    """The unresolved attempts for these records, also those of other rows, mappings and tabs."""
    asked = {
        "endpoint": posted[0].endpoint if posted else "",
        "records": [annotation.record_id for annotation in posted],
    }
    return [
        Doubt(annotation_of(row.annotation), row.answered_at)
        for row in connection.execute(_UNRESOLVED, asked)
    ]


def _write_receipts(
    connection: Connection,
    answers: Sequence[tuple[Post, Outcome]],
    tried: dict[str, Answered],
    now: float,
) -> None:
    written = {
        post.annotation.target(metric): (metric, tried[post.attempt].delivery)
        for post, outcome in answers
        if isinstance(outcome, Accepted)
        for metric in post.annotation.metrics
    }
    if not written:
        return
    replaced = {
        target: r for target, r in receipts(connection, written, ()).items() if target in written
    }
    disowned = [r.delivery for target, r in replaced.items() if r.delivery != written[target][1]]
    if disowned:
        connection.execute(_DECIDE_AGAIN, {"ids": disowned})
    if replaced:
        connection.execute(
            _FORGET_RECEIPT,
            [
                {f"of_{name}": part for name, part in target._asdict().items()}
                for target in replaced
            ],
        )
    connection.execute(
        _WRITE_RECEIPT,
        [
            {**target._asdict(), "value": value_json(metric), "at": now, "delivery_id": delivery}
            for target, (metric, delivery) in written.items()
        ],
    )


def _answer(connection: Connection, answers: Sequence[tuple[Post, Outcome]], now: float) -> None:
    alike: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for post, outcome in answers:
        alike[_name(outcome), _message(outcome)].append(post.attempt)
    for (name, message), ids in alike.items():
        connection.execute(_ANSWER, {"ids": ids, "now_known": name, "said": message, "at": now})


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
    .where(attempts.c.id.in_(bindparam("ids", expanding=True)))
    .values(outcome=bindparam("now_known"), message=bindparam("said"), answered_at=bindparam("at"))
)
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
        deliveries.c.digest,
        deliveries.c.tab_id,
        deliveries.c.state,
        deliveries.c.fingerprint.label("asked"),
        deliveries.c.note_fingerprint.label("note_asked"),
        deliveries.c.attempts,
        deliveries.c.message,
        deliveries.c.first_tried_at,
        deliveries.c.next_attempt_at,
        deliveries.c.delivered_at,
        deliveries.c.reassert_at,
        deliveries.c.note_attempted,
        deliveries.c.note_accepted,
    )
    .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
    .where(attempts.c.id.in_(bindparam("ids", expanding=True)))
)
_UNRESOLVED = select(attempts.c.annotation, attempts.c.answered_at).where(
    attempts.c.endpoint == bindparam("endpoint"),
    attempts.c.record_id.in_(bindparam("records", expanding=True)),
    attempts.c.outcome == "unresolved",
)
_PROGRESS = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("known"))
    .values(
        state=bindparam("to_state"),
        attempts=bindparam("to_attempts"),
        message=bindparam("to_message"),
        first_tried_at=bindparam("to_first_tried_at"),
        next_attempt_at=bindparam("to_next"),
        digest=bindparam("to_digest"),
        delivered_at=bindparam("to_delivered_at"),
        unsettled=bindparam("to_unsettled"),
        reassert_at=bindparam("to_reassert_at"),
        note_attempted=bindparam("to_note_attempted"),
        note_accepted=bindparam("to_note_accepted"),
    )
)
_THIS_TARGET = [targets.c[name] == bindparam(f"of_{name}") for name in Target._fields]
_DECIDE_AGAIN = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .values(digest=DECIDE_AGAIN)
)
_FORGET_RECEIPT = delete(targets).where(*_THIS_TARGET)
_WRITE_RECEIPT = insert(targets)
