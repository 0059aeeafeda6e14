"""Who does what is due: threads of this process, or the replicas that share the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Protocol, Self

from sheets_sync.engine.context import Context
from sheets_sync.errors import StateError
from sheets_sync.store import leases

Act = Callable[[float], object]
"""Does it, unless that was begun since this time (epoch seconds)."""


class Crowd(Protocol):
    """Does acts, each known by its name; none twice at once."""

    def start(self, name: str, since: float) -> bool:
        """Let it be done soon; whether it will be. `since` is when it was found due."""

    def under_way(self) -> set[str]:
        """The names of all that is to be done soon, or is being done."""

    def queued(self) -> set[str]:
        """The names of what is to be done soon, and need not be started again."""

    def doing(self) -> list[str]:
        """The names of what is being done here."""


class Threads:
    """Threads of this process: what is under way is not started again.

    The first word of a name is its kind; `threads` is how many acts of a kind are done together.
    """

    def __init__(self, acts: Mapping[str, Act], threads: Mapping[str, int]) -> None:
        self._acts = acts
        self._pools = {kind: ThreadPoolExecutor(number) for kind, number in threads.items()}
        self._under_way: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as stack:
            for pool in self._pools.values():
                stack.enter_context(pool)

    def start(self, name: str, since: float) -> bool:
        """Act soon, unless the act of this name is under way; whether it will."""
        if name in self._under_way:
            return False
        self._under_way.add(name)
        self._pools[name.partition(" ")[0]].submit(self._act, name, since)
        return True

    def under_way(self) -> set[str]:
        """The names of all that is to be done soon, or is being done."""
        return self._under_way.copy()

    def queued(self) -> set[str]:
        """The same: who starts it anew before its end is refused."""
        return self.under_way()

    def doing(self) -> list[str]:
        """The names of what is being done here."""
        return sorted(self._under_way)

    def _act(self, name: str, since: float) -> None:
        try:
            self._acts[name](since)
        finally:
            self._under_way.discard(name)


def act_alone(context: Context, name: str, act: Act, since: float) -> None:
    """Act, unless another replica has the lease of this name; in one process nobody has it."""
    if not context.state.is_shared:
        act(since)
        return
    with context.state.beside() as connection:
        lease = leases.take(connection, name, context.replica)
    if lease is None:
        return
    try:
        with leases.under(lease):
            act(since)
    finally:
        with suppress(StateError), context.state.beside() as connection:  # or it runs out
            leases.give_back(connection, lease)


def crowd(
    context: Context, acts: Mapping[str, Act], threads: Mapping[str, int]
) -> AbstractContextManager[Crowd]:
    """Of replicas, where they share the state."""
    if not context.state.is_shared:
        return Threads(acts, threads)
    from sheets_sync.store.queue import Queue  # noqa: PLC0415 - it loads Procrastinate

    return Queue(context.state, acts, threads)
