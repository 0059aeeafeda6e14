"""What `status` says: every mapping at a glance, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sheets_sync.domain.delivery import State
from sheets_sync.domain.mapping import Mapping
from sheets_sync.store import database, holds, review, watches
from sheets_sync.store.review import Outage


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


@dataclass(frozen=True, slots=True)
class Overview:
    """All mappings, and the endpoints that are not drained now."""

    mappings: tuple[MappingView, ...]
    outages: tuple[Outage, ...]

    @property
    def needs_person(self) -> bool:
        """Whether nothing gets better until somebody does something."""
        return any(view.needs_person for view in self.mappings) or any(
            outage.needs_person for outage in self.outages
        )

    @property
    def is_out_of_reach(self) -> bool:
        """Whether Google or Arize does not answer now."""
        return bool(self.outages) or any(
            view.trouble and not view.needs_person for view in self.mappings
        )


def overview(state: database.State, mappings: Sequence[Mapping]) -> Overview:
    """The configured mappings, in their order."""
    with state.reading() as connection:
        known = review.mapping_counts(connection)
        held = {found.mapping: found.hold.reason for found in holds.all_held(connection)}
        outages = tuple(review.current_outages(connection))
        detections = watches.detections(connection)
    views = [
        replace(
            _view(known[mapping.name], held.get(mapping.name, ""))
            if mapping.name in known
            else MappingView(mapping.name, None),
            detection=detections.get(mapping.spreadsheet, ""),
        )
        for mapping in mappings
    ]
    return Overview(tuple(views), outages)


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
    )
