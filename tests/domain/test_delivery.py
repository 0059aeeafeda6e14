from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sheets_sync.domain.annotation import Annotation, MetricValue
from sheets_sync.domain.delivery import (
    Accepted,
    Outcome,
    Refused,
    RetryPolicy,
    Tried,
    Unavailable,
    Unresolved,
    after_attempt,
    of_its_age,
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
        (Unresolved("silence", 60), 0, 0, Tried("pending", 1, "silence", NOW + 60, NOW + 300)),
        (Unavailable("key refused", "endpoint"), 2, 0, Tried("pending", 2)),
    ],
)
def test_what_comes_after_an_attempt(
    outcome: Outcome, attempts: int, age: float, tried: Tried
) -> None:
    """Retries are bounded by attempts and age; an unavailable endpoint burns none."""
    assert after_attempt(outcome, attempts, NOW - age, NOW, POLICY) == tried


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(minutes=1), Refused("gone", True, 300, unknown_record=True)),
        (timedelta(hours=24, minutes=59), Refused("gone", True, 300, unknown_record=True)),
        (timedelta(hours=25), Refused("gone", False, 300, unknown_record=True)),
        (timedelta(days=-1), Refused("gone", True, 300, unknown_record=True)),
    ],
)
def test_an_unknown_record_is_awaited_while_it_may_not_be_indexed(
    age: timedelta, expected: Outcome
) -> None:
    """It may have started a day after its start time, and Arize needs a while to index it."""
    label = MetricValue("Adequacy", "label", "Satisfactory")
    started = datetime.fromtimestamp(NOW, UTC) - age
    annotation = Annotation("eu", "model", "tracing", "e351", started.isoformat(), (label,))
    unknown = Refused("gone", transient=True, unknown_record=True)
    assert of_its_age(unknown, annotation, NOW) == expected


@pytest.mark.parametrize(
    "outcome", [Accepted(), Refused("busy", transient=True), Unresolved("silence")]
)
def test_the_age_of_a_record_matters_to_nothing_else(outcome: Outcome) -> None:
    """Only an unknown record may become known."""
    label = MetricValue("Adequacy", "label", "Satisfactory")
    annotation = Annotation("eu", "m", "tracing", "e351", "1970-01-01T00:00:00+00:00", (label,))
    assert of_its_age(outcome, annotation, NOW) == outcome
