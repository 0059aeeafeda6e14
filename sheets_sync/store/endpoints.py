"""What is known of each Arize endpoint: its dialect, and why it is not drained now."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from sheets_sync.domain.delivery import Dialect, Unavailable, growing_wait
from sheets_sync.store.contents import chunks
from sheets_sync.store.places import request_report
from sheets_sync.store.prepared import for_each
from sheets_sync.store.schema import attempts, deliveries, endpoints, outages

LONGEST_OUTAGE_WAIT = 300.0


def note_outage(
    connection: Connection, endpoint: str, model_id: str, outage: Unavailable, now: float
) -> float:
    """Stop draining the endpoint, or one model of it; returns when to try again."""
    here = (outages.c.endpoint == endpoint) & (outages.c.model_id == model_id)
    known = connection.execute(select(outages).where(here)).one_or_none()
    failures = known.failures if known else 0
    wait = outage.retry_after or growing_wait(failures, LONGEST_OUTAGE_WAIT)
    connection.execute(delete(outages).where(here))
    connection.execute(
        insert(outages).values(
            endpoint=endpoint,
            model_id=model_id,
            until=now + wait,
            message=outage.message,
            needs_person=outage.needs_person,
            failures=failures + 1,
        )
    )
    if known is None or known.message != outage.message:
        _report_endpoint(connection, endpoint, model_id)
    return now + wait


def end_outage(connection: Connection, endpoint: str, model_ids: Collection[str]) -> None:
    """An answer came: the endpoint and these models are there."""
    here = [{"here": endpoint, "model": model_id} for model_id in ("", *model_ids)]
    if for_each(connection, _END_OUTAGE, here):
        _report_endpoint(connection, endpoint, "")


def ask_again(connection: Connection, endpoint: str) -> None:
    """Let it be asked at once, whatever was wrong: it is configured anew."""
    connection.execute(update(outages).where(outages.c.endpoint == endpoint).values(until=0.0))


def last_answer(
    connection: Connection, endpoint: str, outcome: Literal["accepted", "refused"]
) -> float | None:
    """When a post to it was last answered so, as far as attempts are kept; None if never."""
    of_endpoint = (attempts.c.endpoint == endpoint) & (attempts.c.outcome == outcome)
    found: float | None = connection.execute(
        select(func.max(attempts.c.answered_at)).where(of_endpoint)
    ).scalar()
    return found


def keep_only(connection: Connection, asked: Collection[tuple[str, str]]) -> None:
    """Forget outages of all but these endpoints and models: nobody would find out their end."""
    named = {(endpoint, "") for endpoint, _ in asked} | {*asked}
    known = connection.execute(select(outages.c.endpoint, outages.c.model_id)).all()
    for endpoint, model_id in known:
        if (endpoint, model_id) not in named:
            here = (outages.c.endpoint == endpoint) & (outages.c.model_id == model_id)
            connection.execute(delete(outages).where(here))


def dialect(connection: Connection, endpoint: str) -> Dialect | None:
    """The dialect that was found out for this endpoint."""
    found: Dialect | None = connection.execute(
        select(endpoints.c.dialect).where(endpoints.c.name == endpoint)
    ).scalar()
    return found


def remember_dialect(connection: Connection, endpoint: str, found: Dialect | None) -> None:
    """Keep the dialect for the next start."""
    connection.execute(delete(endpoints).where(endpoints.c.name == endpoint))
    connection.execute(insert(endpoints).values(name=endpoint, dialect=found))


def _report_endpoint(connection: Connection, endpoint: str, model_id: str) -> None:
    waiting = (
        select(deliveries.c.tab_id)
        .distinct()
        .where(deliveries.c.endpoint == endpoint, deliveries.c.state == "pending")
    )
    if model_id:
        waiting = waiting.where(deliveries.c.model_id == model_id)
    for chunk in chunks(connection.execute(waiting).scalars().all()):
        request_report(connection, chunk)


_END_OUTAGE = delete(outages).where(
    outages.c.endpoint == bindparam("here"), outages.c.model_id == bindparam("model")
)
