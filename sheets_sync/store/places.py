"""What is known of spreadsheets, tabs and mappings apart from their rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from sheets_sync.domain.row import Book, Tab
from sheets_sync.store.prepared import for_each
from sheets_sync.store.schema import mappings, spreadsheets, tabs


class KnownBook(NamedTuple):
    """A spreadsheet as it was described last."""

    book: Book
    read_at: float


def known_book(connection: Connection, spreadsheet: str) -> KnownBook | None:
    """What was read of the spreadsheet apart from its cells, if ever."""
    row = connection.execute(
        select(spreadsheets).where(spreadsheets.c.id == spreadsheet)
    ).one_or_none()
    if row is None:
        return None
    found = tuple(Tab(spreadsheet, *described) for described in row.tabs)
    return KnownBook(
        Book(spreadsheet, row.title, row.locale, ZoneInfo(row.zone), found), row.read_at
    )


def remember_book(connection: Connection, book: Book, now: float) -> None:
    """Keep the description for the next passes."""
    connection.execute(delete(spreadsheets).where(spreadsheets.c.id == book.spreadsheet))
    connection.execute(
        insert(spreadsheets).values(
            id=book.spreadsheet,
            title=book.title,
            locale=book.locale,
            zone=book.zone.key,
            tabs=[[tab.gid, tab.title, tab.rows] for tab in book.tabs],
            read_at=now,
        )
    )


def find_tab_id(connection: Connection, mapping: str, tab: Tab) -> int | None:
    """The number of this tab under this mapping, None where it was never recorded."""
    found: int | None = connection.execute(select(tabs.c.id).where(_is_tab(mapping, tab))).scalar()
    return found


def tab_id(connection: Connection, mapping: str, tab: Tab, zone: ZoneInfo) -> int:
    """The number of this tab under this mapping, made where there is none."""
    number = find_tab_id(connection, mapping, tab)
    if number is not None:
        connection.execute(
            update(tabs)
            .where(tabs.c.id == number, or_(tabs.c.title != tab.title, tabs.c.zone != zone.key))
            .values(title=tab.title, zone=zone.key)
        )
        return number
    made: int = connection.execute(
        insert(tabs)
        .values(
            mapping=mapping,
            spreadsheet=tab.spreadsheet,
            gid=tab.gid,
            title=tab.title,
            zone=zone.key,
        )
        .returning(tabs.c.id)
    ).scalar_one()
    return made


def note_read(connection: Connection, mapping: str, now: float) -> bool:
    """The mapping was read without trouble; returns whether it had any before."""
    trouble = connection.execute(
        select(mappings.c.trouble).where(mappings.c.name == mapping)
    ).scalar()
    _set_mapping(
        connection, mapping, read_at=now, trouble="", trouble_since=None, needs_person=False
    )
    return bool(trouble)


def note_trouble(
    connection: Connection, mapping: str, trouble: str, now: float, *, needs_person: bool
) -> bool:
    """Say what stops the mapping; returns whether that is news."""
    here = mappings.c.name == mapping
    known = connection.execute(select(mappings.c.trouble).where(here)).scalar()
    if known == trouble:
        return False
    _set_mapping(connection, mapping, trouble=trouble, trouble_since=now, needs_person=needs_person)
    return True


def mapping_names(connection: Connection) -> list[str]:
    """The mappings that were looked at and not retired since."""
    return list(connection.execute(select(mappings.c.name)).scalars())


def has_trouble(connection: Connection, mapping: str) -> bool:
    """Whether anything stops the mapping."""
    here = mappings.c.name == mapping
    return bool(connection.execute(select(mappings.c.trouble).where(here)).scalar())


def request_report(connection: Connection, tab_ids: Iterable[int]) -> None:
    """Say that statuses of these tabs may differ from what their sheets show."""
    for_each(connection, _REQUEST_REPORT, [{"tab": tab} for tab in set(tab_ids)])


def _is_tab(mapping: str, tab: Tab) -> ColumnElement[bool]:
    return and_(
        tabs.c.mapping == mapping, tabs.c.spreadsheet == tab.spreadsheet, tabs.c.gid == tab.gid
    )


def _set_mapping(connection: Connection, mapping: str, **values: object) -> None:
    here = mappings.c.name == mapping
    if not connection.execute(update(mappings).where(here).values(**values)).rowcount:
        connection.execute(insert(mappings).values(name=mapping, **values))


_REQUEST_REPORT = (
    update(tabs).where(tabs.c.id == bindparam("tab")).values(report_due=tabs.c.report_due + 1)
)
