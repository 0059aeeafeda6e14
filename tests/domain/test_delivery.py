from __future__ import annotations

from datetime import timedelta

import pytest

from sheets_sync.domain.delivery import (
    Accepted,
    Outcome,
    Refused,
    RetryPolicy,
    Tried,
    Unavailable,
    Unresolved,
    after_attempt,
)

POLICY = RetryPolicy(attempts=3, max_age=timedelta(hours=24), settle=timedelta(minutes=5))
NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("outcome", "attempts", "age", "tried"),
    [
        (Accepted(), 2, 0, Tried("delivered", 0)),
        (Refused("no", transient=False), 0, 0, Tried("failed", 1, "no")),
        (Refused("busy", transient=True), 0, 0, Tried("pending", 1, "busy", NOW + 5)),
        (Refused("busy", transient=True), 1, 0, Tried("pending", 2, "busy", NOW + 10)),
        (Refused("busy", True, 60), 1, 0, Tried("pending", 2, "busy", NOW + 60)),
        (Refused("busy", transient=True), 2, 0, Tried("failed", 3, "busy", NOW + 20)),
        (Refused("busy", transient=True), 0, 90_000, Tried("failed", 1, "busy", NOW + 5)),
        (Unresolved("silence"), 0, 0, Tried("pending", 1, "silence", NOW + 5, NOW + 300)),
        (Unresolved("silence"), 2, 0, Tried("failed", 3, "silence", NOW + 20, NOW + 300)),
        (Unavailable("key refused", "endpoint"), 2, 0, Tried("pending", 2)),
    ],
)
def test_what_comes_after_an_attempt(
    outcome: Outcome, attempts: int, age: float, tried: Tried
) -> None:
    """Retries are bounded by attempts and age; an unavailable endpoint burns none."""
    assert after_attempt(outcome, attempts, NOW - age, NOW, POLICY) == tried
