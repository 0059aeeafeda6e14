"""What each replica's looks at spreadsheets came to, for all the others to know."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select

from sheets_sync.store.schema import looks


class Looked(NamedTuple):
    """The last looks of one name, as `domain.detection.Watch` has them."""

    revision: str
    read_at: float | None
    failed_at: float | None
    changed_at: float | None

    @property
    def began_at(self) -> float:
        """When the last one began, however it ended."""
        return max(self.read_at or 0.0, self.failed_at or 0.0)


def known(connection: Connection) -> dict[str, Looked]:
    """The last looks of every name."""
    return {row.name: _looked(row) for row in connection.execute(select(looks))}


def last(connection: Connection, name: str) -> Looked | None:
    """The last looks of one name."""
    row = connection.execute(select(looks).where(looks.c.name == name)).one_or_none()
    return None if row is None else _looked(row)


def _looked(row: Row[*tuple[Any, ...]]) -> Looked:
    return Looked(row.revision, row.read_at, row.failed_at, row.changed_at)


def note(connection: Connection, name: str, looked: Looked, replica: str) -> None:
    """Keep it in place of what was known."""
    connection.execute(delete(looks).where(looks.c.name == name))
    connection.execute(insert(looks).values(name=name, replica=replica, **looked._asdict()))
