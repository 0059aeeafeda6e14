from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sheets_sync.app import opened
from sheets_sync.operations import interventions
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import HEADERS, MODEL, Service, answer, span


class TwoTabs(Service):
    """A second mapping of a second tab of the same spreadsheet."""

    def add_copy(self, *rows: list[Any]) -> None:
        """Make the tab `Copy of Review` with these rows."""
        self.change({"addSheet": {"properties": {"title": "Copy of Review"}}})
        self.expert.type_rows(self.spreadsheet, "Copy of Review!A1", [HEADERS, *rows])

    def mappings(self) -> list[dict[str, Any]]:
        """Both mappings."""
        (first,) = super().mappings()
        return [first, first | {"name": "copy", "worksheet": "Copy of Review"}]

    def copied(self) -> dict[str, str]:
        """The statuses of the copy."""
        headers, *rows = self.expert.read(self.spreadsheet, "Copy of Review")
        at = headers.index("Sync status")
        return {row[0]: row[at] for row in rows if len(row) > at and row[at]}


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> TwoTabs:
    """Two judged rows in the first tab."""
    return TwoTabs(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(1, "Satisfactory", 4, "", "Ada"), answer(2, "Satisfactory", 2, "", "Ada")],
    )


def test_two_rows_of_one_tab_that_differ_are_not_sent(service: TwoTabs) -> None:
    """Each is told where the other one stands."""
    service.add_copy()
    service.expert.type_rows(
        service.spreadsheet, "Review!A4", [answer(1, "Needs Improvement", 1, "", "Ada")]
    )
    service.once()

    column = [row[7] for row in service.sheet()[1:]]
    assert column[0] == "Same Span ID as row 4"
    assert column[2] == "Same Span ID as row 2"
    assert span(1) not in service.labels()
    assert service.labels()[span(2)] == "Satisfactory"


def test_two_rows_of_one_tab_that_say_the_same_count_as_one(service: TwoTabs) -> None:
    """A copied row is no contradiction."""
    service.add_copy()
    service.expert.type_rows(
        service.spreadsheet, "Review!A4", [answer(1, "Satisfactory", 4, "", "Ada")]
    )
    service.once()

    column = [row[7] for row in service.sheet()[1:]]
    assert column[0] == column[2]
    assert column[0].startswith("Synced")
    assert [m.record_id for m in service.control.mutations()].count(span(1)) == 1


def test_a_note_that_one_of_two_tabs_has_sent_is_not_in_doubt_in_the_other(
    service: TwoTabs,
) -> None:
    """Both say the same, the other one more besides: the note goes once, and is there."""
    service.type("F2", "Clear.")
    service.type("E2", "")
    service.add_copy(answer(1, "Satisfactory", 4, "Clear.", "Ada"))
    service.once()

    assert [m.note for m in service.control.mutations()].count("Clear.") == 1
    assert "missing" not in service.statuses()[span(1)]
    assert "missing" not in service.copied()[span(1)]


def test_two_tabs_that_differ_are_not_sent_and_name_each_other(service: TwoTabs) -> None:
    """What is contested waits; what is not goes on."""
    service.add_copy(answer(1, "Needs Improvement", 4, "", "Ada"))
    service.once()
    service.once()

    assert service.statuses()[span(1)] == 'Also judged in "Copy of Review" row 2'
    assert service.copied()[span(1)] == 'Also judged in "Review" row 2'
    assert set(service.labels()) == {span(2)}


def test_a_target_is_handed_over_when_its_row_is_deleted(service: TwoTabs) -> None:
    """The row that stays behind is sent, without anybody's help."""
    service.add_copy(answer(1, "Needs Improvement", 4, "", "Ada"))
    service.once()
    service.change(
        {
            "deleteDimension": {
                "range": {
                    "sheetId": service.gid,
                    "dimension": "ROWS",
                    "startIndex": 1,
                    "endIndex": 2,
                }
            }
        }
    )
    service.once()
    assert span(1) not in service.labels()
    service.once()
    service.once()

    assert service.labels()[span(1)] == "Needs Improvement"
    assert service.copied()[span(1)].startswith("Synced")


def test_two_tabs_that_say_the_same_are_posted_once(service: TwoTabs) -> None:
    """Agreement is not a contradiction, and costs one post."""
    service.add_copy(answer(1, "Satisfactory", 4, "", "Ada"))
    service.once()

    assert service.statuses()[span(1)].startswith("Synced")
    assert service.copied()[span(1)].startswith("Synced")
    assert [m.record_id for m in service.control.mutations()].count(span(1)) == 1


def test_all_tabs_of_a_spreadsheet_are_read_in_one_request(service: TwoTabs) -> None:
    """Two mappings, one read."""
    service.add_copy(answer(3, "Satisfactory"))
    service.once()
    service.control.forget_calls()
    service.once()

    assert service.control.calls().reads == 1


def test_a_renamed_mapping_sends_nothing_again(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """A receipt belongs to its target, not to the mapping's name; notes are not repeated."""
    service = Service(
        sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory", 4, "Clear.", "Ada")]
    )
    service.once()
    status = service.statuses()
    service.mapping = {"name": "answers-of-support"}
    service.once()
    service.once()

    assert [m.record_id for m in control.mutations()] == [span(1)]
    assert service.statuses() == status
    service.type("D2", "Needs Improvement")
    service.once()
    assert service.labels() == {span(1): "Needs Improvement"}
    assert service.statuses()[span(1)].startswith("Synced")


def test_the_model_is_part_of_the_target(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """The same record under another model is another target; it is posted there once approved."""
    service = Service(sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory")])
    service.once()
    control.add_spans("TW9kZWw6MjpBYkNk", [span(1)], "2026-11-20T10:00:00Z")
    service.mapping = {"model_id": "TW9kZWw6MjpBYkNk"}
    service.once()
    assert service.statuses()[span(1)].startswith("On hold: a new configuration would send 1 row")
    with opened(service.config(), writes=True) as app:
        held = interventions.held(app.context.state, "support-answers")
        assert held is not None
        interventions.approve(app.context.state, "support-answers", held.digest)
        service.passes(app)

    assert {a.model_id for a in control.annotations()} == {MODEL, "TW9kZWw6MjpBYkNk"}
