"""The durable record that one row's annotation must reach Arize, and what an attempt can end in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, assert_never

from sheets_sync.domain.annotation import Annotation

Dialect: TypeAlias = Literal["seed", "config"]
"""The two wire shapes of `updateAnnotations`: as Arize's page shows it, and as newer clients do."""

State: TypeAlias = Literal["pending", "delivered", "rejected", "failed", "held", "orphaned"]
"""Where a delivery stands. Orphaned: no row asks for it any more."""


@dataclass(frozen=True, slots=True)
class Post:
    """One row's part of a request: every metric of the row, and its note where it is due."""

    attempt: str
    """Identifies the attempt; sent as `clientMutationId`."""
    annotation: Annotation
    with_note: bool
    alone: bool = False
    """Its last attempt had no answer, which may be its own fault: no other row goes with it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Arize said so: the echoed `clientMutationId` (seed) or `UpdateAnnotationSuccess` (config)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Arize said no, so nothing was stored. Transient: the same may be accepted later."""

    message: str
    transient: bool
    retry_after: float | None = None
    unknown_record: bool = False
    """Arize does not find the record, which is for good unless the record is young."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No answer that tells whether Arize stored it, or still will."""

    message: str
    retry_after: float | None = None
    of_row: bool = False
    """It was said of this row alone."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing was stored, and not because of this row: a refused key, a quota, an outage."""

    message: str
    concerns: Literal["endpoint", "model"]
    retry_after: float | None = None
    needs_person: bool = False
    of_row: bool = False
    """It was said of this row alone, so it may be this row's fault after all."""


Outcome: TypeAlias = Accepted | Refused | Unresolved | Unavailable


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a row is tried."""

    attempts: int
    max_age: timedelta
    settle: timedelta
    """How long a late server may take to apply a request that it never answered."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What an outcome makes of its delivery; times are epoch seconds."""

    state: Literal["pending", "delivered", "failed"]
    attempts: int
    message: str = ""
    next_attempt_at: float = 0.0
    reassert_at: float | None = None
    """When the newest content must be posted once more, since this attempt may be applied late."""


FIRST_WAIT = 5.0
LONGEST_WAIT = 600.0
_LAST_DOUBLING = 30

START_TIME_WINDOW = timedelta(hours=24)
"""How much later than `startTime` the record may have started (Arize, "Annotations API")."""
INDEXING = timedelta(hours=1)
"""Arize needs a few minutes to index a record; 10 to 30 are reported."""
DOUBTED_WAIT = 300.0
"""Seconds until a row is tried again of which it is not known whose fault it is: others first."""
INDEXING_WAIT = 300.0
"""Seconds between two looks for a young record; 8 attempts last 35 minutes."""


def growing_wait(failures: int, longest: float) -> float:
    """Seconds until the next try: 5, and twice as many for each failure before, up to `longest`."""
    return min(FIRST_WAIT * 2.0 ** min(failures, _LAST_DOUBLING), longest)


def after_attempt(
    outcome: Outcome, attempts: int, first_tried_at: float, now: float, policy: RetryPolicy
) -> Tried:
    """What comes next. `attempts` are those burned before this one."""
    burned = attempts + 1
    too_old = now - first_tried_at > policy.max_age.total_seconds()
    again: Literal["pending", "failed"] = (
        "failed" if burned >= policy.attempts or too_old else "pending"
    )
    wait = growing_wait(attempts, LONGEST_WAIT)
    match outcome:
        case Accepted():
            return Tried("delivered", 0)
        case Unavailable():
            return Tried("pending", attempts)
        case Refused(message=message, transient=False):
            return Tried("failed", burned, message)
        case Refused(message=message, retry_after=retry_after):
            return Tried(again, burned, message, now + (retry_after or wait))
        case Unresolved(message=message, retry_after=retry_after):
            settled_at = now + policy.settle.total_seconds()
            return Tried(again, burned, message, now + (retry_after or wait), settled_at)
        case never:
            assert_never(never)


def of_its_age(outcome: Outcome, annotation: Annotation, now: float) -> Outcome:
    """The outcome, where an unknown record is transient as long as it may not be indexed yet.

    A record starts at its `startTime` or up to a day later, so one is young for 25 hours.
    """
    if not (isinstance(outcome, Refused) and outcome.unknown_record):
        return outcome
    try:
        started_at = datetime.fromisoformat(annotation.start_time)
        indexed_at = (started_at + START_TIME_WINDOW + INDEXING).timestamp()
    except OverflowError:  # at the end of all calendars
        return replace(outcome, transient=False)
    wait = outcome.retry_after or INDEXING_WAIT
    return replace(outcome, transient=now < indexed_at, retry_after=wait)
