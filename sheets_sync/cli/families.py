"""A configuration with its families as their members, for commands that are soon over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sheets_sync.cli.progress import counting
from sheets_sync.errors import SheetsSyncError

if TYPE_CHECKING:
    from sheets_sync.app import App
    from sheets_sync.config import Config
    from sheets_sync.engine.families import Expanded


def as_known(written: Config) -> Config:
    """Families as the members that were looked at before; Google is not asked."""
    if not any(mapping.is_family for mapping in written.mappings):
        return written
    from sheets_sync.app import with_mappings
    from sheets_sync.engine.families import recalled
    from sheets_sync.store.database import open_state

    return with_mappings(written, recalled(open_state(written.state), written.mappings))


def listed(written: App, *, as_json: bool) -> tuple[App, Expanded]:
    """Families as Google tells of them; on a terminal, how far that is."""
    with counting("reading folders", hidden=as_json or not written.families) as tell:
        return written.expanded(again=True, tell=tell)


def expanded(written: Config, *, as_json: bool) -> tuple[Config, Sequence[SheetsSyncError]]:
    """The same of a configuration, and what kept Google from telling."""
    if not any(mapping.is_family for mapping in written.mappings):
        return written, ()
    from sheets_sync.app import opened

    with opened(written, writes=False) as app:
        found, told = listed(app, as_json=as_json)
    return found.config, tuple(told.troubles.values())
