from __future__ import annotations

import io
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import update

from sheets_sync.app import opened
from sheets_sync.observability.logs import configure_logging
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store import review
from sheets_sync.store.schema import attempts, deliveries
from tests.sandbox_client import Control
from tests.service import HEADERS, MODEL, Service, answer, span


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """Forty judged rows."""
    rows = [answer(n, "Satisfactory", 3, f"Note {n}", "Ada") for n in range(40)]
    return Service(sandbox.contact, control, tmp_path, rows=rows, arize={"batch_size": 20})


def test_an_answer_that_could_not_be_recorded_blocks_nothing(service: Service) -> None:
    """A full disk at the worst moment: the attempt has no outcome, and the row goes on."""
    with opened(service.config(), writes=True) as app:
        service.passes(app)
        with app.context.state.writing() as connection:
            connection.execute(update(attempts).values(outcome=None))
            connection.execute(update(deliveries).values(unsettled=True))
        service.type("E2", 5)
        service.passes(app)

    assert service.scores()[span(0)] == 5.0
    assert service.statuses()[span(0)].startswith("Synced")


def test_a_time_at_the_end_of_the_calendar_stops_nobody(service: Service) -> None:
    """Arize does not know the record; its row says so, and the others are sent."""
    service.type("C2", "9999-12-31")
    service.once()

    assert set(service.labels()) == {span(n) for n in range(1, 40)}
    assert service.statuses()[span(0)].startswith("Arize did not accept this")


def test_the_same_note_in_two_tabs_is_sent_once(service: Service) -> None:
    """Rows that say the same count as one, their notes included."""

    class TwoTabs(Service):
        def mappings(self) -> list[dict[str, Any]]:
            (first,) = super().mappings()
            return [first, first | {"name": "copy", "worksheet": "Copy"}]

    both = TwoTabs(service.contact, service.control, service.folder, rows=service.rows[:1])
    both.change({"addSheet": {"properties": {"title": "Copy"}}})
    both.expert.type_rows(both.spreadsheet, "Copy!A1", [HEADERS, list(service.rows[0])])
    both.once()
    both.once()

    assert [m.note for m in both.control.mutations() if m.note] == ["Note 0"]


def test_judging_column_by_column_is_no_accident(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Rows that only say more than before are not held."""
    rows = [answer(n, "Satisfactory", "", "", "Ada") for n in range(40)]
    service = Service(sandbox.contact, control, tmp_path, rows=rows)
    service.once()
    service.expert.type_rows(service.spreadsheet, "Review!E2", [[4]] * 40)
    service.once()

    assert set(service.scores().values()) == {4.0}


def test_an_edit_after_an_undone_accident_is_not_held(service: Service) -> None:
    """What was undone does not count towards the next hold."""
    service.once()
    service.expert.type_rows(service.spreadsheet, "Review!E2", [[0]] * 30)
    service.once()
    assert service.statuses()[span(0)].startswith("On hold")
    service.expert.type_rows(service.spreadsheet, "Review!E2", [[3]] * 30)
    service.once()
    service.type("E2", 5)
    service.once()

    assert service.scores()[span(0)] == 5.0


def test_retry_does_not_send_what_is_held(service: Service) -> None:
    """A person who retries has not approved."""
    service.once()
    posted = len(service.control.mutations())
    service.expert.type_rows(service.spreadsheet, "Review!E2", [[0]] * 30)
    service.once()
    with opened(service.config(), writes=True) as app:
        with app.context.state.writing() as connection:
            connection.execute(
                update(deliveries).where(deliveries.c.state == "held").values(state="failed")
            )
            assert review.retry(connection, key=None, mapping=None, note=False) == []
        service.passes(app)

    assert len(service.control.mutations()) == posted


def test_two_names_of_one_tab_cannot_share_a_status_column(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Title and gid may mean the same tab; the second mapping is told to take another column."""

    class Twice(Service):
        def mappings(self) -> list[dict[str, Any]]:
            (first,) = super().mappings()
            return [first, first | {"name": "second", "worksheet": {"gid": self.gid}}]

    service = Twice(sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory")])
    first, second = service.once()

    assert first.trouble is None
    assert "has the status column 'Sync status' already" in str(second.trouble)
    assert service.sheet()[0].count("Sync status") == 1


def test_a_status_column_is_made_whole_or_not_at_all(service: Service) -> None:
    """A failing write does not leave one more marked column behind at each pass."""
    service.control.fault("google", match="batchUpdateByDataFilter", action="status", status=400)
    for _ in range(3):
        service.once()
    found = service.expert.ask("GET", f"{service.spreadsheet}?fields=sheets.properties")
    sheets = found["sheets"] if isinstance(found, dict) else []

    assert '"columnCount": 27' in json.dumps(sheets)


def test_a_new_status_column_leaves_another_mappings_letters_in_place(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """It stands right of everything that any mapping of the tab reads."""

    class Lettered(Service):
        def mappings(self) -> list[dict[str, Any]]:
            (first,) = super().mappings()
            second = {"name": "Second", "score": {"column": {"letter": "I"}}}
            other = first | {"name": "second", "annotations": [second], "status": "Second status"}
            return [first, other | {"note": None}]

    rows = [[*answer(1, "Satisfactory", 3, "", "Ada"), None, 2]]
    service = Lettered(sandbox.contact, control, tmp_path, rows=rows)
    service.once()
    service.once()

    held = {a.name: a.score for a in control.annotations() if a.model_id == MODEL}
    assert held["Second"] == 2.0
    assert service.sheet()[1][8] == "2"


def test_no_secret_is_logged_with_an_unknown_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracebacks in the log have no local variables."""
    lines = io.StringIO()
    monkeypatch.setattr("sys.stderr", lines)
    before = logging.getLogger().handlers
    configure_logging("info", "json")
    canary = "a-secret-key"
    try:
        int(canary[:0])
    except ValueError:
        structlog.get_logger("sheets_sync").exception("unknown")
    logging.getLogger().handlers = before
    structlog.reset_defaults()

    assert "ValueError" in lines.getvalue()
    assert canary not in lines.getvalue()


def test_a_stop_is_no_trouble(service: Service) -> None:
    """What a stop interrupts is not reported as something that is wrong."""
    service.control.fault("google", match="values:batchGet", action="status", status=503)
    with opened(service.config(), writes=True) as found:
        found.context.stopping.set()
        app = replace(found)
        service.passes(app)
        with app.context.state.reading() as connection:
            known = review.mapping_counts(connection)

    assert all(not view.trouble for view in known.values())
