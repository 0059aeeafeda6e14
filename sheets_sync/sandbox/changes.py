"""Drive's log of changes: what it tells of a file, when, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sheets_sync.sandbox.clock import Clock

COALESCED = 180.0
"""Seconds. A spreadsheet's changes "are coalesced and only sent around every 3 minutes or so":
github.com/googleapis/google-api-go-client/issues/444, an answer by Google."""


@dataclass(frozen=True)
class Edits:
    """Edits of one file that are told of together; times in seconds since the epoch."""

    first: float
    last: float
    count: int
    by: str


@dataclass(frozen=True)
class Change:
    """One line of the log. `only_for`: it concerns this caller alone, who gained or lost access."""

    file_id: str
    time: float
    only_for: str | None = None


class Changes:
    """The log, and the edits it does not tell of yet.

    The first edit that is not told of opens a window of three minutes; at its end all edits of
    that file show as one change. Without `coalesces` every edit is told of at once. `show` lets
    a file look as it does after these edits.
    """

    def __init__(
        self, clock: Clock, coalesces: Callable[[], bool], show: Callable[[str, Edits], None]
    ) -> None:
        self._clock = clock
        self._coalesces = coalesces
        self._show = show
        self._log: list[Change] = []
        self._untold: dict[str, Edits] = {}

    @property
    def end(self) -> int:
        """The place of the next change."""
        self.settle()
        return len(self._log)

    def edited(self, file_id: str, by: str) -> None:
        """Note an edit, to be told of when its window ends."""
        self.settle()
        now = self._clock.now()
        before = self._untold.get(file_id)
        first, count = (now, 0) if before is None else (before.first, before.count)
        self._untold[file_id] = Edits(first, now, count + 1, by)
        self.settle()

    def tell(self, file_id: str, only_for: str | None = None) -> None:
        """Tell of a file at once, and so of all its edits."""
        self._publish(file_id, self._clock.now(), only_for)

    def settle(self) -> None:
        """Tell of the edits whose window has ended, the earliest window first."""
        now = self._clock.now()
        for file_id, edits in list(self._untold.items()):
            end = edits.first + COALESCED if self._coalesces() else edits.last
            if end <= now:
                self._publish(file_id, end)

    def since(self, start: int, caller: str, sees: Callable[[str], bool]) -> list[int]:
        """Places of the changes from `start` on that concern a caller; each file's last alone."""
        places: dict[str, int] = {}
        for place in range(start, self.end):
            change = self._log[place]
            if change.only_for == caller or (change.only_for is None and sees(change.file_id)):
                places.pop(change.file_id, None)
                places[change.file_id] = place
        return list(places.values())

    def __getitem__(self, place: int) -> Change:
        return self._log[place]

    def _publish(self, file_id: str, at: float, only_for: str | None = None) -> None:
        edits = self._untold.pop(file_id, None)
        if edits is not None:
            self._show(file_id, edits)
        self._log.append(Change(file_id, at, only_for))
