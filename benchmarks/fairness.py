"""How soon an edit is synced while 10,000 rows wait: the real program, Google's and Arize's limits.

Three sheets: one whose rows go out as fast as Arize lets them, a small one, and a small one that
Drive tells of. Program and sandbox are processes of their own.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import yaml

from benchmarks.figure import Begin, Figure, quietly, table
from sheets_sync.cli.demo_sandbox import started
from sheets_sync.domain.detection import WINDOW
from sheets_sync.sandbox.server import Contact
from tests.sandbox_client import Control, Human, Row

Where: TypeAlias = Literal["synced", "waiting", "other", "drive"]

SHOWN: dict[Where, str] = {
    "synced": "in the same sheet, a synced row",
    "waiting": "in the same sheet, a waiting row",
    "other": "in another sheet",
    "drive": "in another sheet, told by Drive",
}
ROWS = 10_000
SMALL = 20
POLL = 10.0
ALLOWED = 5.0
"""Seconds beyond the poll interval; Drive may tell of an edit `WINDOW` later."""
LOOK_EVERY = 0.1
SPAN = "{:016x}"
STARTED = "2026-11-20T10:00:00Z"
MODEL = "TW9kZWw6MTpBYkNk"
HEADERS = ["Span ID", "Started", "Adequacy", "Truth", "Comment", "Helpfulness", "Sync status"]
NEW_SCORE = 4.5
KEY = "a-key-of-the-sandbox"
MEASURES = ("a backlog goes out", "edits, up to 6 minutes")


@dataclass
class Edit:
    """One edit of a score, `at` seconds after the first may come."""

    where: Where
    row: int
    at: float
    typed: float = 0.0
    synced: float = 0.0

    @property
    def took(self) -> float:
        """Seconds until the status said `Synced`."""
        return self.synced - self.typed


@dataclass
class Desk:
    """The sheets, who edits them, and who looks at the statuses."""

    control: Control
    expert: Human
    sheets: dict[Where, str]
    spans: dict[Where, int]
    """The number of each sheet's first span."""
    edits: list[Edit] = field(default_factory=list)

    def type(self, edit: Edit) -> None:
        """Type the score and clear the status: what it says afterwards is said of this edit."""
        place = f"Review!F{edit.row}"
        self.expert.type_rows(self.sheets[edit.where], place, [[NEW_SCORE, ""]])
        edit.typed = time.monotonic()

    def status(self, where: Where, row: int) -> str:
        """What the row's status cell shows."""
        shown = self.expert.read(self.sheets[where], f"Review!G{row}")
        return shown[0][0] if shown and shown[0] else ""

    def record(self, edit: Edit) -> str:
        """The id of the edited row's record."""
        return SPAN.format(self.spans[edit.where] + edit.row - 2)


def figures(*, quick: bool, begin: Begin = quietly) -> list[Figure]:
    """The longest time from an edit until its status says `Synced`, of each kind."""
    waiting, editing = MEASURES
    begin(waiting)
    lasting, each = (24.0, 2) if quick else (180.0, 8)
    with tempfile.TemporaryDirectory() as folder, _desk(Path(folder)) as desk:
        delivered = _await_delivered(desk, 30 if quick else 300)
        begin(editing)
        desk.edits = _edits(lasting, each, delivered, with_drive=not quick)
        _play(desk, lasting)
        _assert_arize_holds(desk)
    how = f"sandbox, {ROWS:,} rows wait, poll {POLL:.0f} s, {each} edits in {lasting:.0f} s"
    kinds = [where for where in SHOWN if any(edit.where == where for edit in desk.edits)]
    return [_figure(desk, where, how) for where in kinds]


def _figure(desk: Desk, where: Where, how: str) -> Figure:
    longest = max(edit.took for edit in desk.edits if edit.where == where)
    bound = POLL + ALLOWED + (WINDOW if where == "drive" else 0)
    how = how if where != "drive" else f"{how.partition(', poll')[0]}, poll {POLL:.0f} s, one edit"
    return Figure(f"an edit {SHOWN[where]}", longest, "s", bound, "at most", how)


