"""What a person must mend burns no attempts, says who must do what, and goes on once mended."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sheets_sync.domain.status import clock_time
from sheets_sync.operations.overview import overview
from sheets_sync.sandbox.server import Sandbox
from tests.faults.weather import Fault, Weather
from tests.sandbox_client import Control
from tests.service import answer, span


def burned(folder: Path) -> list[int]:
    """The attempts of each delivery."""
    with sqlite3.connect(folder / "state.db") as state:
        return [count for (count,) in state.execute("select attempts from deliveries")]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"action": "status", "status": 401}, "check `api_key`, ask ops@example.com"),
        ({"action": "status", "status": 403}, "Developer Access, ask ops@example.com"),
        (
            {"action": "graphql_error", "code": "UNAUTHENTICATED", "message": "Log in"},
            "Log in; check `api_key`, ask ops@example.com",
        ),
    ],
    ids=str,
)
def test_a_refused_key(
    fault: Fault, said: str, sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """One row edited, refused for an hour of passes, is sent as soon as the key is good again."""
    rows = [answer(number, "Satisfactory", 1) for number in range(1, 4)]
    weather = Weather(sandbox.contact, control, tmp_path, rows=rows)
    weather.judge(dict.fromkeys(range(1, 4), ("Satisfactory", 1.0)))
    app, drains = weather.open()
    weather.go(app, drains)
    control.fault("arize", **fault)
    weather.judge({2: ("Needs Improvement", 2.0)})
    for _ in range(12):
        weather.go(app, drains)
    assert weather.statuses()[span(2)].endswith(said)
    assert overview(app.context.state, app.config.mappings).needs_person
    assert burned(tmp_path) == [0, 0, 0]
    control.end_faults()
    weather.go(app, drains)
    assert weather.statuses()[span(2)].startswith("Synced")
    assert not overview(app.context.state, app.config.mappings).needs_person
    weather.stack.close()


def test_a_sheet_that_is_not_shared_any_more(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """The mapping says with whom to share it, and its edits are sent once it is shared."""
    rows = [answer(number, "Satisfactory", 1) for number in range(1, 4)]
    weather = Weather(sandbox.contact, control, tmp_path, rows=rows)
    weather.judge(dict.fromkeys(range(1, 4), ("Satisfactory", 1.0)))
    app, drains = weather.open()
    weather.go(app, drains)
    control.unshare(weather.spreadsheet)
    weather.judge({2: ("Needs Improvement", 2.0)})
    for _ in range(3):
        weather.go(app, drains)
    (view,) = overview(app.context.state, app.config.mappings).mappings
    assert f"share the sheet with {app.account} as editor" in view.trouble
    assert view.needs_person
    assert burned(tmp_path) == [0, 0, 0]
    control.share(weather.spreadsheet)
    weather.go(app, drains)
    assert weather.labels()[span(2)] == "Needs Improvement"
    assert weather.statuses()[span(2)].startswith("Synced")
    weather.stack.close()


@pytest.mark.parametrize(
    "fault",
    [{"action": "status", "status": 503}, {"action": "drop", "match": "updateAnnotations"}],
    ids=str,
)
def test_an_hour_without_arize(
    fault: Fault, sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """An edit says that it is queued, then when it is retried, which is true; at last `Synced`."""
    weather = Weather(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(number, "Satisfactory", 1) for number in range(1, 21)],
        arize={"concurrency": 1},
    )
    weather.judge(dict.fromkeys(range(1, 21), ("Satisfactory", 1.0)))
    app, drains = weather.open()
    weather.go(app, drains)
    control.fault("arize", **fault)
    asked = control.calls().arize.requests
    edits = {0: range(1, 7), 20: range(7, 10), 40: range(2, 5)}
    retried = ""
    for minute in range(0, 60, 2):
        edited = edits.get(minute, range(0))
        weather.judge(dict.fromkeys(edited, ("Satisfactory", 2 + minute / 20)))
        now = clock_time(weather.now, ZoneInfo("Etc/GMT"))
        weather.go(app, drains, step=120)
        was_asked = control.calls().arize.requests > asked
        asked = control.calls().arize.requests
        assert not was_asked or retried <= now
        assert was_asked or retried >= now
        statuses = weather.statuses()
        waiting = {said for said in statuses.values() if not said.startswith("Synced")}
        assert waiting >= {statuses[span(number)] for number in edited}
        times = {said.partition(", retry at ")[2] for said in waiting - {"Edited, queued"}}
        retried = min(times)
        assert retried >= now
    control.end_faults()
    for _ in range(3):
        weather.go(app, drains)
    control.forget_calls()
    weather.go(app, drains)
    weather.check()
    weather.stack.close()
