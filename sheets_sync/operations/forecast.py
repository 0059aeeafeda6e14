"""What a configuration asks of Google, what it can have, and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sheets_sync.domain import mapping as configured
from sheets_sync.domain.detection import POLLED_SHARE, WINDOW, Scheme, Watch, reads_asked, scheme
from sheets_sync.domain.mapping import by_spreadsheet
from sheets_sync.engine.context import Context
from sheets_sync.engine.detect import duration, watched
from sheets_sync.engine.schedule import cron_reads
from sheets_sync.errors import SheetsSyncError

CURE = (
    "let them poll less often, write `detect: drive`, name service accounts of other projects "
    "in google.credentials, or have Google raise the quota and write it under google"
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Requests a minute, and how often the most frequent poll can really be (s).

    While experts edit everywhere, each poll may bring one more read and one write.
    """

    asked: float
    reads: float
    writes: float
    poll: float | None
    real_poll: float | None
    by_drive: int
    """Spreadsheets that Drive tells of."""
    sweep: float

    @property
    def fits(self) -> bool:
        """Whether sheets are read as often as asked, or Drive tells when to."""
        return self.poll is None or self.real_poll is None or self.real_poll <= self.poll

    def __str__(self) -> str:
        polled = (
            f"polls ask for {self.asked:.0f} reads a minute, and for up to {self.asked:.0f} more "
            f"with as many writes while all are edited; Google allows {self.reads:.0f} and "
            f"{self.writes:.0f}"
        )
        if self.by_drive and self.poll is not None:
            return (
                f"{self.by_drive} spreadsheets are left to Drive, which tells of an edit within "
                f"{duration(WINDOW + self.poll)}; each is read at least every "
                f"{duration(self.sweep)}. The others: {polled}"
            )
        if self.fits or self.poll is None or self.real_poll is None:
            return polled
        return (
            f"{polled}. Instead of {duration(self.poll)} the poll is {duration(self.real_poll)}; "
            f"{CURE}"
        )


def forecast(
    context: Context, mappings: Sequence[configured.Mapping], *, is_drive_usable: bool
) -> Forecast:
    """What these mappings ask of Google, and what comes of it."""
    watches = [*watched(by_spreadsheet(mappings)).values()]
    found: Scheme = scheme(watches, context.reads_per_minute, is_drive_usable=is_drive_usable)
    polled = [watch for watch in watches if watch.spreadsheet not in found.by_drive]
    asked = reads_asked(polled) + cron_reads(mappings)
    poll = min((watch.poll for watch in polled or watches), default=None)
    crowding = asked / (POLLED_SHARE * context.reads_per_minute)
    return Forecast(
        asked,
        context.reads_per_minute,
        context.writes_per_minute,
        poll,
        None if poll is None else poll * max(1.0, crowding),
        len(found.by_drive),
        found.sweep,
    )


def drive_trouble(context: Context) -> SheetsSyncError | None:
    """Why Drive cannot be asked; one request for each account."""
    try:
        for drive in context.drives:
            drive.start()
    except SheetsSyncError as error:
        return error
    return None


def wants_drive(context: Context, mappings: Sequence[configured.Mapping]) -> bool:
    """Whether any spreadsheet is to be left to Drive."""
    watches: list[Watch] = [*watched(by_spreadsheet(mappings)).values()]
    return bool(scheme(watches, context.reads_per_minute, is_drive_usable=True).by_drive)
