"""Which spreadsheets are to be read now, so that edits are seen soon and Google's budget holds.

Times are in seconds since the epoch, durations in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sheets_sync.domain.mapping import Detect

Means: TypeAlias = Literal["poll", "drive"]
"""How changes of a spreadsheet are noticed."""

WINDOW = 180.0
"""Drive tells of a spreadsheet's edits together, about every three minutes:
github.com/googleapis/google-api-go-client/issues/444."""
QUIET = 2 * WINDOW
"""So long after a change a spreadsheet is read at each poll, whatever Drive says."""
SWEEP = 3600.0
"""Within this each spreadsheet is read although Drive tells of no change, if the budget allows."""
HOT = 600.0
"""So long after a change a spreadsheet is polled as often as asked for."""
POLLED_SHARE = 0.75
"""Of the reads; the others are for reports."""
SWEPT_SHARE = 0.1
"""Of the reads."""
READS_OF_A_SWEEP = 2
"""Title and tabs are described again then, and the cells are read."""
SLOWEST = 4
"""`auto` polls unchanged spreadsheets up to so many times less often before it asks Drive."""
RETRY_AFTER = 60.0
"""The least time after a read that failed."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One spreadsheet: what is asked for, and what is known of it. None is never."""

    spreadsheet: str
    poll: float
    detect: Detect
    read_at: float | None = None
    """When the last read that succeeded began."""
    changed_at: float | None = None
    """When a change was read, or told of by Drive."""
    failed_at: float | None = None
    """When the last read began, if it failed."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """What the budget allows. `reads` are those a minute of all accounts."""

    reads: float
    by_drive: frozenset[str]
    """The spreadsheets that Drive tells of."""
    sweep: float
    """How often these are read although Drive tells of no change."""

    def means(self, spreadsheet: str) -> Means:
        """How changes of it are noticed."""
        return "drive" if spreadsheet in self.by_drive else "poll"

    def stretch(self, watches: Sequence[Watch], now: float) -> float:
        """How many times less often than asked for an unchanged spreadsheet is polled."""
        polled = [watch for watch in watches if watch.spreadsheet not in self.by_drive]
        firm = reads_asked([w for w in polled if w.detect == "poll" or _is_hot(w, now)])
        cold = reads_asked([w for w in polled if w.detect != "poll" and not _is_hot(w, now)])
        left = max(POLLED_SHARE * self.reads - firm, SWEPT_SHARE * self.reads)
        return max(1.0, cold / left)

    def due(self, watches: Sequence[Watch], now: float) -> list[Watch]:
        """Those to read now, the most urgent first.

        Changed ones go before others, and those that failed come last.
        """
        stretch = self.stretch(watches, now)
        turns = [(self._turn(watch, now, stretch), watch) for watch in watches]
        ready = [(turn, watch) for turn, watch in turns if turn[1] <= now]
        return [watch for _, watch in sorted(ready, key=lambda pair: pair[0])]

    def _turn(self, watch: Watch, now: float, stretch: float) -> tuple[int, float]:
        """Its urgency, 0 the greatest, and when it is due."""
        if watch.failed_at is not None:
            return 3, min(watch.failed_at, now) + max(watch.poll, RETRY_AFTER)
        if watch.read_at is None:
            return 2, 0.0
        read_at = min(watch.read_at, now)
        if watch.spreadsheet not in self.by_drive:
            is_firm = watch.detect == "poll" or _is_hot(watch, now)
            return 1 if is_firm else 2, read_at + watch.poll * (1 if is_firm else stretch)
        if watch.changed_at is None or read_at >= watch.changed_at + QUIET:
            return 2, read_at + max(self.sweep, watch.poll)
        if read_at < watch.changed_at:
            return 0, watch.changed_at
        return 1, read_at + watch.poll


def scheme(watches: Sequence[Watch], reads: float, *, is_drive_usable: bool) -> Scheme:
    """Who is polled, and who is left to Drive."""
    is_left_to_drive = is_drive_usable and not fits(watches, reads)
    by_drive = {
        watch.spreadsheet
        for watch in watches
        if (watch.detect == "drive" and is_drive_usable)
        or (watch.detect == "auto" and is_left_to_drive)
    }
    return Scheme(reads, frozenset(by_drive), sweep_every(by_drive, reads))


def fits(watches: Sequence[Watch], reads: float) -> bool:
    """Whether the budget allows to poll all that Drive need not tell of, seldom if unchanged."""
    firm = reads_asked([watch for watch in watches if watch.detect == "poll"])
    free = reads_asked([watch for watch in watches if watch.detect == "auto"])
    return free <= SLOWEST * (POLLED_SHARE * reads - firm)


def reads_asked(watches: Sequence[Watch]) -> float:
    """The reads a minute that their polls ask for."""
    return sum(60 / watch.poll for watch in watches)


def sweep_every(spreadsheets: Collection[str], reads: float) -> float:
    """How often so many can be read aside, in seconds."""
    return max(SWEEP, 60 * len(spreadsheets) * READS_OF_A_SWEEP / (SWEPT_SHARE * reads))


def _is_hot(watch: Watch, now: float) -> bool:
    return watch.changed_at is not None and now < watch.changed_at + HOT
