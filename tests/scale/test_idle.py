"""A look at a sheet that is as it was costs no second comparison, and hides no change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from sheets_sync.app import App, opened
from sheets_sync.domain.plan import Plan
from sheets_sync.engine.observe import observe
from sheets_sync.operations import interventions
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store import holds, places
from sheets_sync.store.database import open_state
from tests.sandbox_client import Control
from tests.service import Service, answer, span


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """Three rows."""
    rows = [answer(n, "Satisfactory", n, "Clear.", "Ada") for n in (1, 2, 3)]
    return Service(sandbox.contact, control, tmp_path, rows=rows)


@pytest.fixture
def app(service: Service) -> Iterator[App]:
    """The program, once all is synced and it has looked until nothing is left to compare."""
    with opened(service.config(), writes=True) as running:
        service.passes(running)
        for _ in range(3):
            look(running, service)
        assert is_skipped(running, service)
        yield running


def look(app: App, service: Service) -> Plan:
    """One look at the sheet."""
    (found,) = observe(app.context, service.spreadsheet, app.config.mappings)
    assert found.plan is not None
    return found.plan


def is_skipped(app: App, service: Service) -> bool:
    """Whether another look takes the last one's word: it returns the very same plan."""
    last = app.context.looks["support-answers"].plan
    return look(app, service) is last


def test_an_idle_look_costs_one_read(app: App, service: Service) -> None:
    """Nothing is compared, and the mapping counts as read at that moment."""
    service.control.forget_calls()
    before = app.context.clock()
    plan = look(app, service)
    with app.context.state.reading() as connection:
        read_at = connection.exec_driver_sql("SELECT read_at FROM mappings").scalar_one()

    assert (plan.is_empty, plan.unchanged) == (True, 3)
    assert (service.control.calls().reads, service.control.calls().writes) == (1, 0)
    assert read_at >= before


@pytest.mark.parametrize("cell", ["D2", "F2", "Z9"])
def test_any_edit_of_the_tab_ends_it(app: App, service: Service, cell: str) -> None:
    """A mapped cell, another, or one where nothing was."""
    service.type(cell, "typed")
    assert not is_skipped(app, service)


def test_a_status_that_was_typed_over_is_repaired(app: App, service: Service) -> None:
    """What it shows is part of what was read."""
    at = service.sheet()[0].index("Sync status")
    service.type(f"{chr(65 + at)}3", "mine")
    service.passes(app)

    assert service.statuses()[span(2)].startswith("Synced")


def test_a_deleted_row_is_counted_as_absent_twice(app: App, service: Service) -> None:
    """The second look sees the same sheet, and yet the row has vanished by it."""
    rows: JsonValue = {"sheetId": service.gid, "dimension": "ROWS", "startIndex": 2, "endIndex": 3}
    service.change({"deleteDimension": {"range": rows}})
    assert len(look(app, service).missing) == 1
    assert len(look(app, service).vanished) == 1
    assert look(app, service).is_empty


def _pause(app: App) -> None:
    """As `sheets-sync pause` in another process."""
    other = open_state(app.config.state)
    interventions.set_paused(other, "support-answers", paused=True)
    other.engine.dispose()


def _resend(app: App) -> None:
    """As `sheets-sync rebuild --resend` in another process."""
    other = open_state(app.config.state)
    with other.writing() as connection:
        holds.resend(connection, "support-answers", app.context.clock())
    other.engine.dispose()


def _decide_again(app: App) -> None:
    """As an answer does that leaves something behind."""
    with app.context.state.writing() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET digest = '' WHERE id = 1")


def _trouble(app: App) -> None:
    with app.context.state.writing() as connection:
        places.note_trouble(connection, "support-answers", "gone", 1.0, needs_person=True)


@pytest.mark.parametrize("change", [_pause, _resend, _decide_again, _trouble])
def test_any_change_of_the_state_ends_it(
    app: App, service: Service, change: Callable[[App], object]
) -> None:
    """By this process or by another, however small."""
    change(app)
    assert not is_skipped(app, service)


def test_a_row_to_be_decided_again_is(app: App, service: Service) -> None:
    """Though the sheet is as it was."""
    _decide_again(app)
    assert [change.key for change in look(app, service).changes] == [span(1)]


def test_trouble_that_passed_is_forgotten(app: App, service: Service) -> None:
    """The sheet answers as before: the mapping has no trouble any more, and rests again."""
    service.control.fault("google", match="values:batchGet", action="status", status=404, times=2)
    (found,) = observe(app.context, service.spreadsheet, app.config.mappings)
    assert found.trouble is not None
    look(app, service)
    with app.context.state.reading() as connection:
        trouble = connection.exec_driver_sql("SELECT trouble FROM mappings").scalar_one()
    assert not trouble
    look(app, service)
    assert is_skipped(app, service)
