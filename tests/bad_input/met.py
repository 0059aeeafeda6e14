"""The whole program behind whatever spoils its answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from sqlalchemy import create_engine, text

from sheets_sync.app import App, opened
from sheets_sync.google.credentials import Account, load_accounts
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.transport import Limits, Transport
from sheets_sync.operations.overview import Overview, overview
from sheets_sync.sandbox.server import Sandbox
from tests.bad_input.between import Between, between
from tests.sandbox_client import Control
from tests.service import Service, answer, span

OURS = ("deliveries", "claims", "targets", "attempts")
QUICK = Limits(
    timeout=(5, 5),
    attempts=2,
    first_wait=0.001,
    reads_per_minute=100_000,
    writes_per_minute=100_000,
)
NEVER = (
    "Traceback",
    "validation error",
    "pydantic",
    " object at 0x",
    "unknown failure",
    "unknown way",
)


@dataclass
class Met(Service):
    """The service behind whatever spoils its answers."""

    hours: float = 0
    score: float = 0
    account: Account | None = None
    told: list[str] = field(default_factory=list)
    """What was logged."""

    def go(self) -> Overview:
        """A pass; two hours after the last one, since all waits are over then."""
        self.hours += 2
        hours = self.hours
        config = self.config()
        with structlog.testing.capture_logs() as logged, opened(config, writes=True) as app:
            self.passes(self._quick(app, hours))
            seen = overview(app.context.state, config.mappings)
        self.told = [str(line) for line in logged]
        return seen

    def edited(self) -> list[str]:
        """An expert gives another score; returns what is recorded before anybody looks."""
        self.score = (self.score + 0.125) % 5
        self.type("E3", self.score)
        return self.recorded(*OURS)

    def meet(self, here: Between, name: str, answer: str, words: list[str]) -> Overview:
        """A pass on which the request of that name is answered so, and what it says."""
        here.spoil(name.partition(":")[0], answer)
        seen = self.go()
        assert here.met
        told = [view.trouble for view in seen.mappings] + [out.message for out in seen.outages]
        told += [*self.told, *self.recorded("deliveries")]
        everything = "\n".join(told)
        for expected in words:
            assert expected in everything, everything
        for never in NEVER:
            assert never not in everything
        if here.request in {"token", "describe", "read", "reread", "widths", "mark", "write"}:
            assert f"spreadsheet {self.spreadsheet}" in everything or "tab 'Review'" in everything
        return seen

    def recovers(self, here: Between) -> None:
        """Sheet, Arize and statuses agree after a few passes more."""
        here.spoil("", "")
        for _ in range(4):
            seen = self.go()
            statuses = list(self.statuses().values())
            if len(statuses) == 2 and all(text.startswith("Synced") for text in statuses):
                break
        assert len(statuses) == 2
        assert all(text.startswith("Synced") for text in statuses), statuses
        assert not seen.needs_person, seen
        assert not seen.is_out_of_reach, seen
        assert self.labels() == {span(1): "Satisfactory", span(2): "Satisfactory"}
        assert self.scores() == {span(1): 4, span(2): self.score}

    def _quick(self, app: App, hours: float) -> App:
        clock = app.context.clock
        if self.account is None:
            (self.account,) = load_accounts(app.config.google.credentials or ())
        self.account.credentials.token = None  # as after a restart
        sheets = SheetsClient(
            Transport(self.account, api_root=app.config.google.api_root, limits=QUICK)
        )
        late = replace(app.context, sheets=sheets, clock=lambda: clock() + hours * 3600)
        return replace(app, context=late)

    def recorded(self, *tables: str) -> list[str]:
        """All rows of these tables."""
        engine = create_engine(self.settings()["state"])
        with engine.connect() as connection:
            found = [
                str(row)
                for table in tables
                for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))  # noqa: S608 - our own names
            ]
        engine.dispose()
        return found


@contextmanager
def started(sandbox: Sandbox, control: Control, folder: Path) -> Iterator[tuple[Met, Between]]:
    """A tab of two good rows, and what stands between."""
    with between(sandbox.contact, folder) as (here, contact):
        rows = [answer(1, "ok", 4, "", "Ada"), answer(2, "ok", 0, "", "Ada")]
        yield Met(contact, control, folder, rows=rows, arize={"batch_size": 1}), here
