"""What report reads to know each row's status, and what it keeps of each status column."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Connection, Row, Text, and_, cast, select, true, update
from sqlalchemy.sql import FromClause

from sheets_sync.domain.status import Rival, Standing
from sheets_sync.store.contents import same_target
from sheets_sync.store.holds import held_of
from sheets_sync.store.observations import are_of_tab
from sheets_sync.store.schema import claims, deliveries, outages, tabs


@dataclass(frozen=True, slots=True)
class DueReport:
    """A tab whose statuses may differ from what its sheet shows."""

    tab_id: int
    mapping: str
    spreadsheet: str
    requested: int
    metadata_id: int | None
    unwritable: str
    unwritable_at: float | None


def due_reports(connection: Connection, spreadsheet: str) -> list[DueReport]:
    """The spreadsheet's tabs that have something to report."""
    rows = connection.execute(
        select(tabs).where(tabs.c.spreadsheet == spreadsheet, tabs.c.report_due > 0)
    )
    return [
        DueReport(
            row.id,
            row.mapping,
            row.spreadsheet,
            row.report_due,
            row.status_metadata,
            row.unwritable,
            row.unwritable_at,
        )
        for row in rows
    ]


def spreadsheets_to_report(connection: Connection) -> set[str]:
    """The spreadsheets that have something to report."""
    query = select(tabs.c.spreadsheet).distinct().where(tabs.c.report_due > 0)
    return set(connection.execute(query).scalars())


def standings(
    connection: Connection, tab: int, keys: Collection[str] | None = None
) -> dict[str, Standing]:
    """What the status of each of the tab's rows depends on, by key; `keys` are a few of them."""
    rivals = _rivals(connection, tab, keys)
    mapping = connection.execute(select(tabs.c.mapping).where(tabs.c.id == tab)).scalar_one()
    held = held_of(connection, mapping)
    out = connection.execute(select(outages)).all()
    chosen = are_of_tab(connection, tab) if keys is None else _have_keys(deliveries, tab, keys)
    asked = select(*_PLACE, *_STANDING).where(chosen)
    found: dict[str, Standing] = {}
    for delivery, key, endpoint, model_id, kept, *columns in connection.execute(asked):
        standing = Standing(*columns)
        if delivery in rivals:
            standing = standing._replace(rival=rivals[delivery])
        if kept != NOTHING:
            standing = standing._replace(kept=tuple(from_json(kept)))
        if held is not None and standing.state == "held":
            standing = standing._replace(message=held.hold.reason)
        for outage in out:
            if outage.endpoint == endpoint and outage.model_id in {"", model_id}:
                standing = _while_out(standing, outage)
        found[key] = standing
    return found


def _while_out(standing: Standing, outage: Row[*tuple[Any, ...]]) -> Standing:
    trouble = outage.message if outage.needs_person else ""
    return standing._replace(
        retry_at=max(standing.retry_at, outage.until), trouble=max(standing.trouble, trouble)
    )


def note_marked(connection: Connection, report: DueReport, metadata_id: int) -> None:
    """The tab's status column carries this mark."""
    connection.execute(
        update(tabs).where(tabs.c.id == report.tab_id).values(status_metadata=metadata_id)
    )


def note_reported(connection: Connection, report: DueReport) -> None:
    """The sheet shows what was known when the report began; later changes stay due."""
    connection.execute(
        update(tabs)
        .where(tabs.c.id == report.tab_id)
        .values(
            report_due=tabs.c.report_due - report.requested,
            unwritable="",
            unwritable_at=None,
        )
    )


def note_refused(
    connection: Connection, spreadsheet: str, names: Sequence[str], reason: str
) -> None:
    """Why the statuses of these mappings are not written; they stay due."""
    connection.execute(
        update(tabs)
        .where(tabs.c.spreadsheet == spreadsheet, tabs.c.mapping.in_(names), tabs.c.report_due > 0)
        .values(unwritable=reason)
    )


def note_unwritable(connection: Connection, report: DueReport, reason: str, now: float) -> None:
    """The status column may not be written; syncing goes on without it."""
    connection.execute(
        update(tabs)
        .where(tabs.c.id == report.tab_id)
        .values(
            report_due=tabs.c.report_due - report.requested,
            unwritable=reason,
            unwritable_at=now,
        )
    )


def _have_keys(of: FromClause, tab: int, keys: Collection[str] | None) -> ColumnElement[bool]:
    are_chosen = true() if keys is None else of.c.key.in_(keys)
    return and_(of.c.tab_id == tab, are_chosen)


def _rivals(connection: Connection, tab: int, keys: Collection[str] | None) -> dict[int, Rival]:
    rows = connection.execute(_RIVALS.where(_have_keys(_MY_DELIVERY, tab, keys)))
    return {row.delivery_id: Rival(row.title, row.number) for row in rows}


_MINE, _THEIRS = claims.alias("mine"), claims.alias("theirs")
_MY_DELIVERY, _THEIR_DELIVERY = deliveries.alias("my_delivery"), deliveries.alias("their_delivery")
_RIVALS = (
    select(_MINE.c.delivery_id, tabs.c.title, _THEIR_DELIVERY.c.number)
    .join(_MY_DELIVERY, _MY_DELIVERY.c.id == _MINE.c.delivery_id)
    .join(
        _THEIRS,
        and_(
            same_target(_MINE, _THEIRS),
            _THEIRS.c.delivery_id != _MINE.c.delivery_id,
            _THEIRS.c.fingerprint != _MINE.c.fingerprint,
        ),
    )
    .join(_THEIR_DELIVERY, _THEIR_DELIVERY.c.id == _THEIRS.c.delivery_id)
    .join(tabs, tabs.c.id == _THEIR_DELIVERY.c.tab_id)
    .order_by(_THEIR_DELIVERY.c.id.desc())
)
NOTHING = "[]"
_PLACE = (
    deliveries.c.id,
    deliveries.c.key,
    deliveries.c.endpoint,
    deliveries.c.model_id,
    cast(deliveries.c.kept, Text),
)
_STANDING = (
    deliveries.c.digest,
    deliveries.c.state,
    deliveries.c.problems,
    deliveries.c.withdrawn,
    deliveries.c.delivered_at,
    deliveries.c.message,
    deliveries.c.next_attempt_at,
    and_(
        deliveries.c.note_fingerprint == deliveries.c.note_attempted,
        deliveries.c.note_attempted.is_distinct_from(deliveries.c.note_accepted),
    ),
)
"""In the order of a standing's own fields."""
