"""What `status` says: every mapping at a glance, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sheets_sync.domain.delivery import State
from sheets_sync.domain.mapping import Mapping
from sheets_sync.store import database, review
from sheets_sync.store.review import Outage


@dataclass(frozen=True, slots=True)
class MappingView:
    """One mapping at a glance. `read_at` is None where it was never read."""

    name: str
    read_at: float | None
    states: dict[State, int] = field(default_factory=dict)
    trouble: str = ""
    unwritable: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """All mappings, and the endpoints that are not drained now."""

    mappings: tuple[MappingView, ...]
    outages: tuple[Outage, ...]

    @property
    def needs_person(self) -> bool:
        """Whether nothing gets better until somebody does something."""
        return any(
            view.trouble or view.unwritable or view.states.get("failed") for view in self.mappings
        ) or any(outage.needs_person for outage in self.outages)


def overview(state: database.State, mappings: Sequence[Mapping]) -> Overview:
    """The configured mappings, in their order."""
    with state.reading() as connection:
        known = review.mapping_counts(connection)
        outages = tuple(review.current_outages(connection))
    views = []
    for mapping in mappings:
        counts = known.get(mapping.name)
        views.append(
            MappingView(mapping.name, None)
            if counts is None
            else MappingView(
                mapping.name, counts.read_at, counts.states, counts.trouble, counts.unwritable
            )
        )
    return Overview(tuple(views), outages)
