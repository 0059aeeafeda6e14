"""Arize's limits per minute, kept by all threads of the program together."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from sheets_sync.domain.ledger import UNSHARED, Ledger, Use
from sheets_sync.errors import StateError

MARGIN = 0.97
"""The share of a limit that is used: requests reach the server less evenly than they leave."""

SHARED_LOOK = 0.25
"""Seconds until the ledger is asked again."""


class Pace:
    """Spaces requests evenly, so that no minute holds more mutations or requests than allowed."""

    def __init__(  # noqa: PLR0913 - two limits, and with whom they are kept
        self,
        mutations_per_minute: int,
        requests_per_minute: int,
        stopping: Event | None = None,
        *,
        minute: float = 60.0,
        endpoint: str = "",
        lasts: float = 0.0,
        ledger: Ledger = UNSHARED,
    ) -> None:
        """`minute` is the length (s) of the window over which the server counts.

        Whoever else asks this endpoint keeps the limits together with this one by the `ledger`, and
        does not take over while a request is under way, which `lasts` so many seconds at the most.
        """
        self._endpoint, self._lasts, self._ledger = endpoint, lasts, ledger
        self._minute = minute
        self._mutations = max(1, int(mutations_per_minute * MARGIN))
        self._requests = max(1, int(requests_per_minute * MARGIN))
        self._window = InMemoryBucket([Rate(self._mutations, int(minute * 1000))])
        self._stopping = stopping or Event()
        self._turn = Lock()
        self._free_at = 0.0
        self._left: deque[tuple[float, int]] = deque()
        """When each request of the last minute left, and with how many mutations."""

    def follow(self, before: Pace) -> None:
        """Count what left at another pace within the minute, before anything leaves at this one."""
        self._left, self._free_at = before._left.copy(), before._free_at
        for at, mutations in self._left:
            item = RateItem("", int(at * 1000), min(mutations, self._mutations))
            if not self._window.put(item):
                self._free_at = at + self._minute

    @property
    def used(self) -> tuple[int, int]:
        """The mutations and requests of the last minute."""
        since = time.monotonic() - self._minute
        lately = [mutations for at, mutations in self._left.copy() if at > since]
        return sum(lately), len(lately)

    @contextmanager
    def turn(self, mutations: int) -> Iterator[bool]:
        """As `wait`, and counts the request in the ledger until it has ended.

        False, too, where the ledger cannot be asked.
        """
        ticket = self._counted(mutations) if self.wait(mutations) else None
        try:
            yield ticket is not None
        finally:
            if ticket is not None:
                self._ledger.end(ticket)

    def _counted(self, mutations: int) -> str | None:
        weight = min(mutations, self._mutations)
        uses = [
            Use(f"arize mutations {self._endpoint}", weight, self._mutations),
            Use(f"arize requests {self._endpoint}", 1, self._requests),
        ]
        try:
            while (ticket := self._ledger.take(uses, self._endpoint, self._lasts)) is None:
                if self._stopping.wait(SHARED_LOOK):
                    return None
        except StateError:
            return None  # who asked cannot record the answer either, and says so
        return ticket

    def wait(self, mutations: int) -> bool:
        """Block until one request with so many mutations may leave; False when stopping.

        A batch of `n` is followed by the time that `n` mutations take at the limit. Where that does
        not divide a minute, the sliding window of the last one decides. A batch larger than the
        limit waits for an empty minute.
        """
        weight = min(mutations, self._mutations)
        with self._turn:
            if self._stopping.wait(max(0.0, self._free_at - time.monotonic())):
                return False
            while not self._window.put(item := RateItem("", _milliseconds(), weight)):
                if self._stopping.wait(0.05):
                    return False
            self._window.leak(item.timestamp)
            now = time.monotonic()
            self._free_at = now + self._minute * max(weight / self._mutations, 1 / self._requests)
            self._left.append((now, mutations))
            while self._left[0][0] <= now - self._minute:
                self._left.popleft()
            return True


def _milliseconds() -> int:
    return time.monotonic_ns() // 1_000_000
