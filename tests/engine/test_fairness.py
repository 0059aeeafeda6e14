"""A backlog keeps no edit waiting: neither at Arize nor, for its status, at Google."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from sheets_sync.app import App, opened
from sheets_sync.domain.delivery import Outcome, Post
from sheets_sync.engine.deliver import Drain, deliver
from sheets_sync.engine.observe import observe
from sheets_sync.engine.protocols import Arize
from sheets_sync.engine.report import report
from sheets_sync.engine.turns import Turns
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import HEADERS, Service, answer, span

BACKLOG = 300
BATCH, CONCURRENCY = 3, 2
EDITED_AFTER = 20
"""Requests to Arize."""
OTHER = 900
"""The other sheet's answer."""


@dataclass
class TwoSheets(Service):
    """A sheet with a backlog, and a small one."""

    other: str = ""

    def mappings(self) -> list[dict[str, Any]]:
        """One mapping of each."""
        (first,) = super().mappings()
        self.other = self.other or self.control.add_spreadsheet(
            [HEADERS, answer(OTHER, "Satisfactory")], worksheet="Review"
        )
        return [first, first | {"name": "other", "spreadsheet": self.other}]


@dataclass
class Watched:
    """Arize's client, and something that happens before its n-th request leaves."""

    arize: Arize
    happens: Callable[[], None]
    requests: int = 0
    posted: list[str] = field(default_factory=list)
    posted_before: int | None = None
    """How many rows were under way or posted when that had happened."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, posts: Sequence[Post]) -> list[Outcome]:
        """As the client."""
        with self.lock:
            self.requests += 1
            if self.requests == EDITED_AFTER:
                self.happens()
                self.posted_before = len(self.posted)
            self.posted += [post.annotation.record_id for post in posts]
        return self.arize.post(posts)


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> TwoSheets:
    """All judged, nothing synced."""
    rows = [answer(n, "Satisfactory", n % 5, f"Note {n}", "Ada") for n in range(1, BACKLOG + 1)]
    return TwoSheets(sandbox.contact, control, tmp_path, rows=rows)


@pytest.fixture
def app(service: TwoSheets) -> Iterator[App]:
    """The program, once it has read both sheets."""
    with opened(service.config(), writes=True) as running:
        look(running)
        yield running


def look(app: App) -> None:
    """Observe both sheets."""
    for mapping in app.config.mappings:
        observe(app.context, mapping.spreadsheet, [mapping])


@pytest.mark.parametrize(
    ("where", "row", "number"),
    [("support-answers", 3, 2), ("support-answers", 290, 289), ("other", 2, OTHER)],
)
def test_an_edit_overtakes_the_backlog(
    app: App, service: TwoSheets, where: str, row: int, number: int
) -> None:
    """It is posted next, whether its row was sent already, waits, or is another sheet's.

    Its status says so in the next report, while the backlog still waits.
    """
    spreadsheet = service.other if where == "other" else service.spreadsheet
    ahead = [0.0]
    context = replace(app.context, clock=lambda: time.time() + ahead[0])

    def edit() -> None:
        service.expert.type(spreadsheet, f"Review!D{row}", "Needs Improvement")
        look(app)

    (drain,) = app.drains
    watched = Watched(drain.arize, edit)
    drain = Drain(drain.endpoint, watched, drain.policy, BATCH, CONCURRENCY)
    until = time.time() + 600

    @dataclass
    class Ended:
        """Ends the slice a few requests after the edit."""

        def post(self, posts: Sequence[Post]) -> list[Outcome]:
            outcomes = watched.post(posts)
            if watched.requests > EDITED_AFTER + 2 * CONCURRENCY:
                ahead[0] = 3600.0
            return outcomes

    deliver(context, replace(drain, arize=Ended()), until)
    report(app.context, spreadsheet, [m for m in app.config.mappings if m.name == where])

    assert watched.posted_before is not None
    next_rows = watched.posted[watched.posted_before :][: (CONCURRENCY + 1) * BATCH]
    assert span(number) in next_rows
    assert service.labels()[span(number)] == "Needs Improvement"
    shown = service.expert.read(spreadsheet, f"Review!H{row}")[0][0]
    assert shown.startswith("Synced")
    assert len(watched.posted) < BACKLOG


def reports(turns: Turns, waiting: Sequence[str], begin: int, end: int) -> list[tuple[int, str]]:
    """When each spreadsheet reports, where these always have something to report."""
    reported = []
    for tick in range(begin, end, 2):
        turn = turns.of(waiting, tick)
        turns.free_at |= turn
        reported += [(tick, sheet) for sheet in turn]
    return reported


def test_backlogs_never_use_up_what_google_allows() -> None:
    """Five sheets that always have something to report share each minute evenly."""
    sheets = ["a", "b", "c", "d", "e"]
    reported = reports(Turns(a_minute=30), sheets, 0, 600)
    for begin in range(0, 540, 2):
        within = Counter(sheet for at, sheet in reported if begin <= at < begin + 60)
        assert set(within.values()) <= {5, 6, 7}
        assert within.total() <= 35
    assert 295 <= len(reported) <= 305


def test_a_sheet_that_was_quiet_reports_at_once() -> None:
    """Its edits are shown as queued and as synced, however many sheets have a backlog."""
    turns = Turns(a_minute=30)
    backlogs = [f"{number}" for number in range(20)]
    reports(turns, [*backlogs, "quiet"], 0, 2)
    reports(turns, backlogs, 2, 600)
    reported = reports(turns, [*backlogs, "quiet"], 600, 620)
    assert [at for at, sheet in reported if sheet == "quiet"] == [600, 602, 604, 606, 608, 610]


def test_a_lone_backlog_reports_at_every_chance() -> None:
    """As it does beside a sheet that was quiet."""
    turns = Turns(a_minute=35)
    reports(turns, ["quiet"], 0, 2)
    assert len(reports(turns, ["big"], 2, 62)) == 30
    reported = reports(turns, ["big", "quiet"], 62, 70)
    assert [at for at, sheet in reported if sheet == "big"] == [62, 64, 66, 68]
