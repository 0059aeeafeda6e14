"""A row for which Arize never answers takes no other row along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sheets_sync.arize import ArizeClient
from sheets_sync.sandbox.server import Sandbox
from tests.faults.weather import Weather
from tests.sandbox_client import Control
from tests.security.listener import Asked, Told, listening
from tests.service import answer, span

ROWS = 30
POISON = span(17)


@pytest.mark.parametrize("told", [Told(500), Told(raw="cut")], ids=["HTTP 500", "no answer"])
@pytest.mark.parametrize("concurrency", [1, 2])
def test_all_others_arrive_with_the_next_pass(
    told: Told, concurrency: int, sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Its batch is not answered; then each of its rows goes alone, and the others are there."""
    weather = Weather(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(number, "Satisfactory", 1) for number in range(1, ROWS + 1)],
        arize={"batch_size": 3, "concurrency": concurrency},
    )

    def answered(asked: Asked) -> Told:
        if POISON in asked.body:
            return told
        sent = json.loads(asked.body)["variables"]
        return Told(body={"data": {f"m{name[1:]}": post for name, post in sent.items()}})

    with listening(answered) as arize:
        app, drains = weather.open()
        for drain in drains:
            drain.arize = ArizeClient(
                f"{arize.root}/graphql",
                "a-key-of-the-sandbox",
                dialect="seed",
                mutations_per_minute=100_000,
                requests_per_minute=100_000,
            )
        weather.go(app, drains, step=10)
        assert synced(weather) == ROWS - 3
        weather.go(app, drains, step=10)
        assert synced(weather) == ROWS - 1
        assert len(arize.asked) == ROWS / 3 + 3
        weather.type("E21", 2)
        weather.go(app, drains, step=10)
        assert synced(weather) == ROWS - 1
        assert any(span(20) in asked.body for asked in arize.asked[-2:])
        weather.stack.close()
    assert "retry at" in weather.statuses()[POISON]


def synced(weather: Weather) -> int:
    """How many rows say so."""
    return sum(status.startswith("Synced") for status in weather.statuses().values())
