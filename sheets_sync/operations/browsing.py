"""A mapping's rows as people leaf through them, and what was done last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sheets_sync.domain.annotation import MetricValue
from sheets_sync.domain.delivery import State
from sheets_sync.domain.status import Standing, standing_status
from sheets_sync.operations.desk import Desk
from sheets_sync.store import activity, browsing, review
from sheets_sync.store.activity import Pass, Try
from sheets_sync.store.browsing import Found, Held, Order, Sought
from sheets_sync.store.review import PastDelivery


@dataclass(frozen=True, slots=True)
class Line:
    """One row: where it stands, what Arize has of it, and what its status cell shows."""

    key: str
    number: int
    state: State
    status: str
    held: tuple[MetricValue, ...]
    cell: str
    """The address of its place in the sheet."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Some of a mapping's rows, and how many there are in all."""

    lines: Sequence[Line]
    total: int


@dataclass(frozen=True, slots=True)
class RowHistory:
    """All that happened to one row, and what Arize has of it now."""

    delivery: PastDelivery
    status: str
    held: tuple[Held, ...]
    cell: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Both the newest first."""

    passes: Sequence[Pass]
    tries: Sequence[Try]


def leaf(  # noqa: PLR0913 - which rows, in which order, and how many of them
    desk: Desk, sought: Sought, order: Order, first: int, rows: int, *, descending: bool = False
) -> Lines:
    """So many of the rows that are sought, from `first` (0) on."""
    with desk.state.reading() as connection:
        total = browsing.count(connection, sought)
        found = browsing.page(connection, sought, order, first, rows, descending=descending)
        held = browsing.held_by(connection, [row.id for row in found])
        standings = browsing.standings_of(connection, found)
    return Lines(
        [
            Line(
                row.key,
                row.number,
                row.state,
                _status(desk, row, standings[row.id]),
                tuple(one.value for one in held.get(row.id, ())),
                cell_address(row.spreadsheet, row.gid, row.number),
            )
            for row in found
        ],
        total,
    )


def history(desk: Desk, mapping: str, key: str) -> RowHistory | None:
    """What `history KEY` says of one mapping's row; None where there is no such row."""
    with desk.state.reading() as connection:
        found = browsing.row(connection, mapping, key)
        past = [
            one
            for one in review.past_deliveries(connection, key)
            if (one.mapping, one.key) == (mapping, key)
        ]
        if found is None or not past:
            return None
        held = browsing.held_by(connection, [found.id])
        standings = browsing.standings_of(connection, [found])
    address = cell_address(found.spreadsheet, found.gid, found.number)
    status = _status(desk, found, standings[found.id])
    return RowHistory(past[-1], status, tuple(held.get(found.id, ())), address)


def latest(desk: Desk, most: int) -> Activity:
    """What was done last, so much of each kind at most."""
    with desk.state.reading() as connection:
        return Activity(
            activity.last_passes(connection, most), activity.last_tries(connection, most)
        )


def cell_address(spreadsheet: str, gid: int, number: int) -> str:
    """Where a browser finds the row."""
    return f"https://docs.google.com/spreadsheets/d/{spreadsheet}/edit#gid={gid}&range=A{number}"


def _status(desk: Desk, row: Found, standing: Standing) -> str:
    """What its status cell shows, once it is reported."""
    return standing_status(standing, ZoneInfo(row.zone), desk.context.contact)
