"""Whose statuses may be written now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sheets_sync.domain import mapping as configured
from sheets_sync.domain.detection import POLLED_SHARE, reads_asked
from sheets_sync.engine.context import Context
from sheets_sync.engine.detect import watched
from sheets_sync.engine.presence import Presence

REPORT_EVERY = 2.0
"""Seconds between two reports of a spreadsheet that always has something to report."""
REPORTED_SHARE = 0.8
"""Of what Google allows; the rest is for turns that were saved."""
SAVED_TURNS = 5


@dataclass
class Turns:
    """Whose statuses may be written, so that backlogs never use up what Google allows a minute.

    Else an edit's status would wait for the next minute, wherever the edit was made.
    """

    a_minute: float
    """The reports that all spreadsheets have together."""
    presence: Presence | None = None
    """Each replica starts its part of them."""
    free_at: dict[str, float] = field(default_factory=dict)
    """When each spreadsheet has its next turn, on a clock that nobody sets."""

    def of(self, waiting: Collection[str], now: float) -> dict[str, float]:
        """Those whose turn it is, each with its next one.

        Those that always have something to report share the minute. One that was quiet for long
        has saved some turns: its edit is shown at once as queued, and at once as synced.
        """
        free_at = {spreadsheet: self.free_at.get(spreadsheet, now) for spreadsheet in waiting}
        busy = sum(at > now - REPORT_EVERY for at in free_at.values())
        parts = self.presence.number if self.presence else 1
        every = max(REPORT_EVERY, busy * 60 / self.a_minute) * parts
        return {
            spreadsheet: max(at, now - SAVED_TURNS * every) + every
            for spreadsheet, at in free_at.items()
            if at <= now
        }


def reports_a_minute(context: Context, groups: Mapping[str, Sequence[configured.Mapping]]) -> float:
    """How many the budget allows: each is a read, beside those that look for edits, and a write."""
    reads = context.reads_per_minute
    polled = min(reads_asked([*watched(groups).values()]), POLLED_SHARE * reads)
    return REPORTED_SHARE * min(reads - polled, context.writes_per_minute)
