"""What each address was told of, and was not told yet to be over."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from sheets_sync.store.schema import alerts


def told(connection: Connection, address: str) -> dict[str, str]:
    """By name, the words that the address was told last."""
    rows = connection.execute(select(alerts).where(alerts.c.address == address))
    return {row.name: row.text for row in rows}


def note_told(connection: Connection, address: str, begun: Mapping[str, str], now: float) -> None:
    """The address was told that these have begun."""
    known = {"address": address, "since": now}
    values = [{**known, "name": name, "text": text} for name, text in begun.items()]
    if values:
        connection.execute(insert(alerts), values)


def note_over(connection: Connection, address: str, ended: Collection[str]) -> None:
    """The address was told that these are over."""
    connection.execute(delete(alerts).where(alerts.c.address == address, alerts.c.name.in_(ended)))


def keep_only(connection: Connection, addresses: Collection[str]) -> None:
    """Forget what others were told, which nobody will tell of the end."""
    connection.execute(delete(alerts).where(alerts.c.address.not_in(addresses)))
