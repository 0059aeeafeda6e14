"""A replica among others: it says that it lives, and whether it is its turn to act."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from sheets_sync.engine.context import Context
from sheets_sync.errors import StateError
from sheets_sync.store import leases, replicas

log = structlog.get_logger(__name__)

BEAT_EVERY = 3.0
STEPS_BACK = 2 * BEAT_EVERY
"""Within so many seconds all others see that there is a newer configuration, and stop acting."""


class Presence:
    """What the others know of this replica, and what it knows of them; alone, it is the only one.

    While replicas are configured differently, those act whose configuration was seen last. The
    others wait until they have it too, or until they are the only ones left.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told = ""
        self.doing: Callable[[], Sequence[str]] = tuple
        """The names of the acts that this one is at."""
        self.number = 1
        """How many live."""
        self.is_current = True
        """Whether this one has the newest configuration."""

    def beat(self) -> None:
        """Say that it lives, and look at the others."""
        context = self._context
        if not context.state.is_shared:
            return
        context.state.renew()
        now = context.state.now()
        with context.state.beside() as connection:
            name, configuration = context.replica, context.configuration
            doing = self.doing()
            replicas.note_alive(connection, name, configuration, doing, now)
            leases.renew(connection, name, doing)
            living = replicas.alive(connection, now)
        self.number = len(living)
        self.is_current = replicas.may_act(living, context.configuration, now - STEPS_BACK)

    def await_turn(self) -> bool:
        """Wait until this replica has the newest configuration; False if a stop is asked for."""
        while not self._context.stopping.is_set():
            reason = "other replicas have a newer configuration"
            try:
                self.beat()
            except StateError as trouble:
                self.is_current, reason = False, str(trouble)
            if self.is_current:
                return True
            if self._told != reason:
                log.warning("waiting", reason=reason)
                self._told = reason
            self._context.pulse.beat()
            self._context.stopping.wait(BEAT_EVERY)
        return False

    def follow(self) -> None:
        """Say that it lives; stop acting once others have a newer configuration."""
        self.beat()
        if not self.is_current:
            self._context.stopping.set()
