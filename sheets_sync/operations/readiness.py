"""Whether a running service reads and delivers, and if not, why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

from sheets_sync.domain.detection import scheme
from sheets_sync.domain.mapping import Mapping, by_spreadsheet
from sheets_sync.engine.detect import duration, watched
from sheets_sync.operations.overview import Overview

POLLS = 3
"""So many may be missed."""
GRACE = 60.0
"""Seconds that a look may take, which itself tries again for as long."""


def unready(
    seen: Overview, mappings: Sequence[Mapping], reads_per_minute: float, now: float
) -> list[str]:
    """Why not all is read and delivered; empty if it is. `now` is in seconds since the epoch.

    A mapping that waits for a person is no reason: the service reads it as often as ever. An
    endpoint that is out is, since nothing is delivered there.
    """
    reasons = [
        f"Arize {outage.endpoint}: {outage.message}"
        for outage in seen.outages
        if not outage.model_id
    ]
    latest = _latest(mappings, reads_per_minute)
    for view, mapping in zip(seen.mappings, mappings, strict=False):  # families are behind them
        if view.trouble_needs_person:
            continue
        if view.read_at is None:
            reasons.append(f"{view.name}: not read yet" + (view.trouble and f": {view.trouble}"))
        elif now > _due(mapping, view.read_at, latest):
            said = f"{view.name}: not read for {duration(now - view.read_at)}"
            reasons.append(said + (view.trouble and f": {view.trouble}"))
    return reasons


def _due(mapping: Mapping, read_at: float, latest: dict[str, float]) -> float:
    """When it must have been read again."""
    if isinstance(mapping.poll, timedelta):
        return read_at + POLLS * latest[mapping.spreadsheet] + GRACE
    trigger = CronTrigger.from_crontab(mapping.poll, timezone=UTC)
    at: datetime | None = datetime.fromtimestamp(read_at, UTC)
    for _ in range(POLLS):
        at = trigger.get_next_fire_time(at, at + timedelta(seconds=1)) if at else None
    return at.timestamp() + GRACE if at else float("inf")


def _latest(mappings: Sequence[Mapping], reads_per_minute: float) -> dict[str, float]:
    """How many seconds may lie between two looks at a spreadsheet with a poll of its own."""
    watches = [*watched(by_spreadsheet(mappings)).values()]
    found = scheme(watches, reads_per_minute, is_drive_usable=True)
    stretch = found.stretch(watches, 0)
    return {
        watch.spreadsheet: max(found.sweep, watch.poll)
        if watch.spreadsheet in found.by_drive
        else watch.poll * (1 if watch.detect == "poll" else stretch)
        for watch in watches
    }
