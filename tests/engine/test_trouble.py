from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from sheets_sync.app import opened
from sheets_sync.errors import SourceError
from sheets_sync.operations.overview import overview
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from tests.sandbox_client import Control
from tests.service import Service, answer, span


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """Two judged rows."""
    return Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(1, "Satisfactory", 4, "", "Ada"), answer(2, "ok", 0, "", "Ada")],
    )


def trouble_of(service: Service) -> str:
    """What `status` says of the mapping."""
    state = open_state(f"sqlite:///{service.folder}/state.db")
    (view,) = overview(state, service.config().mappings).mappings
    state.engine.dispose()
    return view.trouble


def test_a_renamed_header_stops_the_mapping_and_names_the_nearest(service: Service) -> None:
    """Nothing is recorded from such a snapshot, and all goes on once it is mended."""
    service.once()
    service.type("D1", "Adequecy")
    (observation,) = service.once()

    assert isinstance(observation.trouble, SourceError)
    assert "column 'Adequacy' not found; did you mean 'Adequecy'?" in trouble_of(service)
    assert "Headers found: 'Span ID', 'Answer'" in trouble_of(service)
    service.type("D1", "Adequacy")
    service.once()
    assert trouble_of(service) == ""
    assert len(service.control.mutations()) == 2


def test_a_moved_column_is_followed(service: Service) -> None:
    """Columns are found by header, so moving one changes nothing."""
    service.once()
    service.change(
        {
            "moveDimension": {
                "source": {
                    "sheetId": service.gid,
                    "dimension": "COLUMNS",
                    "startIndex": 3,
                    "endIndex": 4,
                },
                "destinationIndex": 1,
            }
        }
    )
    service.once()

    assert len(service.control.mutations()) == 2
    assert service.statuses()[span(1)].startswith("Synced")


def test_a_renamed_tab_is_named_with_the_tabs_there_are(service: Service) -> None:
    """A title in the configuration is what the tab must be called."""
    service.once()
    properties: JsonValue = {"sheetId": service.gid, "title": "Review 2026"}
    service.change({"updateSheetProperties": {"properties": properties, "fields": "title"}})
    service.once()

    assert "tab 'Review' not found; did you mean 'Review 2026'?" in trouble_of(service)


def test_a_tab_given_by_its_number_survives_renaming(service: Service) -> None:
    """The gid in the tab's address is its identity."""
    gid = service.gid
    service.mapping = {"worksheet": {"gid": gid}}
    service.once()
    properties: JsonValue = {"sheetId": gid, "title": "Review 2026"}
    service.change({"updateSheetProperties": {"properties": properties, "fields": "title"}})
    service.expert.type(service.spreadsheet, "Review 2026!E2", 1)
    service.once()

    assert service.scores()[span(1)] == 1.0


def test_a_sheet_that_is_not_shared_says_with_whom_to_share_it(service: Service) -> None:
    """The cure names the service account, and sharing it again is enough."""
    service.control.unshare(service.spreadsheet)
    service.once()

    assert "share the sheet with sheets-sync@" in trouble_of(service)
    service.control.share(service.spreadsheet)
    service.once()
    assert trouble_of(service) == ""
    assert service.statuses()[span(1)].startswith("Synced")


def test_one_mappings_trouble_never_stops_another(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Of two mappings of one spreadsheet, the broken one stands still alone."""

    class Broken(Service):
        def mappings(self) -> list[dict[str, Any]]:
            (good,) = super().mappings()
            return [good | {"name": "broken", "worksheet": "Gone", "status": "S"}, good]

    service = Broken(sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory")])
    broken, good = service.once()

    assert isinstance(broken.trouble, SourceError)
    assert good.trouble is None
    assert service.labels() == {span(1): "Satisfactory"}


def test_a_protected_status_column_is_reported_once_and_syncing_goes_on(service: Service) -> None:
    """Statuses cannot be written, annotations are delivered all the same."""
    service.type("H1", "Sync status")
    service.change(
        {
            "addProtectedRange": {
                "protectedRange": {
                    "range": {"sheetId": service.gid, "startColumnIndex": 7, "endColumnIndex": 8},
                    "editors": {"users": ["owner@example.com"]},
                }
            }
        }
    )
    service.once()
    service.control.forget_calls()
    service.once()

    assert set(service.labels()) == {span(1), span(2)}
    assert service.control.calls().writes == 0
    state = open_state(f"sqlite:///{service.folder}/state.db")
    (view,) = overview(state, service.config().mappings).mappings
    assert "protected" in view.unwritable
    state.engine.dispose()


def test_a_refused_key_burns_no_attempts_and_heals_by_itself(service: Service) -> None:
    """The status says who must do what; nothing is lost, nothing is given up."""
    service.control.fault("arize", match="updateAnnotations", action="status", status=401)
    with opened(service.config(), writes=True) as app:
        for _ in range(3):
            service.passes(app)
    assert "ask ops@example.com" in service.statuses()[span(1)]

    service.control.end_faults()
    now = [1_900_000_000.0]
    with opened(service.config(), writes=True) as found:
        app = replace(found, context=replace(found.context, clock=lambda: now[0]))
        service.passes(app)

    assert set(service.labels()) == {span(1), span(2)}
    assert service.statuses()[span(1)].startswith("Synced")


def test_a_poison_row_does_not_delay_another(service: Service) -> None:
    """A row that Arize always refuses fails alone."""
    service.expert.type_rows(
        service.spreadsheet,
        "Review!A4",
        [["f" * 16, "Unknown to Arize", "2026-11-20T10:00:00Z", "ok", 1, "", "Ada"]],
    )
    service.once()

    assert set(service.labels()) == {span(1), span(2)}
    assert service.statuses()["f" * 16].startswith("Arize")


def test_a_deleted_status_column_is_made_again(service: Service) -> None:
    """The column is ours to make, wherever the headers end now."""
    service.once()
    service.change(
        {
            "deleteDimension": {
                "range": {
                    "sheetId": service.gid,
                    "dimension": "COLUMNS",
                    "startIndex": 7,
                    "endIndex": 8,
                }
            }
        }
    )
    service.once()

    assert service.statuses()[span(1)].startswith("Synced")


def test_a_column_inserted_before_the_write_keeps_its_cells(service: Service) -> None:
    """The write finds the status column by its mark, wherever it is by then."""
    service.once()
    service.type("E2", 2)
    service.control.between(
        "values:batchGetByDataFilter",
        f"/v4/spreadsheets/{service.spreadsheet}:batchUpdate",
        {
            "requests": [
                {
                    "insertDimension": {
                        "range": {
                            "sheetId": service.gid,
                            "dimension": "COLUMNS",
                            "startIndex": 2,
                            "endIndex": 3,
                        }
                    }
                }
            ]
        },
    )
    service.once()
    service.once()

    headers, first, *_ = service.sheet()
    assert headers[8] == "Sync status"
    assert first[8].startswith("Synced")
    assert first[7] == "Ada"
