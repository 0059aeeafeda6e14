"""The text that a row shows in the sheet."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from sheets_sync.domain.row import Tab


@dataclass(frozen=True, slots=True)
class StatusWrite:
    """The status cells of one tab that change: row number (from 1) to text."""

    tab: Tab
    metadata_id: int
    cells: MappingOf[int, str]
