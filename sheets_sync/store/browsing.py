"""A mapping's rows as people leaf through them: a page at a time, sought by state and text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, exists, func, or_, select

from sheets_sync.domain.annotation import MetricValue
from sheets_sync.domain.delivery import State
from sheets_sync.domain.status import Standing
from sheets_sync.store import statuses
from sheets_sync.store.contents import chunks, value_of
from sheets_sync.store.schema import deliveries, tabs, targets

Order: TypeAlias = Literal["number", "state", "key", "delivered_at"]


@dataclass(frozen=True, slots=True)
class Sought:
    """Rows of one mapping in these states whose key, content or problems contain the text."""

    mapping: str
    states: Collection[State]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One row; `tab` is its tab's number in the state."""

    id: int
    tab: int
    spreadsheet: str
    gid: int
    zone: str
    key: str
    number: int
    state: State


@dataclass(frozen=True, slots=True)
class Held:
    """A value that Arize has, and since when (seconds since the epoch)."""

    value: MetricValue
    at: float


def count(connection: Connection, sought: Sought) -> int:
    """How many rows there are."""
    query = select(func.count()).select_from(_ROWS).where(_is_sought(sought))
    return connection.execute(query).scalar_one()


def page(  # noqa: PLR0913 - which rows, in which order, and how many of them
    connection: Connection,
    sought: Sought,
    order: Order,
    first: int,
    rows: int,
    *,
    descending: bool = False,
) -> list[Found]:
    """So many of them in this order, from `first` (0) on."""
    column = deliveries.c[order]
    query = (
        _FOUND.where(_is_sought(sought))
        .order_by(column.desc() if descending else column, deliveries.c.number, deliveries.c.id)
        .offset(first)
        .limit(rows)
    )
    return [Found(*row) for row in connection.execute(query)]


def row(connection: Connection, mapping: str, key: str) -> Found | None:
    """The mapping's row of this key, the last one where its tab was changed for another."""
    here = (tabs.c.mapping == mapping, deliveries.c.key == key)
    query = _FOUND.where(*here).order_by(deliveries.c.id.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    return Found(*found) if found is not None else None


def held_by(connection: Connection, ids: Collection[int]) -> dict[int, list[Held]]:
    """What Arize has of these rows, as its last answers said."""
    found: defaultdict[int, list[Held]] = defaultdict(list)
    for chunk in chunks(ids):
        query = (
            select(targets.c.delivery_id, targets.c.value, targets.c.at)
            .where(targets.c.delivery_id.in_(chunk))
            .order_by(targets.c.name)
        )
        for delivery, value, at in connection.execute(query):
            found[delivery].append(Held(value_of(value), at))
    return found


def standings_of(connection: Connection, rows: Sequence[Found]) -> dict[int, Standing]:
    """What the status of each of these rows depends on."""
    found: dict[int, Standing] = {}
    for tab in {row.tab for row in rows}:
        ids = {row.key: row.id for row in rows if row.tab == tab}
        by_key = statuses.standings(connection, tab, [*ids])
        found |= {ids[key]: standing for key, standing in by_key.items()}
    return found


_ROWS = deliveries.join(tabs, tabs.c.id == deliveries.c.tab_id)
_FOUND = select(
    deliveries.c.id,
    deliveries.c.tab_id,
    tabs.c.spreadsheet,
    tabs.c.gid,
    tabs.c.zone,
    deliveries.c.key,
    deliveries.c.number,
    deliveries.c.state,
).select_from(_ROWS)


def _is_sought(sought: Sought) -> ColumnElement[bool]:
    return and_(
        tabs.c.mapping == sought.mapping,
        deliveries.c.state.in_(sought.states),
        *_contain(sought.text.strip()),
    )


def _contain(text: str) -> Iterator[ColumnElement[bool]]:
    if not text:
        return
    own = (
        deliveries.c.key,
        deliveries.c.record_id,
        deliveries.c.problems,
        deliveries.c.message,
        cast(deliveries.c.annotation, Text),
    )
    held = exists().where(
        targets.c.delivery_id == deliveries.c.id,
        cast(targets.c.value, Text).icontains(text, autoescape=True),
    )
    yield or_(*(column.icontains(text, autoescape=True) for column in own), held)
