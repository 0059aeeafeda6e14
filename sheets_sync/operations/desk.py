"""A running configuration, as the console's pages read it and act on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sheets_sync.arize.client import ArizeClient
from sheets_sync.config import Config
from sheets_sync.domain import mapping as configured
from sheets_sync.engine.context import Context
from sheets_sync.operations.budget import Share
from sheets_sync.operations.overview import Overview
from sheets_sync.store.database import State


@dataclass(frozen=True, slots=True)
class Desk:
    """What runs now; another one takes its place when the configuration changes."""

    context: Context
    config: Config
    """With families as their members."""
    arize: Mapping[str, ArizeClient]
    """By the endpoints' names."""
    path: Path
    """The configuration's file or folder."""
    load: Callable[[Path], Config]
    """What another file or folder says in this environment. Raises `ConfigError`."""
    overview: Callable[[], Overview]
    """A second old at most. Raises `StateError`."""
    shares: Callable[[], Sequence[Share]]
    """What is used of the budgets."""

    @property
    def state(self) -> State:
        """What is recorded."""
        return self.context.state

    def mapping(self, name: str) -> configured.Mapping | None:
        """The mapping of this name; None where there is none now."""
        return next((one for one in self.config.mappings if one.name == name), None)
