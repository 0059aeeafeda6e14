"""The sandbox's time, which tests may move forward."""

from __future__ import annotations

import time


class Clock:
    """Wall time plus what has been skipped; only ever moves forward by `advance`."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._skipped

    def advance(self, seconds: float) -> None:
        """Skip `seconds`."""
        self._skipped += seconds
