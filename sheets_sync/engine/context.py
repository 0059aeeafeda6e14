"""What every verb works with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sheets_sync.domain.detection import Watch
from sheets_sync.domain.families import File
from sheets_sync.domain.hold import HoldLimits
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.plan import Plan
from sheets_sync.domain.row import Fetched, Tab
from sheets_sync.engine.protocols import Drive, Sheets
from sheets_sync.store.aside import Version
from sheets_sync.store.database import State


@dataclass(frozen=True, slots=True)
class Look:
    """What one mapping's last look came to, to know it again.

    `version` is that of the state before it, None unless sheet and state agreed in everything: the
    same answer of Google's then needs no other look as long as the state has this version.
    """

    mapping: Mapping
    tab: Tab
    zone: ZoneInfo
    digest: bytes
    plan: Plan
    version: Version | None

    def is_of(self, mapping: Mapping, fetched: Fetched, zone: ZoneInfo) -> bool:
        """Whether it was a look at the same tab, for the same mapping."""
        return (self.mapping, self.tab, self.zone) == (mapping, fetched.tab, zone)


@dataclass(frozen=True, slots=True)
class Setback:
    """Why the statuses of a spreadsheet were not written, and when that is tried again."""

    trouble: str
    failures: int
    until: float
    """In seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Read:
    """What earlier runs of this process have read: a new run alone is no reason to read it again.

    Each for the mappings that it was read for, in their order.
    """

    polled: dict[str, tuple[Sequence[Mapping], Watch]] = field(default_factory=dict)
    """By spreadsheet."""
    by_cron: dict[str, tuple[Sequence[Mapping], float]] = field(default_factory=dict)
    """When it was begun, in seconds since the epoch, by spreadsheet and cron expression."""
    folders: dict[str, Sequence[File]] = field(default_factory=dict)
    """What stood in each folder when it was listed last."""


class Asked(NamedTuple):
    """A read that somebody asked for: of a spreadsheet's mappings that are looked at together."""

    spreadsheet: str
    cron: str | None

    @classmethod
    def of(cls, mapping: Mapping) -> Asked:
        """That of this mapping."""
        return cls(mapping.spreadsheet, mapping.poll if isinstance(mapping.poll, str) else None)


@dataclass(slots=True)
class Pulse:
    """That the schedule of `run` goes on."""

    at: float | None = None
    """When anything was begun last, on a clock that nobody sets; None before."""

    def beat(self) -> None:
        """Something was begun."""
        self.at = time.monotonic()


@dataclass(frozen=True, slots=True)
class Context:
    """The state, Google, the clock, and the wish to stop."""

    state: State
    sheets: Sheets
    contact: str
    """Named in statuses that need a person."""
    hold: HoldLimits
    """Above this, a plan looks like an accident."""
    drives: Sequence[Drive] = ()
    """One for each account at Google; none where no mapping may ask Drive."""
    reads_per_minute: float = 58.0
    """What Google allows all accounts together, less a margin."""
    writes_per_minute: float = 58.0
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    stopping: threading.Event = field(default_factory=threading.Event)
    looks: dict[str, Look] = field(default_factory=dict)
    """The last look of each mapping, by its name."""
    setbacks: dict[str, Setback] = field(default_factory=dict)
    """By spreadsheet."""
    pulse: Pulse = field(default_factory=Pulse)
    read: Read = field(default_factory=Read)
    asked: set[Asked] = field(default_factory=set)
    """What is to be read at once, whatever the schedule says."""
    replica: str = ""
    """The name of this program among those that share the state."""
    configuration: str = ""
    """A digest of what it is configured with: equal where all do the same."""
    families: frozenset[str] = frozenset()
    """The names of all families that are configured: what is noted of them is kept."""
