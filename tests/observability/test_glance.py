"""What `status` shows, and when a service counts as ready."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import get_args

import pytest

from sheets_sync.app import opened
from sheets_sync.arize.pace import Pace
from sheets_sync.cli.printing import overview_json, print_overview
from sheets_sync.cli.spending import budget
from sheets_sync.domain.delivery import State
from sheets_sync.domain.mapping import Detect, Mapping
from sheets_sync.google.budget import Project
from sheets_sync.operations.budget import Share, counted
from sheets_sync.operations.overview import MappingView, Overview, overview
from sheets_sync.operations.readiness import unready
from sheets_sync.store import holds
from sheets_sync.store.database import open_state
from sheets_sync.store.lately import DAY, Lag, lags, posted_since
from sheets_sync.store.review import Outage
from tests.service import Service

STATES: tuple[State, ...] = get_args(State)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp()


def test_status_is_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """Large numbers and long names fit a hundred columns, and no name is cut."""
    name = "judgements of the second line of support in all languages"
    states = dict.fromkeys(STATES, 1_000_000)
    slow = MappingView(name, NOW, states, lag=Lag(8130.0, 86000.0, 7))
    quick = MappingView("quick", NOW, states, lag=Lag(0.42, 61.0, 7))
    seen = Overview((slow, quick, MappingView("new", None)), ())
    print_overview(seen, [Share("arize", "default", "mutations", 7, 300, is_counted=False)])
    lines = capsys.readouterr().out.splitlines()

    assert max(map(len, lines)) <= 100
    width = lines[0].index("last read")
    folded = "".join(line[:width] for line in lines[1:7]).replace(" ", "")
    assert folded.startswith(name.replace(" ", ""))
    assert any("2 h (24 h)" in line for line in lines)
    assert any("quick" in line and "0.4 s (61 s)" in line for line in lines)
    assert any("new" in line and "never" in line for line in lines)
    assert lines[-1] == "budget: rows posted to Arize default in the last minute: 7 of 300 allowed"


def test_status_has_lag_and_budget_for_machines(service: Service) -> None:
    """From the state alone, where no service can be asked."""
    service.sections["google"] = service.settings()["google"] | {"reads_per_minute": 60}
    service.once()
    config = service.config()
    state = open_state(config.state)
    seen = overview(state, config.mappings)
    told = overview_json(seen, budget(config, state))
    state.engine.dispose()

    lag = seen.mappings[0].lag
    assert lag is not None
    assert lag.rows == 1
    assert 0 < lag.median == lag.worst < 30
    assert asdict(lag) == json.loads(json.dumps(told))["mappings"][0]["lag"]
    assert told["budget"] == [
        {
            "service": "google",
            "endpoint": "",
            "kind": "reads",
            "used": 60.0,
            "allowed": 60,
            "is_counted": False,
        },
        {
            "service": "arize",
            "endpoint": "default",
            "kind": "mutations",
            "used": 1,
            "allowed": 100_000,
            "is_counted": False,
        },
    ]


def test_lag_is_from_the_last_edit_to_its_first_acceptance(service: Service) -> None:
    """What is asserted again, taken over or older than a day has none."""
    with opened(service.config(), writes=True) as app:
        service.passes(app)
        with app.context.state.writing() as connection:
            (first,) = lags(connection, time.time()).values()
            connection.exec_driver_sql("UPDATE deliveries SET unsettled = 1, reassert_at = 0")
        later = replace(app.context, clock=lambda: time.time() + 3600)
        service.passes(replace(app, context=later))
        service.passes(replace(app, context=later))
        with app.context.state.writing() as connection:
            (again,) = lags(connection, time.time() + 3600).values()
            outdated = lags(connection, time.time() + DAY + 7200)
            posted = posted_since(connection, 0), posted_since(connection, time.time() + 60)
            holds.adopt(connection, "support-answers", time.time())
            connection.exec_driver_sql("UPDATE deliveries SET observed_at = observed_at + 7200")
            adopted = lags(connection, time.time() + 3600)

    assert 0 < first.median == first.worst < 30
    assert again == first
    assert posted == ({"default": 2}, {"default": 1})
    assert outdated == adopted == {}


def mapping(service: Service, poll: str, detect: Detect = "auto") -> Mapping:
    """The one that is configured, with this poll."""
    service.mapping = {"poll": poll, "detect": detect}
    (found,) = service.config().mappings
    return found


@pytest.mark.parametrize(
    ("poll", "detect", "reads", "late_after"),
    [
        ("30s", "auto", 58.0, 90),
        ("30s", "poll", 0.1, 90),
        ("30s", "auto", 2 / 0.75 / 2, 180),
        ("30s", "drive", 58.0, 3 * 3600),
        ("0 * * * *", "auto", 58.0, 3 * 3600),
    ],
)
def test_three_missed_polls_make_it_unready(
    service: Service, poll: str, detect: Detect, reads: float, late_after: float
) -> None:
    """As often as Google's budget, Drive or a cron expression have it, and a minute's grace."""
    known = mapping(service, poll, detect)
    seen = Overview((MappingView("m", NOW, trouble="no answer"),), ())
    latest = NOW + late_after + 60

    assert unready(seen, [known], reads, latest - 1) == []
    (reason,) = unready(seen, [known], reads, latest + 1)
    assert reason.startswith("m: not read for ")
    assert reason.endswith(": no answer")


def test_what_waits_for_a_person_is_not_unready_but_an_endpoint_that_is_out_is(
    service: Service,
) -> None:
    """The service can do nothing about the one, and delivers nothing because of the other."""
    known = mapping(service, "30s")
    late = NOW + timedelta(days=1).total_seconds()
    broken = MappingView("m", NOW, trouble="no header", trouble_needs_person=True)
    out = Outage("eu", "", NOW, "no answer", needs_person=False)
    model = Outage("eu", "x", NOW, "not known", needs_person=True)

    assert unready(Overview((broken,), (model,)), [known], 58.0, late) == []
    assert unready(Overview((broken,), (out,)), [known], 58.0, late) == ["Arize eu: no answer"]


def test_only_what_was_asked_within_a_minute_counts(service: Service) -> None:
    """Of Google, those under way included, and of Arize."""
    now = [0.0]
    project = Project(60, 60, clock=lambda: now[0])
    account = project.budget("a")
    stopping = Event()
    with account.turn("s", "observe", stopping), account.turn("s", "write", stopping):
        under_way = account.used
    now[0] = 30
    with account.turn("s", "report", stopping):
        pass
    both = account.used
    now[0] = 62
    later = account.used
    pace = Pace(100_000, 100_000, minute=0.2)
    pace.wait(3)
    pace.wait(0)
    sent = pace.used
    time.sleep(0.25)

    assert (under_way, both, later) == ((1, 1), (2, 1), (1, 0))
    assert (sent, pace.used) == ((3, 2), (0, 0))
    shares = counted(service.config(), both, {"default": sent})
    assert [(share.kind, share.used) for share in shares] == [
        ("reads", 2),
        ("writes", 1),
        ("mutations", 3),
        ("requests", 2),
    ]
