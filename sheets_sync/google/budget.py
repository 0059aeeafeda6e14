"""Google's ceiling: how many requests a minute, and whose turn it is when there is no room.

Google counts reads and writes apart, for each account and for each project
(developers.google.com/workspace/sheets/api/limits): so a write never takes the place of a read.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sheets_sync.domain.ledger import UNSHARED, Ledger, Use
from sheets_sync.errors import TransientError
from sheets_sync.google.credentials import Account

Purpose: TypeAlias = Literal["observe", "report", "write"]
"""What a request is for: a read that may find an edit, a read before a write, a write."""

MINUTE = 60 * 1.02
"""Seconds that a request counts, with a margin for clocks that drift."""
PROJECT_SHARE = 5
"""A project may ask as often as so many of its accounts: 300 against 60 at Google's defaults."""
OBSERVED_IN_A_ROW = 3
"""After so many reads for observing, one that waits to report has its turn."""
STOP_SEEN_WITHIN = 0.25
"""Seconds."""
_KINDS = ("reads", "writes")


@dataclass
class Window:
    """The requests of the last minute.

    One counts from its start until a minute after its end, since nobody knows when in between
    Google counted it.
    """

    limit: int
    under_way: int = 0
    ended: deque[float] = field(default_factory=deque)
    closed_until: float = 0.0
    """Till then there is no room, since other replicas have used it up."""

    def used(self, now: float) -> int:
        """How many count now."""
        while self.ended and self.ended[0] + MINUTE <= now:
            self.ended.popleft()
        return self.under_way + len(self.ended)

    def free_at(self, now: float) -> float | None:
        """When there is room for one more; None until one under way has ended."""
        excess = self.used(now) - self.limit
        if excess < 0:
            return max(now, self.closed_until)
        return self.ended[excess] + MINUTE if excess < len(self.ended) else None


@dataclass(frozen=True, eq=False, slots=True)
class Waiting:
    """A request that waits for its turn, and the windows in which it will count."""

    spreadsheet: str
    purpose: Purpose
    windows: tuple[Window, ...]

    def free_at(self, now: float) -> float | None:
        """When all its windows have room; None if that depends on requests under way."""
        times = [window.free_at(now) for window in self.windows]
        known = [at for at in times if at is not None]
        return max(known) if len(known) == len(times) else None


@dataclass
class Turns:
    """Who is next: observing first, and among spreadsheets the one that was served longest ago."""

    waiting: list[Waiting] = field(default_factory=list)
    _served: dict[str, int] = field(default_factory=dict)
    _turn: int = 0
    _observed_in_a_row: int = 0

    def next(self, now: float) -> Waiting | None:
        """The request that may start now, if there is room for any that waits."""
        ready = [one for one in self.waiting if one.free_at(now) == now]
        return min(ready, key=self._rank) if ready else None

    def start(self, request: Waiting) -> None:
        """Let it go."""
        self.waiting.remove(request)
        for window in request.windows:
            window.under_way += 1
        self._turn += 1
        self._served[request.spreadsheet] = self._turn
        if request.purpose == "observe":
            self._observed_in_a_row += 1
        elif request.purpose == "report":
            self._observed_in_a_row = 0

    def free_at(self, now: float) -> float | None:
        """When the first of those that wait may start, as far as time alone decides."""
        times = [at for one in self.waiting if (at := one.free_at(now)) is not None]
        return min(times, default=None)

    def _rank(self, request: Waiting) -> tuple[bool, int]:
        first = "report" if self._observed_in_a_row >= OBSERVED_IN_A_ROW else "observe"
        return request.purpose != first, self._served.get(request.spreadsheet, 0)


