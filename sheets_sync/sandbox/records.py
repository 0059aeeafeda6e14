"""What Arize holds: spans, the annotations on them, and every mutation that was applied."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sheets_sync.sandbox.clock import Clock

_WINDOW = timedelta(hours=24)
"""How long before the record's start `startTime` may lie: Arize's "Annotations API" page."""


@dataclass(frozen=True)
class Place:
    """Which record."""

    model_id: str
    environment: str
    record_id: str


@dataclass(frozen=True)
class Change:
    """What one mutation says of one annotation; None leaves a field as it is."""

    name: str
    annotation_type: str
    label: str | None = None
    score: float | None = None
    text: str | None = None
    updated_by: str | None = None
    config_id: str | None = None


@dataclass(frozen=True)
class Mutation:
    """One `updateAnnotations`, good to be applied; `notes` is what `note` does to earlier ones."""

    place: Place
    start_time: datetime
    changes: tuple[Change, ...]
    note: str | None
    notes: Literal["append", "overwrite"]
    client_mutation_id: str | None


@dataclass
class Held:
    """One annotation as Arize holds it, and how often it was written."""

    label: str | None = None
    score: float | None = None
    text: str | None = None
    updated_by: str | None = None
    writes: int = 0


@dataclass
class Record:
    """A record's annotations by name, and its notes, the oldest first."""

    annotations: dict[str, Held] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Records:
    """Spans and annotations; `applied` is every mutation with its time, in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._delay = 0.0
        self._order = itertools.count()
        self._late: list[tuple[float, int, Mutation]] = []
        self.spans: dict[Place, datetime] = {}
        self.records: dict[Place, Record] = {}
        self.applied: list[tuple[float, Mutation]] = []

    def knows_model(self, model_id: str) -> bool:
        """Whether any span belongs to this model."""
        return any(place.model_id == model_id for place in self.spans)

    def finds(self, place: Place, start_time: datetime) -> bool:
        """Whether the lookup finds the record: it starts at `start_time` or up to 24 h later."""
        start = self.spans.get(place)
        return start is not None and start - _WINDOW <= start_time <= start

    @contextmanager
    def delayed(self, seconds: float) -> Iterator[None]:
        """Let mutations submitted meanwhile take effect only `seconds` later."""
        self._delay = seconds
        try:
            yield
        finally:
            self._delay = 0.0

    def submit(self, mutation: Mutation) -> None:
        """Apply a mutation, at once or when its delay is over."""
        now = self._clock.now()
        if self._delay:
            heapq.heappush(self._late, (now + self._delay, next(self._order), mutation))
        else:
            self._apply(now, mutation)

    def apply_due(self) -> None:
        """Apply the delayed mutations whose time has come."""
        while self._late and self._late[0][0] <= self._clock.now():
            at, _, mutation = heapq.heappop(self._late)
            self._apply(at, mutation)

    def _apply(self, at: float, mutation: Mutation) -> None:
        record = self.records.setdefault(mutation.place, Record())
        for change in mutation.changes:
            held = record.annotations.setdefault(change.name, Held())
            held.label = held.label if change.label is None else change.label
            held.score = held.score if change.score is None else change.score
            held.text = held.text if change.text is None else change.text
            held.updated_by = held.updated_by if change.updated_by is None else change.updated_by
            held.writes += 1
        if mutation.note is not None:
            kept = record.notes if mutation.notes == "append" else []
            record.notes = [*kept, mutation.note]
        self.applied.append((at, mutation))
