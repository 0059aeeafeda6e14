"""What `status` says: every mapping at a glance, and what needs a person."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from sheets_sync.domain.delivery import State
from sheets_sync.domain.mapping import Mapping
from sheets_sync.store import database, holds, lately, refusals, replicas, review, watches
from sheets_sync.store.lately import Lag
from sheets_sync.store.replicas import Replica
from sheets_sync.store.review import Outage

Standing: TypeAlias = Literal[
    "broken", "held", "paused", "out of reach", "delivering", "not read yet", "reading"
]
"""A mapping in one word, the gravest first. Reading: all that it asks for is at Arize."""


@dataclass(frozen=True, slots=True)
class MappingView:
    """One mapping at a glance. `read_at` is None where it was never read."""

    name: str
    read_at: float | None
    states: dict[State, int] = field(default_factory=dict)
    trouble: str = ""
    unwritable: str = ""
    held: str = ""
    paused: bool = False
    detection: str = ""
    """How its changes are noticed, and how late at most; empty before the first `run`."""
    needs_person: bool = False
    """Whether nothing gets better until somebody does something."""
    trouble_needs_person: bool = False
    """Whether `trouble` is what somebody must mend."""
    lag: Lag | None = None
    """How soon its rows were synced within a day; None where none was."""
    accepted_lately: int = 0
    """Rows that were edited within a day, and that Arize has accepted."""
    refused_lately: int = 0
    """Rows that were edited within a day, and that Arize has refused."""

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        if self.trouble_needs_person or self.unwritable:
            return "broken"
        if self.held:
            return "held"
        if self.paused:
            return "paused"
        if self.trouble:
            return "out of reach"
        if self.states.get("pending"):
            return "delivering"
        return "not read yet" if self.read_at is None else "reading"


@dataclass(frozen=True, slots=True)
class ReplicaView:
    """One of the programs that share the state; times are in epoch seconds."""

    name: str
    began_at: float
    seen_at: float
    is_current: bool
    """Whether it has the newest configuration; else it waits."""
    doing: tuple[str, ...]
    """The acts that it was at when it was seen: observe SPREADSHEET, deliver ENDPOINT and so on."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All mappings, and the endpoints that are not drained now."""

    mappings: tuple[MappingView, ...]
    outages: tuple[Outage, ...]
    refused: tuple[str, ...] = ()
    """What is wrong with the newest configuration, while an older one is running."""
    replicas: tuple[ReplicaView, ...] = ()
    """Those that share the state and live."""
    waiting: dict[str, int] = field(default_factory=dict)
    """Their acts that wait for one with room, by kind: observe, deliver and report."""

    @property
    def needs_person(self) -> bool:
        """Whether nothing gets better until somebody does something."""
        return (
            bool(self.refused)
            or any(view.needs_person for view in self.mappings)
            or any(outage.needs_person for outage in self.outages)
        )

    @property
    def is_out_of_reach(self) -> bool:
        """Whether Google or Arize does not answer now."""
        return bool(self.outages) or any(
            view.trouble and not view.needs_person for view in self.mappings
        )


def overview(
    state: database.State,
    mappings: Sequence[Mapping],
    now: float | None = None,
    families: Sequence[Mapping] = (),
) -> Overview:
    """The configured mappings, in their order, at the time `now` (epoch seconds).

    Then those of their families that are in trouble, or that have no members.
    """
    now = time.time() if now is None else now
    with state.reading() as connection:
        known = review.mapping_counts(connection)
        names = [mapping.name for mapping in mappings]
        mappings = [
            *mappings,
            *(one for one in families if _is_to_be_seen(one, names, known.get(one.name))),
        ]
        held = {found.mapping: found.hold.reason for found in holds.all_held(connection)}
        outages = tuple(review.current_outages(connection))
        refused = tuple(refusals.problems(connection))
        detections = watches.detections(connection)
        lags = lately.lags(connection, now)
        living = replicas.alive(connection, state.now()) if state.is_shared else []
        queued = replicas.waiting(connection) if state.is_shared else {}
        judged = {m.name: lately.judged(connection, m.name, m.arize, now) for m in mappings}
    views = [
        replace(
            _view(known[mapping.name], held.get(mapping.name, ""))
            if mapping.name in known
            else MappingView(mapping.name, None),
            detection=detections.get(mapping.spreadsheet, ""),
            lag=lags.get(mapping.name),
            accepted_lately=judged[mapping.name][0],
            refused_lately=judged[mapping.name][1],
        )
        for mapping in mappings
    ]
    return Overview(tuple(views), outages, refused, _replicas(living), queued)


def _is_to_be_seen(
    family: Mapping, names: Sequence[str], known: review.MappingCounts | None
) -> bool:
    if family.name in names:
        return False
    is_empty = not any(name.startswith(f"{family.name}/") for name in names)
    return is_empty or (known is not None and bool(known.trouble))


def waiting(state: database.State, mappings: Sequence[Mapping]) -> int:
    """How many rows of these mappings are to be sent."""
    with state.reading() as connection:
        known = review.mapping_counts(connection)
    return sum(known[m.name].states.get("pending", 0) for m in mappings if m.name in known)


def _replicas(living: Sequence[Replica]) -> tuple[ReplicaView, ...]:
    newest = replicas.newest_configuration(living)
    return tuple(
        ReplicaView(
            one.name, one.began_at, one.seen_at, one.configuration == newest, tuple(one.doing)
        )
        for one in living
    )


def _view(counts: review.MappingCounts, held: str) -> MappingView:
    return MappingView(
        counts.name,
        counts.read_at,
        counts.states,
        counts.trouble,
        counts.unwritable,
        held,
        counts.paused,
        needs_person=bool(
            counts.needs_person or counts.unwritable or held or counts.states.get("failed")
        ),
        trouble_needs_person=counts.needs_person,
    )
