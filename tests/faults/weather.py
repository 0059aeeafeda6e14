"""A sheet of answers while Google and Arize fail at random, and then do not any more."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from pydantic import JsonValue

from sheets_sync.app import App, opened
from sheets_sync.arize import ArizeClient
from sheets_sync.engine.deliver import Drain
from sheets_sync.engine.schedule import once
from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.spread import SpreadSheets
from sheets_sync.google.transport import Limits, Transport
from tests.service import Service, span

BEGIN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp()
LABELS = ("Satisfactory", "Needs Improvement")
QUICK = Limits(
    timeout=(1, 0.3),
    first_wait=0.01,
    total=5,
    reads_per_minute=100_000,
    writes_per_minute=100_000,
)
QUICK_ANSWER = 0.3
"""Seconds that a hung answer of Arize is waited for."""
STEP = 330.0
"""Seconds between two passes: the settle time, and every wait of an outage."""

Fault = dict[str, JsonValue]


@dataclass
class Weather(Service):
    """Rows that experts judge, and the program in the weather's own time."""

    now: float = BEGIN
    stack: ExitStack = field(default_factory=ExitStack)
    wanted: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Span id to the newest label and score."""

    def open(self) -> tuple[App, list[Drain]]:
        """The program, which waits shortly for what does not answer."""
        app = self.stack.enter_context(opened(self.config(), writes=True))
        accounts = load_accounts(app.config.google.credentials or ())
        root = app.config.google.api_root
        sheets = [SheetsClient(Transport(one, api_root=root, limits=QUICK)) for one in accounts]
        context = replace(app.context, sheets=SpreadSheets(sheets), clock=lambda: self.now)
        drains = app.drains
        for drain in drains:
            drain.arize = self.stack.enter_context(
                ArizeClient(
                    self.contact.arize_graphql,
                    "a-key-of-the-sandbox",
                    dialect="seed",
                    timeout=QUICK_ANSWER,
                    mutations_per_minute=100_000,
                    requests_per_minute=100_000,
                )
            )
        return replace(app, context=context), drains

    def judge(self, judged: dict[int, tuple[str, float]]) -> None:
        """Experts judge these answers, of which the n-th stands in row n + 1."""
        self.wanted |= {span(number): said for number, said in judged.items()}
        place = f"Review!D2:E{len(self.rows) + 1}"
        self.expert.type_rows(self.spreadsheet, place, list(self.wanted.values()))

    def go(self, app: App, drains: list[Drain], step: float = STEP) -> None:
        """One pass, and time until the next."""
        once(app.context, app.config.mappings, drains)
        self.now += step
        self.control.advance(step)

    def live_through(self, faults: list[Fault], seed: int, rounds: int = 3) -> Counter[str]:
        """Edits while all fails at random, then quiet; what was met.

        A row in three goes from A to B and back to A, with a pass between.
        """
        chance = Random(seed)  # noqa: S311 - no secret depends on it
        numbers = range(1, len(self.rows) + 1)
        self.wanted = {str(row[0]): (str(row[3]), float(row[4] or 0)) for row in self.rows}
        at_first = dict(self.wanted)
        self.control.set(seed=seed)
        app, drains = self.open()
        for fault in faults:
            self.control.fault(**{"probability": 0.3, **fault})  # type: ignore[arg-type]
        for turn in range(rounds):
            judged = {
                number: (chance.choice(LABELS), float(chance.randint(0, 5)))
                for number in numbers
                if number % 3 and chance.random() < 0.2
            }
            back_and_forth = {
                number: ("Needs Improvement", 3.5) if turn % 2 else at_first[span(number)]
                for number in numbers[2::3]
            }
            self.judge(judged | back_and_forth)
            self.go(app, drains, step=100)  # sooner than what is late is applied
        fired = sum(self.control.fired())
        self.control.end_faults()
        for _ in range(2):
            self.go(app, drains)
        self.control.forget_calls()
        self.go(app, drains)
        self.stack.close()
        return Counter(rows=len(self.rows), faults=fired)

    def check(self) -> None:
        """All is as the sheet says: no row is lost, none is old, no note came twice."""
        labels, scores = self.labels(), self.scores()
        held = {key: (labels.get(key), scores.get(key)) for key in self.wanted}
        assert held == self.wanted
        statuses = self.statuses()
        unsynced = {
            key: statuses.get(key)
            for key in self.wanted
            if not statuses.get(key, "").startswith("Synced")
        }
        assert not unsynced
        twice = [found for found in self.control.annotations() if len(found.notes) > 1]
        assert not twice
        calls = self.control.calls()
        assert (calls.writes, calls.arize.requests) == (0, 0), "all is done, and yet it goes on"
