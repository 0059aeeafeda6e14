"""Replicas that are killed and cut off while experts judge, and what must hold all the same."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, LiteralString

import psycopg
import yaml

from sheets_sync.arize.transport import longest
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.replicas import LEASE
from tests.command import Command
from tests.postgres import libpq
from tests.replicas.wire import Wire
from tests.sandbox_client import Control
from tests.service import HEADERS, MODEL, STARTED, Service, answer, span
from tests.state.commands import end, wait_until

REPLICAS = 3
ROWS = 2
"""Of each spreadsheet."""
LABELS = ("Satisfactory", "Needs Improvement")
HEALED_WITHIN = LEASE + longest(30.0) + 60.0
"""Seconds until nobody waits for what a dead replica held: a minute after its lease has run out,
which outlasts a post that was under way."""
EDIT_EVERY = 0.05
DOING: LiteralString = "SELECT id FROM procrastinate_jobs WHERE status = 'doing'"
LIVING: LiteralString = (
    "SELECT count(*) FROM replicas WHERE to_regclass('procrastinate_jobs') IS NOT NULL"
)
"""Once one of them acts."""
DELIVERS: LiteralString = "SELECT replica FROM leases WHERE name LIKE 'deliver %'"
LATENCY = 200
"""Milliseconds, so that what is done together is seen together."""
QUOTAS = (
    "google_reads_per_user",
    "google_writes_per_user",
    "google_reads_per_project",
    "google_writes_per_project",
    "arize_mutations",
    "arize_requests",
)


@dataclass
class Replica:
    """One place for a program: its wire stays, whoever runs there."""

    wire: Wire
    program: Command


@dataclass
class Stage(Service):
    """Spreadsheets alike with two rows each, the replicas that keep them, and their experts."""

    database: str = ""
    """The address of what they share, as no wire leads there."""
    sheets: int = 0
    replicas: list[Replica] = field(default_factory=list)
    edits: int = 0
    revived: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        count = ROWS * self.sheets
        self.control.add_spans(MODEL, [span(number) for number in range(count)], STARTED)
        self.judged: dict[str, tuple[str, int]] = {}
        self.places = {}
        for sheet in range(self.sheets):
            numbers = range(ROWS * sheet, ROWS * (sheet + 1))
            self.judged |= {span(number): (LABELS[0], number % 6) for number in numbers}
            rows = [answer(number, *self.judged[span(number)], "", "Ada") for number in numbers]
            made = self.control.add_spreadsheet([HEADERS, *rows], worksheet="Review")
            self.places[made] = numbers
        self._held: dict[int, float] = {}

    def mappings(self) -> list[dict[str, Any]]:
        """One mapping of each spreadsheet."""
        (first,) = super().mappings()
        return [first | {"name": name, "spreadsheet": name} for name in self.places]

    def write_config(self) -> None:
        """The configuration file of all replicas."""
        self.path.write_text(yaml.safe_dump(self.settings(), sort_keys=False), encoding="utf-8")

    def edit(self, chance: Random) -> None:
        """An expert changes a row's mind."""
        spreadsheet = chance.choice([*self.places])
        number = chance.choice(self.places[spreadsheet])
        judged = self.judged[span(number)] = chance.choice(LABELS), chance.randrange(6)
        row = number - self.places[spreadsheet].start + 2
        self.expert.type_rows(spreadsheet, f"Review!D{row}:E{row}", [judged])
        self.edits += 1

    def edit_for(self, seconds: float, chance: Random) -> None:
        """Experts go on judging for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.edit(chance)
            time.sleep(EDIT_EVERY)
            self.revive()
        self.note_held()

    def restart(self, replica: Replica) -> None:
        """Without a last word, and at once a new one in its place."""
        kill(replica.program)
        self._held |= dict.fromkeys(self.asked(DOING), time.monotonic())
        replica.program = begun(self.path, replica.wire)

    def posting(self) -> Replica | None:
        """The one that delivers, if any does."""
        with psycopg.connect(libpq(self.database)) as connection:
            names = [name for (name,) in connection.execute(DELIVERS)]
        pids = {int(name.rpartition(":")[2]) for name in names}
        return next((one for one in self.replicas if one.program.pid in pids), None)

    def note_held(self) -> None:
        """Assert that what dead replicas were doing held nobody up for longer than it may."""
        doing = self.asked(DOING)
        self._held = {one: since for one, since in self._held.items() if one in doing}
        for since in self._held.values():
            assert time.monotonic() < since + HEALED_WITHIN, "a dead replica's lock is held"

    def wait_until_all_is_as_judged(self, within: float) -> None:
        """Arize holds what the sheets say, and each row says that it is synced."""
        until, waiting = time.monotonic() + within, [*self.places]
        while not self.is_as_judged or (waiting := self.unsynced(waiting)):
            shown = f"{len(waiting)} spreadsheets are not synced, Arize as judged: "
            assert time.monotonic() < until, shown + str(self.is_as_judged)
            self.note_held()
            self.revive()
            time.sleep(1)

    def stop(self) -> None:
        """Ask all to stop, and wait for them."""
        self.revive()
        for replica in self.replicas:
            replica.program.send_signal(signal.SIGTERM)
        for replica in self.replicas:
            told = end(replica.program)
            assert told.code == 0, told
            assert '"exception"' not in told.errors, told

    def revive(self) -> None:
        """Start those again that met no database at their start, as systemd or Kubernetes would."""
        for replica in self.replicas:
            if replica.program.poll() is not None:
                told = end(replica.program)
                assert told.line, told
                replica.program = begun(self.path, replica.wire)
                self.revived += 1

    @property
    def is_as_judged(self) -> bool:
        """Whether Arize holds what the sheets say, and nothing else."""
        held: dict[str, list[object]] = {}
        for one in self.control.annotations():
            values = held.setdefault(one.record_id, [None, None])
            values[one.name == "Helpfulness"] = one.score if one.label is None else one.label
        return held == {record: [*judged] for record, judged in self.judged.items()}

    def unsynced(self, sheets: Sequence[str]) -> list[str]:
        """Those of these spreadsheets in which not every row says that it is synced."""
        return [
            sheet
            for sheet in sheets
            if any(
                len(row) <= len(HEADERS) or not row[-1].startswith("Synced")
                for row in self.expert.read(sheet, "Review")[1:]
            )
        ]

    def assert_nothing_was_done_twice(self, budget: int) -> None:
        """Nothing was read or posted by two at once, and no minute held more than it may."""
        peaks = self.control.peaks()
        assert (peaks.reads, peaks.posts, peaks.together) == (1, 1, []), peaks
        assert peaks.refused == 0, peaks
        assert max(peaks.minutes.values()) <= budget, peaks

    def asked(self, question: LiteralString) -> set[int]:
        """What the database answers."""
        with psycopg.connect(libpq(self.database)) as connection:
            return {number for (number,) in connection.execute(question)}


def kill(program: Command) -> None:
    """Unless it has ended."""
    if program.poll() is None:
        program.send_signal(signal.SIGKILL)
    end(program)


def begun(path: Path, wire: Wire) -> Command:
    """`run`, with its state at the other end of the wire."""
    named = {"ARIZE_API_KEY": "a-key-of-the-sandbox", "STATE": wire.url}
    return Command(["run", "--config", str(path)], {**os.environ, **named})


@contextmanager
def staged(
    sandbox: Sandbox,
    control: Control,
    folder: Path,
    database: str,
    *,
    sheets: int,
    budget: int,
    poll: str,
) -> Iterator[Stage]:
    """Three replicas at work; none is left at the end. `budget` is each limit a minute."""
    stage = Stage(
        sandbox.contact,
        control,
        folder,
        mapping={"poll": poll, "detect": "poll"},
        arize={"dialect": "seed", "mutations_per_minute": budget, "requests_per_minute": budget},
        sections={"log": {"level": "info", "format": "json"}},
        state_url="env:STATE",
        database=database,
        sheets=sheets,
    )
    stage.sections["google"] = stage.settings()["google"] | {
        "reads_per_minute": budget,
        "writes_per_minute": budget,
    }
    control.set(quotas=dict.fromkeys(QUOTAS, budget))
    control.fault("google", match="values:batchGet$", latency_ms=LATENCY)
    control.fault("arize", latency_ms=LATENCY)
    stage.write_config()
    with ExitStack() as stack:
        for _ in range(REPLICAS):
            wire = stack.enter_context(Wire(database))
            stage.replicas.append(Replica(wire, begun(stage.path, wire)))
        try:
            wait_until(lambda: stage.asked(LIVING) == {REPLICAS})
            yield stage
        finally:
            for replica in stage.replicas:
                kill(replica.program)
