"""Several spreadsheets and a program that detects their changes, in a time of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sheets_sync.app import App, opened
from sheets_sync.domain.detection import QUIET, WINDOW
from sheets_sync.domain.mapping import by_spreadsheet
from sheets_sync.engine.detect import Detection
from tests.service import HEADERS, Service, answer

POLL = 30.0


@dataclass
class Watched(Service):
    """Several spreadsheets alike, and a program that detects their changes in a time of its own."""

    others: list[str] = field(default_factory=list)
    now: float = 1_795_000_000.0
    detect: str = "drive"
    reads: float | None = None
    """What Google is said to allow in a minute; None is as configured."""

    def add(self, count: int) -> None:
        """So many spreadsheets more."""
        self.others += [
            self.control.add_spreadsheet([HEADERS, answer(n)], title=f"{n}", worksheet="Review")
            for n in range(1, count + 1)
        ]

    def mappings(self) -> list[dict[str, Any]]:
        """One mapping of each spreadsheet."""
        (first,) = super().mappings()
        return [
            first | {"name": name, "spreadsheet": name, "detect": self.detect}
            for name in [self.spreadsheet, *self.others]
        ]

    @contextmanager
    def running(self) -> Iterator[tuple[App, Detection]]:
        """The program from a start on."""
        with opened(self.config(), writes=True) as made:
            context = replace(made.context, clock=lambda: self.now)
            if self.reads is not None:
                context = replace(context, reads_per_minute=self.reads)
            app = replace(made, context=context)
            yield app, Detection(app.context, by_spreadsheet(app.config.mappings))

    def wait(self, seconds: float) -> None:
        """Let time pass, here and at Google."""
        self.now += seconds
        self.control.advance(seconds)

    def poll(self, detection: Detection) -> list[str]:
        """One poll, `POLL` after the one before; returns what was read."""
        self.wait(POLL)
        return self.look(detection)

    def look(self, detection: Detection) -> list[str]:
        """Ask Drive, where that is due at all, and read what is due."""
        if detection.drive_poll is not None:
            detection.ask_drive()
        read = detection.due(10**6)
        for spreadsheet in read:
            detection.read(spreadsheet)
        return read

    def calm(self, detection: Detection) -> None:
        """Read all, and let all that Drive has to tell be told and be forgotten."""
        self.look(detection)
        for _ in range(round((WINDOW + QUIET) / POLL) + 1):
            self.poll(detection)
        assert self.poll(detection) == []
