"""What Drive told of spreadsheets, where its log was left, and what was read since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from sheets_sync.store.schema import drive_tokens, watches


class Token(NamedTuple):
    """Where an account's log of changes was left; what was not read since may have changed."""

    token: str
    since: float


class Known(NamedTuple):
    """When Drive told of a spreadsheet, when it was read, and with which mappings."""

    changed_at: float | None
    read_at: float | None
    revision: str | None


def token(connection: Connection, account: str) -> Token | None:
    """The token of this account, if there is one."""
    here = drive_tokens.c.account == account
    row = connection.execute(select(drive_tokens).where(here)).one_or_none()
    return Token(row.token, row.since) if row is not None else None


def tokens_since(connection: Connection, accounts: Collection[str]) -> float:
    """When the last of their tokens was given."""
    given = [token(connection, account) for account in accounts]
    return max((known.since for known in given if known is not None), default=0.0)


def note_told(
    connection: Connection, account: str, at: Token, told: Collection[str], now: float
) -> None:
    """Keep the token and what it leads past; in one transaction, so that nothing is lost."""
    connection.execute(delete(drive_tokens).where(drive_tokens.c.account == account))
    values = {"account": account, "token": at.token, "since": at.since}
    connection.execute(insert(drive_tokens).values(values))
    for spreadsheet in sorted(told):
        _set(connection, spreadsheet, changed_at=now)


def note_detection(connection: Connection, detections: Mapping[str, str]) -> None:
    """Say, for people, how changes of each spreadsheet are noticed; of no others."""
    connection.execute(delete(watches).where(watches.c.spreadsheet.not_in([*detections])))
    for spreadsheet, detection in detections.items():
        _set(connection, spreadsheet, detection=detection)


def note_read(connection: Connection, spreadsheet: str, revision: str, began: float) -> None:
    """Keep when a read began, and with which mappings."""
    _set(connection, spreadsheet, read_at=began, revision=revision)


def known(connection: Connection) -> dict[str, Known]:
    """What is known of each spreadsheet."""
    columns = (watches.c.changed_at, watches.c.read_at, watches.c.revision)
    rows = connection.execute(select(watches.c.spreadsheet, *columns))
    return {spreadsheet: Known(*rest) for spreadsheet, *rest in rows}


def detections(connection: Connection) -> dict[str, str]:
    """How changes of each spreadsheet are noticed, for people."""
    rows = connection.execute(select(watches.c.spreadsheet, watches.c.detection))
    return {spreadsheet: detection for spreadsheet, detection in rows if detection}


def _set(connection: Connection, spreadsheet: str, **values: object) -> None:
    here = watches.c.spreadsheet == spreadsheet
    if not connection.execute(update(watches).where(here).values(**values)).rowcount:
        connection.execute(insert(watches).values(spreadsheet=spreadsheet, **values))