class Project:
    """The windows of one project and of its accounts, shared by all threads.

    `reads` and `writes` are those of one account in a minute. With a `ledger`, all replicas that
    share it keep the limits together; each decides by itself whose turn it is of its own requests.
    """

    def __init__(
        self,
        reads: int,
        writes: int,
        clock: Callable[[], float] = time.monotonic,
        name: str = "",
        ledger: Ledger = UNSHARED,
    ) -> None:
        self._name, self._ledger = name, ledger
        self._limits = (reads, writes)
        self._clock = clock
        self._shared = (Window(reads * PROJECT_SHARE), Window(writes * PROJECT_SHARE))
        self._accounts: dict[str, tuple[Window, Window]] = {}
        self._turns = Turns()
        self._changed = threading.Condition()

    def budget(self, account: str) -> Budget:
        """The budget of one account; the same name is the same account."""
        reads, writes = self._limits
        self._accounts.setdefault(account, (Window(reads), Window(writes)))
        return Budget(self, account)

    def allow(self, reads: int, writes: int) -> None:
        """Other limits from now on; what was asked within the minute counts."""
        with self._changed:
            self._limits = (reads, writes)
            for own_reads, own_writes in self._accounts.values():
                own_reads.limit, own_writes.limit = reads, writes
            for window, limit in zip(self._shared, self._limits, strict=True):
                window.limit = limit * PROJECT_SHARE

    def used(self, account: str) -> tuple[int, int]:
        """As `Budget.used`, for one of the accounts."""
        with self._changed:
            reads, writes = self._accounts[account]
            return reads.used(self._clock()), writes.used(self._clock())

    @contextmanager
    def turn(
        self, account: str, spreadsheet: str, purpose: Purpose, stopping: threading.Event
    ) -> Iterator[None]:
        """As `Budget.turn`, for one of the accounts."""
        kind = 1 if purpose == "write" else 0
        windows = (self._accounts[account][kind], self._shared[kind])
        request = Waiting(spreadsheet, purpose, windows)
        uses = [
            Use(f"google {_KINDS[kind]} {whose}", 1, window.limit)
            for whose, window in zip((account, f"project {self._name}"), windows, strict=True)
        ]
        with self._changed:
            self._turns.waiting.append(request)
            try:
                ticket = self._await(request, uses, stopping)
            except BaseException:
                self._turns.waiting.remove(request)
                raise
        try:
            yield
        finally:
            self._ledger.end(ticket)
            with self._changed:
                for window in windows:
                    window.under_way -= 1
                    window.ended.append(self._clock())
                self._changed.notify_all()

    def _await(self, request: Waiting, uses: Sequence[Use], stopping: threading.Event) -> str:
        """Wait for its turn; returns its name in the ledger."""
        while True:
            is_next = self._turns.next(now := self._clock()) is request
            ticket = self._ledger.take(uses, request.spreadsheet, 0) if is_next else None
            if ticket is not None:
                break
            if is_next:
                request.windows[0].closed_until = now + STOP_SEEN_WITHIN
            if stopping.is_set():
                raise TransientError("stopped while waiting to ask Google")
            free_at = self._turns.free_at(now)
            pause = STOP_SEEN_WITHIN if free_at is None else free_at - now
            self._changed.wait(min(max(pause, 0.001), STOP_SEEN_WITHIN))
        self._turns.start(request)
        self._changed.notify_all()
        return ticket


@dataclass(frozen=True, slots=True)
class Budget:
    """What one account may ask."""

    project: Project
    account: str

    @property
    def used(self) -> tuple[int, int]:
        """The reads and writes of the last minute, those under way included."""
        return self.project.used(self.account)

    @contextmanager
    def turn(self, spreadsheet: str, purpose: Purpose, stopping: threading.Event) -> Iterator[None]:
        """Wait until one more request may be made, and count it until it has ended.

        Raises `TransientError` if a stop is asked for meanwhile.
        """
        with self.project.turn(self.account, spreadsheet, purpose, stopping):
            yield


def budgets(
    accounts: Sequence[Account],
    reads: int,
    writes: int,
    known: dict[str, Project] | None = None,
    ledger: Ledger = UNSHARED,
) -> list[Budget]:
    """Each account's budget, in order; those of one project share its limits.

    `known` are the projects of earlier budgets, by name: they get these limits, and further ones
    are added.
    """
    projects = {} if known is None else known
    for project in projects.values():
        project.allow(reads, writes)
    for name in map(project_of, accounts):
        projects.setdefault(name, Project(reads, writes, name=name, ledger=ledger))
    return [projects[project_of(account)].budget(account.who) for account in accounts]


def granted(accounts: Sequence[Account], per_account: int) -> float:
    """The requests a minute that all accounts have together."""
    members: dict[str, set[str]] = {}
    for account in accounts:
        members.setdefault(project_of(account), set()).add(account.who)
    shares = (min(len(who), PROJECT_SHARE) for who in members.values())
    return sum(shares) * per_account * 60 / MINUTE


def project_of(account: Account) -> str:
    """The Google project that the account belongs to; one of its own where none is named."""
    named = getattr(account.credentials, "project_id", None)
    return named if isinstance(named, str) and named else account.who