def _edits(lasting: float, each: int, delivered: int, *, with_drive: bool) -> list[Edit]:
    chance = random.Random(1)  # noqa: S311 - made-up edits
    rows: dict[Where, range] = {
        "synced": range(2, delivered),
        "waiting": range(ROWS // 2, ROWS),
        "other": range(2, SMALL),
    }
    edits = [
        Edit(where, row, lasting * (number + chance.random()) / each)
        for where, among in rows.items()
        for number, row in enumerate(chance.sample(among, each))
    ]
    return sorted([Edit("drive", 2, 0.0)] * with_drive + edits, key=lambda edit: edit.at)


def _play(desk: Desk, lasting: float) -> None:
    """Type each edit at its time, and look at the statuses until all are synced."""
    to_type, waiting = list(desk.edits), list[Edit]()
    began = time.monotonic()
    while to_type or waiting:
        while to_type and to_type[0].at <= time.monotonic() - began:
            edit = to_type.pop(0)
            shown = desk.status(edit.where, edit.row)
            assert shown == ("Queued" if edit.where == "waiting" else shown), shown
            assert edit.where == "waiting" or shown.startswith("Synced"), shown
            desk.type(edit)
            waiting.append(edit)
        for edit in waiting:
            if desk.status(edit.where, edit.row).startswith("Synced"):
                edit.synced = time.monotonic()
        waiting = [edit for edit in waiting if not edit.synced]
        assert time.monotonic() - began < lasting + 2 * WINDOW, waiting
        time.sleep(LOOK_EVERY)


def _assert_arize_holds(desk: Desk) -> None:
    held = {a.record_id: a.score for a in desk.control.annotations() if a.name == "Helpfulness"}
    for edit in desk.edits:
        assert held.get(desk.record(edit)) == NEW_SCORE, edit
    assert len(held) < ROWS, "the backlog went out before the last edit was synced"


def _await_delivered(desk: Desk, rows: int) -> int:
    """Wait until so many are out and shown; returns how many rows of the big sheet show it."""
    until = time.monotonic() + 300
    while desk.control.calls().arize.mutations < rows + 2 * SMALL:
        assert time.monotonic() < until, "the backlog does not go out"
        time.sleep(0.5)
    row = 2 + rows // 2
    shown: dict[Where, int] = {"synced": row, "other": SMALL, "drive": 2}
    while not all(desk.status(where, at).startswith("Synced") for where, at in shown.items()):
        assert time.monotonic() < until, "no status is shown"
        time.sleep(0.5)
    return row


@contextmanager
def _desk(folder: Path) -> Iterator[Desk]:
    """A sandbox, its sheets, and the program that runs on them."""
    with started(folder) as said:
        contact = Contact(**said.model_dump())
        with Control(contact) as control:
            rows: dict[Where, int] = {"synced": ROWS, "other": SMALL, "drive": SMALL}
            spans = dict(zip(rows, (0, ROWS, ROWS + SMALL), strict=True))
            ids = [SPAN.format(n) for n in range(ROWS + 2 * SMALL)]
            control.add_spans(MODEL, ids, STARTED)
            sheets = {where: _sheet(control, spans[where], count) for where, count in rows.items()}
            config = folder / "sheets.yaml"
            config.write_text(yaml.safe_dump(_settings(contact, folder, sheets)), encoding="utf-8")
            with _running(config):
                sheets["waiting"], spans["waiting"] = sheets["synced"], spans["synced"]
                yield Desk(control, control.human("Ada"), sheets, spans)


@contextmanager
def _running(config: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "sheets_sync", "run", "--config", str(config)]
    with (config.parent / "run.log").open("w") as log:
        environment = {**os.environ, "ARIZE_API_KEY": KEY}
        process = subprocess.Popen(command, stderr=log, env=environment)
        try:
            yield
            assert process.poll() is None, "the program has ended"
        finally:
            process.terminate()
            process.wait(60)


def _sheet(control: Control, first: int, count: int) -> str:
    rows: list[Row] = [
        [SPAN.format(first + n), STARTED, "Satisfactory", n % 2, f"Comment {n}", n % 4, ""]
        for n in range(count)
    ]
    return control.add_spreadsheet([HEADERS, *rows], worksheet="Review")


def _settings(contact: Contact, folder: Path, sheets: dict[Where, str]) -> dict[str, object]:
    return {
        "google": {"credentials": [contact.credentials_file], "api_root": contact.google_api},
        "arize": {"endpoint": contact.arize_graphql, "api_key": "env:ARIZE_API_KEY"},
        "state": f"sqlite:///{folder}/state.db",
        "defaults": {"poll": f"{POLL:.0f}s"},
        "mappings": [
            {
                "name": where,
                "spreadsheet": spreadsheet,
                "worksheet": "Review",
                "model_id": MODEL,
                "record_id": "Span ID",
                "start_time": {"column": "Started", "lookback": "1h"},
                "note": "Comment",
                "detect": "drive" if where == "drive" else "poll",
                "annotations": [
                    {"name": "Adequacy", "label": {"column": "Adequacy"}},
                    {"name": "Helpfulness", "score": {"column": "Helpfulness"}},
                    {"name": "Truth", "score": {"column": "Truth"}},
                ],
            }
            for where, spreadsheet in sheets.items()
        ],
    }


if __name__ == "__main__":
    print(table(figures(quick="--quick" in sys.argv)))
