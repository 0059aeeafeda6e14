"""What Arize should hold for one row, and how two such contents are compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sheets_sync.domain.mapping import Environment
from sheets_sync.domain.metric import MetricKind


class Target(NamedTuple):
    """What a value is stored under at Arize."""

    endpoint: str
    model_id: str
    environment: str
    record_id: str
    name: str


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One judgement: a label, a score or a text under its annotation name."""

    name: str
    kind: MetricKind
    value: str | float
    updated_by: str | None = None
    config_id: str | None = None

    @property
    def fingerprint(self) -> str:
        """A hash of name, type, value and annotator: equal where Arize would hold the same."""
        return _metric_hash(self.name, self.kind, self.value, self.updated_by)

    @property
    def shown(self) -> str:
        """As a person reads it: `Adequacy "Satisfactory"`, `Helpfulness 4`."""
        value = f"{self.value:g}" if isinstance(self.value, float) else f'"{self.value}"'
        return f"{self.name} {value}"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What Arize should hold for one row.

    `start_time` is ISO 8601 in UTC with whole seconds. `metrics` is never empty.
    """

    endpoint: str
    model_id: str
    environment: Environment
    record_id: str
    start_time: str
    metrics: tuple[MetricValue, ...]
    note: str | None = None

    @property
    def fingerprint(self) -> str:
        """A hash of where it goes and of each metric. Start time and note are not in it."""
        place = [self.endpoint, self.model_id, self.environment, self.record_id]
        return _hash([*place, *sorted(metric.fingerprint for metric in self.metrics)])

    @property
    def note_fingerprint(self) -> str | None:
        """A hash of the note, None without one."""
        return None if self.note is None else _hash([self.note])

    def target(self, metric: MetricValue) -> Target:
        """What this metric is stored under."""
        return Target(self.endpoint, self.model_id, self.environment, self.record_id, metric.name)

    @property
    def targets(self) -> list[Target]:
        """What its metrics are stored under, in their order."""
        return [self.target(metric) for metric in self.metrics]

    @property
    def claims(self) -> dict[Target, str]:
        """Each target that it would write, with the fingerprint of what it would write there."""
        return {self.target(metric): metric.fingerprint for metric in self.metrics}


@lru_cache(maxsize=1024, typed=True)
def _metric_hash(*parts: str | float | None) -> str:
    """Kept for a while: few judgements by few people recur in many rows."""
    return _hash(list(parts))


def _hash(parts: list[str | float | None]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]
