"""What is out is asked ever more seldom."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.domain.delivery import Unavailable
from sheets_sync.engine.deliver import deliver
from sheets_sync.engine.schedule import once
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from sheets_sync.store.endpoints import note_outage
from tests.faults.weather import Fault, Weather
from tests.sandbox_client import Control
from tests.service import answer

HOUR, STEP = 3600, 12
PAUSES = 18
"""5 seconds, twice as long each time, and from 5 minutes on no longer: so many in an hour."""
UNTIL_OUTAGE = 3
"""Requests without an answer until an endpoint counts as out."""


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "status": 401},
        {"action": "status", "status": 429},
        {"action": "status", "status": 429, "retry_after": 240},
        {"action": "status", "status": 503},
        {"action": "drop", "match": "updateAnnotations"},
        {"action": "graphql_error", "code": "UNAUTHENTICATED"},
        {"action": "graphql_error", "message": "Rate limit exceeded"},
    ],
    ids=str,
)
def test_an_endpoint_that_is_out_is_asked_with_growing_pauses(
    fault: Fault, sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """In an hour of deliveries every few seconds, and afterwards all goes on by itself."""
    weather = Weather(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(number, "Satisfactory") for number in range(1, 41)],
        arize={"concurrency": 2},
    )
    control.fault("arize", **fault)
    app, (drain,) = weather.open()
    once(app.context, app.config.mappings, [drain])
    for _ in range(HOUR // STEP):
        weather.now += STEP
        deliver(app.context, drain, weather.now + 1)
    assert control.calls().arize.requests <= drain.concurrency * (PAUSES + UNTIL_OUTAGE)
    control.end_faults()
    for _ in range(3):
        weather.go(app, [drain])
    assert all(status.startswith("Synced") for status in weather.statuses().values())
    assert len(weather.statuses()) == 40
    weather.stack.close()


def test_an_outage_of_days_is_asked_every_five_minutes(tmp_path: Path) -> None:
    """However often it was asked in vain, a weekend long."""
    state, outage = open_state(f"sqlite:///{tmp_path}/state.db"), Unavailable("out", "endpoint")
    with state.writing() as connection:
        pauses = [note_outage(connection, "default", "", outage, 0.0) for _ in range(1100)]
    state.engine.dispose()
    assert pauses[:3] == [5, 10, 20]
    assert set(pauses[10:]) == {300}
