"""Drive's list of changes, on the whole service and the sandbox, whose clocks go together."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from sheets_sync.app import opened
from sheets_sync.domain.detection import QUIET, SWEEP, WINDOW
from sheets_sync.domain.mapping import by_spreadsheet
from sheets_sync.engine.detect import Detection
from sheets_sync.engine.schedule import run
from sheets_sync.operations.overview import overview
from sheets_sync.sandbox.server import Sandbox
from tests.detect.watched import POLL, Watched
from tests.sandbox_client import Control
from tests.service import answer, span


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Watched:
    """Three spreadsheets left to Drive."""
    service = Watched(sandbox.contact, control, tmp_path, rows=[answer(100)])
    service.add(2)
    return service


def asked(service: Watched) -> int:
    """The requests to Google since they were forgotten."""
    return sum(service.control.calls().google.values())


def test_an_idle_poll_is_one_request(service: Watched) -> None:
    """However many spreadsheets there are; and it writes nothing to the state."""
    with service.running() as (_, detection):
        service.calm(detection)
        service.control.forget_calls()
        before = (service.folder / "state.db-wal").stat().st_mtime_ns
        for _ in range(5):
            assert service.poll(detection) == []
        after = (service.folder / "state.db-wal").stat().st_mtime_ns
    assert asked(service) == 5
    assert after == before


def test_replicas_ask_drive_once_in_a_poll(service: Watched, postgres_url: str) -> None:
    """Whichever asks: what it is told, all know. One that is gone is not waited for."""
    service.state_url = postgres_url
    with service.running() as (app, detection):
        service.calm(detection)
        other = Detection(app.context, by_spreadsheet(app.config.mappings))
        service.type("D2", "Satisfactory")
        service.wait(WINDOW)
        service.control.forget_calls()
        for each in (detection, other):
            each.ask_drive()
            each.learn(())
            service.wait(POLL / 3)
        asked_by_two = asked(service)
        due = [each.due(room=9) for each in (detection, other)]
        service.wait(POLL)
        other.ask_drive()

    assert asked_by_two == 1
    assert due == [[service.spreadsheet]] * 2
    assert asked(service) == 2


def test_an_edit_is_read_when_drive_tells_and_only_there(service: Watched) -> None:
    """Within a window and a poll; then again until it has been quiet for two windows."""
    with service.running() as (_, detection):
        service.calm(detection)
        service.type("D2", "Satisfactory")
        read = [service.poll(detection) for _ in range(30)]
    polls = [n for n, names in enumerate(read, start=1) if names]
    assert all(names == [service.spreadsheet] for names in read if names)
    assert polls[0] * POLL <= WINDOW + POLL
    assert (polls[-1] - polls[0]) * POLL >= QUIET
    assert len(polls) == polls[-1] - polls[0] + 1


def test_an_edit_right_after_our_read_is_seen_before_drive_tells(service: Watched) -> None:
    """It falls into the same window, of which Drive tells once; the next re-read sees it."""
    with service.running() as (app, detection):
        service.calm(detection)
        service.type("D2", "Satisfactory")
        while not service.poll(detection):
            pass
        service.passes(app)
        service.type("D2", "Needs Improvement")
        assert service.poll(detection) == [service.spreadsheet]
        service.passes(app)
    assert service.labels() == {span(100): "Needs Improvement"}


def test_what_drive_never_tells_is_read_in_the_sweep(service: Watched) -> None:
    """Answers of a form do not bump the file: it is read within an hour all the same."""
    with service.running() as (app, detection):
        service.calm(detection)
        service.type("D2", "Satisfactory")
        service.control.set(coalescing=False)
        app.context.drives[0].since(app.context.drives[0].start())
        with app.context.state.writing() as connection:
            connection.exec_driver_sql(
                "UPDATE drive_tokens SET token = ?", (app.context.drives[0].start(),)
            )
        assert service.poll(detection) == []
        service.wait(SWEEP)
        assert len(service.look(detection)) == 3
        service.passes(app)
    assert service.labels() == {span(100): "Satisfactory"}


def test_a_restart_goes_on_where_the_log_was_left(service: Watched) -> None:
    """An edit while the program was down is told, and nothing else is read."""
    with service.running() as (_, detection):
        service.calm(detection)
    service.type("D2", "Satisfactory")
    service.wait(WINDOW)
    with service.running() as (_, detection):
        assert detection.due(10) == []
        assert service.look(detection) == [service.spreadsheet]


def test_told_and_killed_before_it_was_read(service: Watched) -> None:
    """The token has moved on, and with it the state says what is still to be read."""
    with service.running() as (_, detection):
        service.calm(detection)
        service.type("D2", "Satisfactory")
        service.wait(WINDOW)
        detection.ask_drive()
    with service.running() as (_, detection):
        assert service.look(detection) == [service.spreadsheet]


def test_a_refused_token_lets_all_be_read(service: Watched) -> None:
    """A new token is taken first; then every spreadsheet is read, also after a kill between."""
    with service.running() as (app, detection):
        service.calm(detection)
        with app.context.state.writing() as connection:
            connection.exec_driver_sql("UPDATE drive_tokens SET token = '999999'")
        service.wait(POLL)
        service.control.forget_calls()
        detection.ask_drive()
        assert len(detection.due(10)) == 3
    with service.running() as (_, detection):
        assert len(service.look(detection)) == 3
        assert service.poll(detection) == []


def test_a_changed_mapping_is_read_again(service: Watched) -> None:
    """What was read with another configuration counts for nothing."""
    with service.running() as (_, detection):
        service.calm(detection)
    service.mapping = {"note": "Answer"}
    with service.running() as (_, detection):
        assert len(service.look(detection)) == 3


def test_without_drive_sheets_are_polled_and_status_says_why(service: Watched) -> None:
    """Drive's API switched off: every spreadsheet is polled, until Drive answers again."""
    with service.running() as (app, detection):
        service.calm(detection)
        told = overview(app.context.state, app.config.mappings).mappings[0].detection
        assert told.startswith("told by Drive, seen within 3 min 30 s; what Drive does not tell")
        service.control.fault("google", match="drive/v3", action="status", status=403)
        assert len(service.poll(detection)) == 3
        told = overview(app.context.state, app.config.mappings).mappings[0].detection
        assert told.startswith("polled, seen within 30 s (Drive cannot be asked: ")
        service.control.end_faults()
        service.poll(detection)
        assert service.poll(detection) == []


