"""What `check` foresees of Google's ceiling."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sheets_sync.app import opened
from sheets_sync.operations.checking import Check, checked
from sheets_sync.sandbox.server import Sandbox
from tests.detect.watched import Watched
from tests.sandbox_client import Control
from tests.service import answer


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Watched:
    """Three spreadsheets, and an account that may read four times a minute."""
    service = Watched(sandbox.contact, control, tmp_path, rows=[answer(100)])
    service.add(2)
    service.detect = "poll"
    service.sections = {"google": service.settings()["google"] | {"reads_per_minute": 4}}
    return service


def check(service: Watched) -> dict[str, Check]:
    """What `check` says by link, where the reads that it does itself are not limited."""
    config = service.config()
    generous = config.google.model_copy(update={"reads_per_minute": 1000})
    with opened(config.model_copy(update={"google": generous}), writes=False) as app:
        limit = config.google.reads_per_minute * 60 / 61.2
        context = replace(app.context, reads_per_minute=limit)
        found = checked(context, config.mappings, app.arize, app.account)
    return {one.link: one for one in found}


def test_too_much_polling_is_foreseen_with_its_cure(service: Watched) -> None:
    """Three spreadsheets at 30 s ask for 6 reads of 3.9: the poll is 61 s."""
    said = check(service)["Google's ceiling"]
    assert not said.ok
    assert "polls ask for 6 reads a minute" in said.said
    assert "Google allows 4 and" in said.said
    assert "Instead of 30 s the poll is 1 min 1 s; let them poll less often" in said.said


def test_what_drive_tells_fits(service: Watched) -> None:
    """Left to Drive, it is said how late an edit is seen."""
    service.detect = "drive"
    said = check(service)["Google's ceiling"]
    assert said.ok
    assert "3 spreadsheets are left to Drive, which tells of an edit within 3 min 30 s" in said.said


def test_a_drive_that_refuses_is_said_with_its_cure(service: Watched) -> None:
    """Its API is off: said, and that sheets are polled meanwhile."""
    service.detect = "drive"
    service.control.fault("google", match="drive/v3", action="status", status=403)
    found = check(service)
    assert not found["Google Drive"].ok
    assert "enable the Google Drive API" in found["Google Drive"].said
    assert "Instead of 30 s" in found["Google's ceiling"].said


def test_cron_polls_count_where_they_meet(service: Watched) -> None:
    """All three at nine o'clock are three reads in that minute."""
    service.mapping = {"poll": "0 9 * * *"}
    said = check(service)["Google's ceiling"]
    assert said.ok
    assert "polls ask for 3 reads a minute" in said.said
