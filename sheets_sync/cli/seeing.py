"""What a running service shows of itself: its port for machines, and its alerts for people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from sheets_sync.app import App
from sheets_sync.config import Config
from sheets_sync.operations.budget import Share, counted
from sheets_sync.operations.concerns import concerns
from sheets_sync.operations.figures import Figure, figures
from sheets_sync.operations.overview import Overview, overview
from sheets_sync.operations.readiness import unready

if TYPE_CHECKING:
    from sheets_sync.observability.alerts import Address  # it loads Apprise

FRESH = 1.0
"""For so many seconds an overview is good for all who ask."""
SILENT = 60.0
"""After so many seconds without a sign the schedule counts as dead."""


class Seen:
    """A running app, as others ask how it is; threads may share it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._lock = Lock()
        self._overview: Overview | None = None
        self._fresh_until = 0.0

    @property
    def overview(self) -> Overview:
        """A second old at most. Raises `StateError`."""
        with self._lock:
            if self._overview is None or time.monotonic() > self._fresh_until:
                self._overview = self._look()
                self._fresh_until = time.monotonic() + FRESH
            return self._overview

    def dead(self) -> str:
        """Why the service does nothing any more; empty if it is alive."""
        context = self.app.context
        if (
            context.stopping.is_set()
        ):  # the requests in flight are finished, each within its timeout
            return ""
        at = context.pulse.at
        silent = 0.0 if at is None else time.monotonic() - at
        return f"nothing was begun for {silent:.0f} s; restart it" if silent > SILENT else ""

    def unready(self) -> list[str]:
        """Why it does not read and deliver. Raises `StateError`."""
        if reason := self.dead():
            return [reason]
        context, mappings = self.app.context, self.app.config.mappings
        return unready(self.overview, mappings, context.reads_per_minute, context.clock())

    def figures(self) -> list[Figure]:
        """All that is measured. Raises `StateError`."""
        is_ready = not self.unready()
        return figures(self.overview, self.shares(), [*self.app.arize], is_ready=is_ready)

    def concerns(self) -> dict[str, str]:
        """What people are told of. Raises `StateError`."""
        return concerns(self._look())

    def tells(self) -> bool:
        """Whether it is for this one to tell people: the oldest of those that share the state."""
        living = self.overview.replicas
        return not living or living[0].name == self.app.context.replica

    def _look(self) -> Overview:
        context = self.app.context
        mappings, families = self.app.config.mappings, self.app.families
        return overview(context.state, mappings, context.clock(), families)

    def shares(self) -> tuple[Share, ...]:
        """What is used of the budgets, as both services' clients count it."""
        used = [budget.used for budget in {b.account: b for b in self.app.budgets}.values()]
        google = sum(reads for reads, _ in used), sum(writes for _, writes in used)
        arize = {name: client.used for name, client in self.app.arize.items()}
        return counted(self.app.config, google, arize)


def addresses_of(config: Config) -> list[Address]:
    """Who is alerted. Raises `ConfigError` for an address that cannot be used."""
    if not config.alerts:
        return []
    from sheets_sync.observability.alerts import addresses

    return addresses([url.get_secret_value() for url in config.alerts])


@contextmanager
def seen(app: App, alert_every: float | None = None) -> Iterator[None]:
    """Answer on `http` and tell `alerts`, where they are configured, until the end.

    Raises `ConfigError` for a port or an address that cannot be used.
    """
    config, found = app.config, Seen(app)
    with ExitStack() as stack:
        if config.http is not None:
            from sheets_sync.observability.http import answering
            from sheets_sync.observability.metrics import Metrics

            stack.enter_context(
                answering(
                    config.http.host,
                    config.http.port,
                    metrics=Metrics(found.figures),
                    dead=found.dead,
                    unready=found.unready,
                )
            )
        if config.alerts:
            from sheets_sync.observability.alerts import LOOK_EVERY, alerted

            listed, every = addresses_of(config), alert_every or LOOK_EVERY
            state, clock = app.context.state, app.context.clock
            stack.enter_context(alerted(state, listed, found.concerns, clock, every, found.tells))
        yield
