"""Says in plain words why the state cannot be used, and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from sheets_sync.errors import StateError

BUSY_TIMEOUT_MS = 30_000
WAY_BACK = (
    "Stop sheets-sync, move this file and those named like it with -wal and -shm away, run "
    "`sheets-sync once`, then `sheets-sync rebuild MAPPING` with --adopt or --resend for each "
    'mapping on hold; docs/operators.md says under "If the state is damaged" what is lost'
)
_UNWRITABLE = "let this user read and write the file and its folder"
_PRIMARY = 0xFF
_CURES = {
    sqlite3.SQLITE_FULL: "no room is left on its disk; make room there",
    sqlite3.SQLITE_IOERR: "its disk fails or has no room left; see what is wrong with it",
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
    sqlite3.SQLITE_PERM: _UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: _UNWRITABLE,
    sqlite3.SQLITE_BUSY: (
        f"another program has kept it locked for {BUSY_TIMEOUT_MS // 1000} s; end that one"
    ),
    sqlite3.SQLITE_LOCKED: "another program has it locked; end that one",
    sqlite3.SQLITE_CORRUPT: WAY_BACK,
    sqlite3.SQLITE_NOTADB: WAY_BACK,
    sqlite3.SQLITE_ERROR: WAY_BACK,
}
"""By SQLite's primary result codes (https://sqlite.org/rescode.html)."""


@contextmanager
def said_plainly(path: Path) -> Iterator[None]:
    """Raise `StateError` where the database does not do what it is asked for."""
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY
        if code not in _CURES:
            raise
        reason = " ".join(str(error.orig).split())
        raise StateError(f"state {path}: {reason}: {_CURES[code]}") from error
