"""What machines read of the service: the overview as figures with names and labels.

Names and units follow prometheus.io/docs/practices/naming. Labels are names of the configuration
and fixed words; no row and no model has a figure of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from sheets_sync.domain.delivery import State
from sheets_sync.operations.budget import Share
from sheets_sync.operations.overview import MappingView, Overview


@dataclass(frozen=True, slots=True)
class Figure:
    """One value at a time, for each set of labels."""

    name: str
    meaning: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def figures(
    seen: Overview, shares: Sequence[Share], endpoints: Sequence[str], *, is_ready: bool
) -> list[Figure]:
    """All of them, whether they have samples or not."""
    views = seen.mappings
    unreachable = {outage.endpoint for outage in seen.outages if not outage.model_id}
    models = [outage.endpoint for outage in seen.outages if outage.model_id]
    return [
        Figure("ready", "Whether all is read and delivered, as /readyz says", [({}, is_ready)]),
        Figure("deliveries", "Rows by what became of them", _states(views)),
        Figure(
            "last_read_timestamp_seconds",
            "When a mapping's tab was last read without trouble",
            [({"mapping": v.name}, v.read_at) for v in views if v.read_at is not None],
        ),
        Figure(
            "lag_seconds",
            "From the look that saw an edit to Arize's acceptance, within a day; 1 is the worst",
            [
                ({"mapping": view.name, "quantile": quantile}, value)
                for view in views
                if view.lag is not None
                for quantile, value in (("0.5", view.lag.median), ("1", view.lag.worst))
            ],
        ),
        _flag(
            "trouble", "Whether a mapping's tab cannot be read", {v.name: v.trouble for v in views}
        ),
        _flag("held", "Whether a mapping is held", {v.name: v.held for v in views}),
        _flag("paused", "Whether a mapping is paused", {v.name: v.paused for v in views}),
        _flag(
            "unwritable",
            "Whether a mapping's statuses cannot be written",
            {v.name: v.unwritable for v in views},
        ),
        Figure(
            "endpoint_out",
            "Whether an Arize endpoint is not served now",
            [({"endpoint": name}, name in unreachable) for name in endpoints],
        ),
        Figure(
            "models_out",
            "Models at an Arize endpoint that are not served now",
            [({"endpoint": name}, models.count(name)) for name in endpoints],
        ),
        Figure(
            "budget_used",
            "Requests of the last minute, as the service counts them",
            [(share.labels, share.used) for share in shares],
        ),
        Figure(
            "budget_allowed",
            "Requests that a minute may have",
            [(share.labels, share.allowed) for share in shares],
        ),
    ]


def _states(views: Sequence[MappingView]) -> list[tuple[Mapping[str, str], float]]:
    states: tuple[State, ...] = get_args(State)
    return [
        ({"mapping": view.name, "state": state}, view.states.get(state, 0))
        for view in views
        for state in states
    ]


def _flag(name: str, meaning: str, flags: Mapping[str, object]) -> Figure:
    samples = [({"mapping": mapping}, float(bool(flag))) for mapping, flag in flags.items()]
    return Figure(name, meaning, samples)
