"""The operators' console beside what runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sheets_sync.cli.seeing import Seen
from sheets_sync.config import load
from sheets_sync.console.access import Access, Address
from sheets_sync.console.serving import consoled
from sheets_sync.observability.http import routes
from sheets_sync.observability.metrics import Metrics
from sheets_sync.operations.desk import Desk


def console(
    address: Address, access: Access, now: Callable[[], Seen], path: Path
) -> AbstractContextManager[None]:
    """Serves the console while it is entered; `now` is what runs at the moment."""

    def desk() -> Desk:
        seen = now()
        app = seen.app
        return Desk(
            context=app.context,
            config=app.config,
            arize=app.arize,
            path=path,
            load=lambda other: load(other, os.environ),
            overview=lambda: seen.overview,
            shares=seen.shares,
        )

    probes = routes(Metrics(lambda: now().figures()), lambda: now().dead(), lambda: now().unready())
    return consoled(address, access, desk, probes)