def test_a_drive_that_does_not_answer_loses_nothing(service: Watched) -> None:
    """Out of reach is no reason to give the token up."""
    with service.running() as (_, detection):
        service.calm(detection)
        service.type("D2", "Satisfactory")
        service.wait(WINDOW)
        service.control.fault("google", match="drive/v3", action="status", status=404, times=1)
        service.control.fault("google", match="drive/v3", action="status", status=503, times=9)
        assert service.look(detection) == []
        service.control.end_faults()
        assert service.spreadsheet in service.look(detection)


def test_the_running_service_follows_drive(service: Watched) -> None:
    """`run` asks Drive at each poll, reads what it tells, and posts it."""
    service.control.set(coalescing=False)
    service.mapping = {"poll": "1s"}
    with opened(service.config(), writes=True) as app:
        running = Thread(target=run, args=(app.context, app.config.mappings, app.drains))
        running.start()
        try:
            seen = partial(overview, app.context.state, app.config.mappings)
            _until(lambda: all(view.read_at for view in seen().mappings))
            service.type("D2", "Satisfactory")
            _until(lambda: service.labels() == {span(100): "Satisfactory"})
        finally:
            app.context.stopping.set()
            running.join(30)
    assert service.control.calls().google["GET /drive/v3/changes"] >= 1


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
