from __future__ import annotations

from pathlib import Path
from typing import Any

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import Service, answer, span


def test_a_spreadsheet_is_served_by_an_account_that_may_see_it(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Of two accounts, whichever is drawn first, the one with access does the work."""
    second = control.add_account("second")

    class TwoAccounts(Service):
        def settings(self) -> dict[str, Any]:
            found = super().settings()
            files = [self.contact.credentials_file, second.credentials_file]
            found["google"]["credentials"] = files
            return found

    service = TwoAccounts(sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory")])
    service.once()
    first_writer = {w.by for w in control.writes() if not w.by.startswith("human")}
    (used,) = first_writer
    control.unshare(service.spreadsheet, used)
    service.type("D2", "Needs Improvement")
    service.once()
    service.once()

    assert service.labels() == {span(1): "Needs Improvement"}
    assert service.statuses()[span(1)].startswith("Synced")
    both = {w.by for w in control.writes() if not w.by.startswith("human")}
    assert len(both) == 2
