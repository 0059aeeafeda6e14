"""What people decide: read now, retry, approve a hold, pause, resume, make a lost record anew."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sheets_sync.domain.hold import HoldKind
from sheets_sync.domain.mapping import Mapping
from sheets_sync.engine.context import Asked, Context
from sheets_sync.engine.observe import observe
from sheets_sync.store import holds, review
from sheets_sync.store.database import State
from sheets_sync.store.holds import HeldRow


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """What a held mapping would send, and what an approval of it is bound to."""

    mapping: str
    kind: HoldKind
    reason: str
    digest: str
    since: float
    rows: tuple[HeldRow, ...]


def held(state: State, mapping: str) -> HeldPlan | None:
    """The mapping's held plan; None where it is not held."""
    with state.reading() as connection:
        found = holds.held_of(connection, mapping)
        if found is None:
            return None
        rows = tuple(holds.held_rows(connection, mapping))
    return HeldPlan(mapping, found.hold.kind, found.hold.reason, found.digest, found.since, rows)


def approve(state: State, mapping: str, digest: str) -> bool:
    """Let the plan go; False where it is not the one that was shown any more."""
    with state.writing() as connection:
        return holds.approve(connection, mapping, digest, time.time())


def set_paused(state: State, mapping: str, *, paused: bool) -> bool:
    """Stop or resume sending; False where the mapping was never read."""
    with state.writing() as connection:
        return holds.set_paused(connection, mapping, paused=paused)


def sync_now(context: Context, mapping: Mapping) -> None:
    """Let a running service read the mapping's tab at once, and send what is new in it."""
    context.asked.add(Asked.of(mapping))


def retry(state: State, mapping: str, keys: Sequence[str] | None = None) -> int:
    """Make failed and waiting rows of a mapping due again, all or these; returns how many."""
    with state.writing() as connection:
        if keys is None:
            return len(review.retry(connection, key=None, mapping=mapping, note=False))
        again = [review.retry(connection, key=key, mapping=mapping, note=False) for key in keys]
    return sum(map(len, again))


def rebuild(context: Context, mappings: Sequence[Mapping], name: str, *, adopt: bool) -> int:
    """Read the mapping's sheet and take its rows as delivered, or as due without notes.

    Returns how many rows. Raises what kept the sheet from being read.
    """
    chosen = [mapping for mapping in mappings if mapping.name == name]
    (observation,) = observe(context, chosen[0].spreadsheet, chosen)
    if observation.trouble is not None:
        raise observation.trouble
    with context.state.writing() as connection:
        act = holds.adopt if adopt else holds.resend
        return act(connection, name, context.clock())
