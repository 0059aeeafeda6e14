"""What every verb works with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sheets_sync.domain.hold import HoldLimits
from sheets_sync.engine.protocols import Sheets
from sheets_sync.store.database import State


@dataclass(frozen=True, slots=True)
class Context:
    """The state, Google, the clock, and the wish to stop."""

    state: State
    sheets: Sheets
    contact: str
    """Named in statuses that need a person."""
    hold: HoldLimits
    """Above this, a plan looks like an accident."""
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    stopping: threading.Event = field(default_factory=threading.Event)
