"""A configuration with its families as their members, for commands that are soon over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sheets_sync.errors import SheetsSyncError

if TYPE_CHECKING:
    from sheets_sync.config import Config


def as_known(written: Config) -> Config:
    """Families as the members that were looked at before; Google is not asked."""
    if not any(mapping.is_family for mapping in written.mappings):
        return written
    from sheets_sync.app import with_mappings
    from sheets_sync.engine.families import recalled
    from sheets_sync.store.database import open_state

    return with_mappings(written, recalled(open_state(written.state), written.mappings))


def expanded(written: Config) -> tuple[Config, Sequence[SheetsSyncError]]:
    """Families as Google tells of them, and what kept it from telling."""
    if not any(mapping.is_family for mapping in written.mappings):
        return written, ()
    from sheets_sync.app import opened

    with opened(written, writes=False) as app:
        found, told = app.expanded(again=True)
    return found.config, tuple(told.troubles.values())
