"""Deliver: take what is due from the outbox, post it, bring back receipts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from sheets_sync.domain.delivery import (
    Accepted,
    Outcome,
    Post,
    Refused,
    RetryPolicy,
    Unavailable,
    Unresolved,
)
from sheets_sync.engine.context import Context
from sheets_sync.engine.protocols import Arize
from sheets_sync.store import endpoints, outbox, outcomes

log = structlog.get_logger(__name__)

SILENCES_UNTIL_OUTAGE = 3
"""So many requests in a row without an answer, and the endpoint counts as out."""


@dataclass
class Drain:
    """One Arize endpoint, and how its outbox is drained."""

    endpoint: str
    arize: Arize
    policy: RetryPolicy
    batch_size: int
    concurrency: int
    turn: int = 0
    """The tab that was served last; mappings take turns."""
    silences: int = 0
    claiming: threading.Lock = field(default_factory=threading.Lock)


def deliver(context: Context, drain: Drain, until: float) -> int:
    """Post until nothing is due, the clock says `until`, or a stop is asked for.

    Returns how many rows were posted. Several threads each take a batch at a time.
    """
    settle_leftovers(context, drain)
    with ThreadPoolExecutor(drain.concurrency, thread_name_prefix="deliver") as pool:
        workers = [pool.submit(_drain, context, drain, until) for _ in range(drain.concurrency)]
        return sum(worker.result() for worker in workers)


def settle_leftovers(context: Context, drain: Drain) -> None:
    """Call unresolved what was posted without its answer being recorded: a crash, a full disk."""
    with context.state.reading() as connection:
        if not outcomes.has_leftovers(connection, drain.endpoint):
            return
    with context.state.writing() as connection:
        now = context.clock()
        left = outcomes.resolve_interrupted(connection, drain.endpoint, drain.policy, now)
    log.warning("attempts without an answer from before", attempts=left)


def _drain(context: Context, drain: Drain, until: float) -> int:
    posted = 0
    while not context.stopping.is_set() and context.clock() < until:
        posts = _take(context, drain)
        if posts is None:
            break
        if posts:
            _bring_back(context, drain, list(zip(posts, _post(drain, posts), strict=True)))
            posted += len(posts)
    return posted


def _take(context: Context, drain: Drain) -> list[Post] | None:
    """Commit the intent to post one batch; None where nothing is due."""
    now = context.clock()
    with drain.claiming, context.state.writing() as connection:
        for tab in _in_turn(outbox.waiting_tabs(connection, drain.endpoint, now), drain.turn):
            due = outbox.due(connection, drain.endpoint, tab, drain.batch_size, now)
            if due:
                drain.turn = tab
                return outbox.intend(connection, due, now)
    return None


def _in_turn(tabs: Sequence[int], served: int) -> list[int]:
    """The tabs after the one served last, then the others: mappings take turns."""
    return [tab for tab in tabs if tab > served] + [tab for tab in tabs if tab <= served]


def _post(drain: Drain, posts: Sequence[Post]) -> list[Outcome]:
    try:
        return drain.arize.post(posts)
    except Exception:
        log.exception("posting failed in an unknown way")
        return [Unresolved("an unknown failure, see the log") for _ in posts]


def _bring_back(context: Context, drain: Drain, answers: Sequence[tuple[Post, Outcome]]) -> None:
    now = context.clock()
    if all(isinstance(outcome, Unresolved) for _, outcome in answers):
        drain.silences += 1
    else:
        drain.silences = 0
    silent = drain.silences >= SILENCES_UNTIL_OUTAGE
    with context.state.writing() as connection:
        outcomes.settle(connection, answers, drain.policy, now, outage=silent)
        answered = {
            post.annotation.model_id
            for post, outcome in answers
            if isinstance(outcome, Accepted | Refused)
        }
        if answered:
            endpoints.end_outage(connection, drain.endpoint, answered)
        outages = {} if context.stopping.is_set() else _outages(answers, silent=silent)
        for model_id, outage in outages.items():
            endpoints.note_outage(connection, drain.endpoint, model_id, outage, now)
    for post, outcome in answers:
        _log(post, outcome)


def _outages(answers: Sequence[tuple[Post, Outcome]], *, silent: bool) -> dict[str, Unavailable]:
    """Which models (or all: empty) are out, by what was answered."""
    found: dict[str, Unavailable] = {}
    for post, outcome in answers:
        if isinstance(outcome, Unavailable):
            found[post.annotation.model_id if outcome.concerns == "model" else ""] = outcome
        elif silent and isinstance(outcome, Unresolved):
            found[""] = Unavailable(outcome.message, "endpoint", outcome.retry_after)
    return found


def _log(post: Post, outcome: Outcome) -> None:
    record = post.annotation.record_id
    match outcome:
        case Accepted():
            log.info("delivered", record=record)
        case Refused(message=message):
            log.warning("refused", record=record, answer=message)
        case Unresolved(message=message):
            log.warning("no answer", record=record, reason=message)
        case Unavailable(message=message):
            log.warning("endpoint unavailable", record=record, reason=message)
