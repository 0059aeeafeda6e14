"""`run` through what a person must mend and what passes by itself: told once, and then over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sheets_sync.engine.deliver import SILENCES_UNTIL_OUTAGE
from sheets_sync.engine.schedule import run
from sheets_sync.operations.overview import MappingView, Overview, overview
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import State
from tests.faults.test_goes_on import burned
from tests.faults.weather import Weather
from tests.sandbox_client import Control
from tests.service import answer, span

HASTE = 30
"""The program's clock runs so much faster, so that its pauses are short."""
PATIENCE = 30.0
"""Seconds that a test waits for what must come."""
ACCOUNT = "sheets-sync@sandbox.iam.gserviceaccount.com"


@dataclass
class Pair(Weather):
    """Two spreadsheets under one `run`, and the lines that it logged."""

    other: Weather = field(kw_only=True)
    state: State = field(init=False)
    lines: list[EventDict] = field(default_factory=list)

    def mappings(self) -> list[dict[str, Any]]:
        """One for each spreadsheet."""
        return [*super().mappings(), *({**m, "name": "other"} for m in self.other.mappings())]

    @property
    def seen(self) -> Overview:
        """What `status` says."""
        return overview(self.state, self.config().mappings)

    @property
    def view(self) -> MappingView:
        """What it says of the other spreadsheet."""
        return self.seen.mappings[1]

    def is_synced(self) -> bool:
        """Whether every row says so, Arize has what the sheets say, and `status` is content."""
        statuses = self.statuses() | self.other.statuses()
        wanted = {key: score for key, (_, score) in (self.wanted | self.other.wanted).items()}
        return (
            len(statuses) == len(wanted)
            and all(status.startswith("Synced") for status in statuses.values())
            and self.scores() == wanted
            and not (self.seen.needs_person or self.seen.is_out_of_reach)
        )

    def told(self, event: str, words: str = "") -> int:
        """How often such an event was logged with these words."""
        lines = [line for line in self.lines if line["event"] == event]
        return sum(words in str(line) for line in lines)


def until(condition: Callable[[], object]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def pair(sandbox: Sandbox, control: Control, tmp_path: Path) -> Iterator[Pair]:
    """All rows are in step with Arize; `run` polls all the time."""

    def rows(first: int) -> list[list[str | int | float | bool | None]]:
        return [answer(number, "Satisfactory", 1) for number in range(first, first + 3)]

    poll = {"poll": "1s"}
    other = Weather(sandbox.contact, control, tmp_path, rows=rows(4), mapping=poll)
    pair = Pair(sandbox.contact, control, tmp_path, rows=rows(1), mapping=poll, other=other)
    pair.wanted = {span(number): ("Satisfactory", 1.0) for number in (1, 2, 3)}
    other.wanted = {span(number): ("Satisfactory", 1.0) for number in (4, 5, 6)}
    app, drains = pair.open()
    pair.state = app.context.state
    pair.go(app, drains)
    began, now = time.monotonic(), pair.now
    hasty = replace(app.context, clock=lambda: now + (time.monotonic() - began) * HASTE)
    with capture_logs() as pair.lines, pair.stack:
        thread = threading.Thread(target=run, args=(hasty, app.config.mappings, drains))
        thread.start()
        try:
            yield pair
        finally:
            hasty.stopping.set()
            thread.join()


def test_what_a_person_must_mend(pair: Pair, control: Control, tmp_path: Path) -> None:
    """A refused key and a sheet that is not shared: asked again and again, and told once."""
    control.fault("arize", action="status", status=401)
    control.unshare(pair.other.spreadsheet)
    pair.judge({2: ("Needs Improvement", 2.0)})
    pair.other.judge({5: ("Needs Improvement", 5.0)})
    until(lambda: pair.statuses()[span(2)].endswith("check `api_key`, ask ops@example.com"))
    until(lambda: f"share the sheet with {ACCOUNT} as editor" in pair.view.trouble)
    asked = control.calls().arize.requests
    until(lambda: control.calls().arize.requests > asked)
    assert pair.seen.needs_person
    assert burned(tmp_path) == [0] * 6
    control.end_faults()
    control.share(pair.other.spreadsheet)
    until(pair.is_synced)
    assert pair.told("endpoint unavailable", "check `api_key`") == 1
    assert pair.told("not observed", "share the sheet") == 1
    assert pair.told("endpoint available again") >= 1
    assert pair.told("observed again") >= 1


def test_what_passes_by_itself(pair: Pair, control: Control) -> None:
    """No tokens from Google; then Arize is out, and one sheet may only be read meanwhile."""
    control.fault("google", match="^POST /token", action="status", status=503)
    control.revoke_tokens()
    until(lambda: "token endpoint answered HTTP 503" in pair.view.trouble)
    assert pair.seen.is_out_of_reach
    assert not pair.seen.needs_person
    control.end_faults()

    control.fault("arize", action="status", status=503)
    only_read = f"POST .*{pair.other.spreadsheet}.*(batchUpdate|ByDataFilter)"
    control.fault("google", match=f"{only_read}$", action="status", status=403)
    pair.judge({2: ("Needs Improvement", 2.0)})
    pair.other.judge({5: ("Needs Improvement", 5.0)})
    until(lambda: "Service unavailable, retry at" in pair.statuses()[span(2)])
    until(lambda: pair.seen.outages)
    until(lambda: f"share the sheet with {ACCOUNT} as editor" in pair.view.unwritable)
    _, refused = control.fired()
    until(lambda: control.fired()[1] > refused)
    control.end_faults()
    until(pair.is_synced)
    assert pair.told("endpoint unavailable", "HTTP 503") == 1
    assert pair.told("endpoint available again") >= 1
    assert pair.told("no answer", "HTTP 503") <= SILENCES_UNTIL_OUTAGE
    assert pair.told("statuses not written", "share the sheet") == 1
    assert pair.told("statuses written again") >= 1
    assert pair.told("not observed", "token endpoint") == len(pair.seen.mappings)
