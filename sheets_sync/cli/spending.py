"""What `status` says of the budget: what a running service has counted, or what can be known."""

from __future__ import annotations

import time
from dataclasses import replace

from sheets_sync.config import Config
from sheets_sync.operations.budget import Share, counted, estimated
from sheets_sync.store.database import State


def budget(config: Config, state: State) -> tuple[Share, ...]:
    """As the service counts it, where it answers on `http`."""
    return _as_counted(config) or estimated(config, state, time.time())


def _as_counted(config: Config) -> tuple[Share, ...]:
    if config.http is None:
        return ()
    from sheets_sync.observability.metrics import asked

    used = asked(config.http.host, config.http.port, "budget_used")
    expected = counted(config, (0, 0), dict.fromkeys(config.arize, (0, 0)))
    found = [(share, used.get(frozenset(share.labels.items()))) for share in expected]
    known = [replace(share, used=value) for share, value in found if value is not None]
    return tuple(known) if len(known) == len(expected) else ()
