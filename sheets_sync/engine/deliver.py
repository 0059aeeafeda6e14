"""Deliver: take what is due from the outbox, post it, bring back receipts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias, assert_never

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
from sheets_sync.engine.passes import one_pass
from sheets_sync.engine.protocols import Arize
from sheets_sync.engine.unknown import logged
from sheets_sync.errors import SheetsSyncError
from sheets_sync.store import endpoints, outbox, outcomes

log = structlog.get_logger(__name__)

SILENCES_UNTIL_OUTAGE = 3
"""So many requests in a row without an answer, and the endpoint counts as out."""

ROWS_UNTIL_OUTAGE = 3
"""What was said of so many different rows, each alone and none accepted since, holds for all."""

SHARED_COMMIT_WAIT = 0.01
"""For so many seconds after an answer others may come that will share its commit."""

Answer: TypeAlias = tuple[Post, Outcome]


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
    doubted: dict[str, set[str]] = field(default_factory=dict)
    """By model (or all: empty), the records refused as if by all of it since it took one."""
    told: dict[str, str] = field(default_factory=dict)
    """By model (or all: empty), the outage that the log tells of."""


@one_pass()
def deliver(context: Context, drain: Drain, until: float) -> int:
    """Post until nothing is due, the clock says `until`, or a stop is asked for.

    Returns how many rows were posted. What nobody foresaw counts as an outage of this endpoint.
    """
    try:
        return _deliver(context, drain, until)
    except SheetsSyncError:
        raise
    except Exception as error:  # noqa: BLE001 - it stops this endpoint, and no other
        outage = Unavailable(logged(error), "endpoint", needs_person=True)
        with context.state.writing() as connection:
            endpoints.note_outage(connection, drain.endpoint, "", outage, context.clock())
        return 0


def _deliver(context: Context, drain: Drain, until: float) -> int:
    """This thread alone speaks to the store, so that answers share a commit with new intents."""
    settle_leftovers(context, drain)
    posted = 0
    flying: dict[Future[list[Outcome]], list[Post]] = {}
    landed: list[list[Answer]] = []
    with ThreadPoolExecutor(drain.concurrency, thread_name_prefix="deliver") as pool:
        while True:
            goes_on = not context.stopping.is_set() and context.clock() < until
            free = drain.concurrency - len(flying) if goes_on else 0
            for batch in _exchange(context, drain, landed, free):
                flying[pool.submit(copy_context().run, _post, drain, batch)] = batch
                posted += len(batch)
            if not flying:
                return posted
            wait(flying, return_when=FIRST_COMPLETED)
            done = wait(flying, timeout=SHARED_COMMIT_WAIT).done
            landed = [list(zip(flying.pop(one), one.result(), strict=True)) for one in done]


def settle_leftovers(context: Context, drain: Drain) -> None:
    """Call unresolved what was posted without its answer being recorded: a crash, a full disk."""
    with context.state.reading() as connection:
        if not outcomes.has_leftovers(connection, drain.endpoint):
            return
    with context.state.writing() as connection:
        now = context.clock()
        left = outcomes.resolve_interrupted(connection, drain.endpoint, drain.policy, now)
    log.warning("attempts without an answer from before", attempts=left)


def _exchange(
    context: Context, drain: Drain, landed: Sequence[Sequence[Answer]], free: int
) -> list[list[Post]]:
    """Bring back what was answered, and commit the intent to post as many batches as are free."""
    if not landed and not free:
        return []
    now = context.clock()
    answers, out = _judged(drain, list(chain.from_iterable(landed)))
    silent = _falls_silent(drain, landed) or "" in out
    outages = {} if context.stopping.is_set() else _outages(answers, silent=silent)
    with context.state.writing() as connection:
        if answers:
            outcomes.settle(connection, answers, drain.policy, now, outage=silent)
        if not silent and not all(isinstance(got, Unavailable) for _, got in answers):
            endpoints.end_outage(connection, drain.endpoint, _models_that_answered(answers))
        for model_id, outage in outages.items():
            endpoints.note_outage(connection, drain.endpoint, model_id, outage, now)
        room = outbox.Room(free, drain.batch_size)
        taken = outbox.take(connection, drain.endpoint, room, drain.turn, now)
    drain.turn = taken.turn
    _log(drain, answers)
    _log_outages(drain, answers, outages)
    alone = [[post] for post in taken.posts if post.alone]
    together = [post for post in taken.posts if not post.alone]
    size = drain.batch_size
    return alone + [together[start : start + size] for start in range(0, len(together), size)]


def _post(drain: Drain, posts: Sequence[Post]) -> list[Outcome]:
    try:
        return drain.arize.post(posts)
    except Exception as error:  # noqa: BLE001 - it stops these rows, and no others
        said = logged(error)
        return [Unresolved(said) for _ in posts]


def _judged(drain: Drain, answers: Sequence[Answer]) -> tuple[list[Answer], set[str]]:
    """Let what was said of a row alone be this row's fault, until it is said of several.

    Also returns the models (or all: empty) of which it is said by now.
    """
    for post, outcome in answers:
        if isinstance(outcome, Unavailable | Unresolved) and outcome.of_row:
            records = drain.doubted.setdefault(_concerned(post, outcome), set())
            records.add(post.annotation.record_id)
    for post, outcome in answers:
        if isinstance(outcome, Accepted):
            drain.doubted.pop("", None)
            drain.doubted.pop(post.annotation.model_id, None)
    out = {whose for whose, rows in drain.doubted.items() if len(rows) >= ROWS_UNTIL_OUTAGE}
    judged: list[Answer] = []
    for post, got in answers:
        if isinstance(got, Unavailable) and got.of_row and _concerned(post, got) not in out:
            judged.append((post, Refused(got.message, transient=True, retry_after=got.retry_after)))
        else:
            judged.append((post, got))
    return judged, out


def _concerned(post: Post, outcome: Unavailable | Unresolved) -> str:
    of_model = isinstance(outcome, Unavailable) and outcome.concerns == "model"
    return post.annotation.model_id if of_model else ""


def _falls_silent(drain: Drain, landed: Sequence[Sequence[Answer]]) -> bool:
    for batch in landed:
        unanswered = all(isinstance(got, Unresolved) and not got.of_row for _, got in batch)
        drain.silences = drain.silences + 1 if unanswered else 0
    return drain.silences >= SILENCES_UNTIL_OUTAGE


def _models_that_answered(answers: Sequence[Answer]) -> set[str]:
    return {
        post.annotation.model_id
        for post, outcome in answers
        if isinstance(outcome, Accepted | Refused)
    }


def _outages(answers: Sequence[Answer], *, silent: bool) -> dict[str, Unavailable]:
    """Which models (or all: empty) are out, by what was answered."""
    found: dict[str, Unavailable] = {}
    for post, outcome in answers:
        if isinstance(outcome, Unavailable):
            found[_concerned(post, outcome)] = outcome
        elif silent and isinstance(outcome, Unresolved):
            found[""] = Unavailable(outcome.message, "endpoint", outcome.retry_after)
    return found


def _log(drain: Drain, answers: Sequence[Answer]) -> None:
    accepted = [post.annotation.record_id for post, got in answers if isinstance(got, Accepted)]
    if accepted:
        log.info("delivered", records=accepted)
    unanswered: dict[str, list[str]] = {}
    for post, outcome in answers:
        record = post.annotation.record_id
        match outcome:
            case Accepted() | Unavailable():
                pass
            case Refused(message=message):
                log.warning("refused", record=record, answer=message)
            case Unresolved(message=message):
                unanswered.setdefault(message, []).append(record)
            case never:
                assert_never(never)
    for message, records in unanswered.items():
        if drain.told.get("") != message:
            log.warning("no answer", records=records, reason=message)


def _log_outages(drain: Drain, answers: Sequence[Answer], outages: dict[str, Unavailable]) -> None:
    """Tell of an outage where it begins, has other words, and is over."""
    answered = _models_that_answered(answers)
    for model_id in {"", *answered} - outages.keys() if answered else ():
        if drain.told.pop(model_id, None):
            log.info("endpoint available again", endpoint=drain.endpoint, model=model_id)
    for model_id, outage in outages.items():
        if drain.told.get(model_id) != outage.message:
            drain.told[model_id] = outage.message
            log.warning(
                "endpoint unavailable",
                endpoint=drain.endpoint,
                model=model_id,
                reason=outage.message,
                records=[
                    post.annotation.record_id
                    for post, got in answers
                    if not isinstance(got, Accepted | Refused) and _concerned(post, got) == model_id
                ],
            )
