"""The durable record that one row's annotation must reach Arize, and what an attempt can end in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sheets_sync.domain.annotation import Annotation

State: TypeAlias = Literal["pending", "delivered", "rejected", "failed", "held", "orphaned"]
"""Where a delivery stands. Orphaned: no row asks for it any more."""


@dataclass(frozen=True, slots=True)
class Post:
    """One row's part of a request: every metric of the row, and its note where it is due."""

    attempt: str
    """Identifies the attempt; sent as `clientMutationId`."""
    annotation: Annotation
    with_note: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """Arize said so: the echoed `clientMutationId` (seed) or `UpdateAnnotationSuccess` (config)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Arize said no, so nothing was stored. Transient: the same may be accepted later."""

    message: str
    transient: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No answer that tells whether Arize stored it, or still will."""

    message: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing was stored, and not because of this row: a refused key, a quota, an outage."""

    message: str
    concerns: Literal["endpoint", "model"]
    retry_after: float | None = None
    needs_person: bool = False


Outcome: TypeAlias = Accepted | Refused | Unresolved | Unavailable
