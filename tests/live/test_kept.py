"""What one configuration after another share: the minute, and all that is configured as before."""

from __future__ import annotations

import threading
import time

import pytest

from sheets_sync.app import connected
from sheets_sync.arize.pace import Pace
from sheets_sync.errors import TransientError
from sheets_sync.google.budget import Project
from tests.live.conftest import Live
from tests.service import span


def test_the_minute_goes_on(live: Live) -> None:
    """Other limits are other clients, but what they asked counts; what is the same is kept."""
    live.folder.mkdir()
    config = live.config()
    with connected(config.state, writes=True) as connections:
        app = connections.app(config)
        live.passes(app)
        used = app.arize["default"].used
        google = [budget.used for budget in app.budgets]

        paused = config.model_copy(update={"contact": "somebody else"})
        same = connections.app(paused)
        assert same.arize == app.arize
        assert same.context.sheets is app.context.sheets

        settings = live.settings()
        settings["google"]["reads_per_minute"] = 50
        settings["arize"] |= {"concurrency": 1, "requests_per_minute": 40}
        live.sections |= {"google": settings["google"], "arize": settings["arize"]}
        other = connections.app(live.config())
        assert other.arize["default"] is not app.arize["default"]
        assert other.arize["default"].used == used > (0, 0)
        assert [budget.used for budget in other.budgets] == google > [(0, 0)]
        assert other.context.reads_per_minute < 50


def test_a_key_that_was_put_right_is_used_at_once(live: Live) -> None:
    """Although the endpoint was out, and would be asked again in some seconds."""
    live.folder.mkdir()
    live.control.fault("arize", action="status", status=401)
    config = live.config()
    with connected(config.state, writes=True) as connections:
        live.passes(connections.app(config))
        live.control.end_faults()
        live.passes(connections.app(live.config()))
        assert live.labels() == {}
        (live.folder / "key").write_text("another-key")
        live.arize["api_key"] = f"file:{live.folder}/key"
        live.passes(connections.app(live.config()))
        assert live.labels() == {span(1): "Satisfactory"}


def test_an_outage_of_what_is_not_configured_any_more_is_over(live: Live) -> None:
    """An endpoint that refused the key concerns nobody once all mappings go to another."""
    live.folder.mkdir()
    live.control.fault("arize", action="status", status=401)
    live.mapping["arize"], live.sections["arize"] = "eu", {"eu": live.settings()["arize"]}
    config = live.config()
    with connected(config.state, writes=True) as connections:
        live.passes(connections.app(config))
        (outage,) = live.seen(connections.state).outages
        assert outage.endpoint == "eu"
        live.control.end_faults()
        del live.mapping["arize"], live.sections["arize"]
        live.passes(connections.app(live.config()))
        assert live.seen(connections.state).outages == ()


@pytest.mark.parametrize("limit", [8, 3])
def test_a_pace_counts_what_left_before(limit: int) -> None:
    """A minute that is full at another pace is full at this one."""
    minute = 0.5
    before, after = Pace(100_000, 100_000, minute=minute), Pace(limit, 100_000, minute=minute)
    began = time.monotonic()
    assert all(before.wait(3) for _ in range(2))
    after.follow(before)
    assert after.used == before.used == (6, 2)
    assert after.wait(3)
    assert time.monotonic() - began >= minute


def test_a_project_counts_what_was_asked_before() -> None:
    """Lower limits are those of the accounts too, and of all that was asked within the minute."""
    now = [0.0]
    project = Project(10, 10, clock=lambda: now[0])
    budget, stopping = project.budget("a"), threading.Event()
    for _ in range(3):
        with budget.turn("s", "observe", stopping):
            pass
    project.allow(3, 10)
    stopping.set()
    with pytest.raises(TransientError), budget.turn("s", "observe", stopping):
        pass
    project.allow(4, 10)
    with budget.turn("s", "observe", stopping):
        assert budget.used == (4, 0)
