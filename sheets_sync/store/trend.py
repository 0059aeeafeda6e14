"""How many rows Arize accepted and refused, over the time of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from sheets_sync.store.schema import attempts


@dataclass(frozen=True, slots=True)
class Span:
    """So many answers from `begin` on, in seconds since the epoch, until the next span begins."""

    begin: float
    accepted: int
    refused: int


def answers(connection: Connection, begins: Sequence[float], until: float) -> list[Span]:
    """Arize's answers in each of the spans; `begins` rise, and the last one ends with `until`."""
    later = [*begins[1:], until]
    span = case(*((attempts.c.answered_at < end, at) for at, end in enumerate(later)))
    rows = connection.execute(
        select(span.label("span"), attempts.c.outcome, func.count().label("rows"))
        .where(
            attempts.c.answered_at >= begins[0],
            attempts.c.answered_at < until,
            attempts.c.outcome.in_(("accepted", "refused")),
        )
        .group_by(span, attempts.c.outcome)
    )
    counts = {(row.span, row.outcome): row.rows for row in rows}
    return [
        Span(begin, counts.get((at, "accepted"), 0), counts.get((at, "refused"), 0))
        for at, begin in enumerate(begins)
    ]
