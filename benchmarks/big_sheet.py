"""What a big sheet costs: from decoded cells to the plan, and a look at one that is as it was."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import structlog
from google.auth.credentials import AnonymousCredentials
from sqlalchemy import insert

from benchmarks.figure import Begin, Figure, quietly, table
from sheets_sync.domain.convert import Converter
from sheets_sync.domain.hold import HoldLimits
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.row import Cell, Snapshot, Tab, lay_out, line_digests
from sheets_sync.engine.context import Context
from sheets_sync.engine.observe import Difference, difference, observe
from sheets_sync.google.credentials import Account
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.spread import SpreadSheets
from sheets_sync.google.transport import Limits, Transport
from sheets_sync.store import places
from sheets_sync.store.database import State, open_state
from sheets_sync.store.schema import claims, deliveries, targets

ZONE = ZoneInfo("Etc/GMT")
TAB = Tab("1AbCdEfGhIjKlMnOp", 0, "Review")
HEADERS: list[Cell] = [
    *("Span ID", "Started", "Reviewer", "Comment", "Adequacy", "Helpfulness", "Done"),
    "Sync status",
]
MAPPING = Mapping.model_validate(
    {
        "name": "review",
        "spreadsheet": TAB.spreadsheet,
        "worksheet": TAB.title,
        "model_id": "TW9kZWw6MTpBYkNk",
        "record_id": "Span ID",
        "start_time": {"column": "Started", "lookback": "1h"},
        "updated_by": "Reviewer",
        "note": "Comment",
        "annotations": [
            {"name": "Adequacy", "label": {"column": "Adequacy"}, "required": True},
            {"name": "Helpfulness", "score": {"column": "Helpfulness", "min": 0, "max": 5}},
        ],
        "when": {"column": "Done", "equals": True},
        "status": "Sync status",
    }
)
UNLIMITED = 10**9
MEGABYTE = 2**20
MEASURES = ("a sheet is made", "cells to plan", "a look at a sheet as it was")
EDITED, SORTED, DELETED = "1 % edited", "sorted", "a tenth deleted"


def figures(*, quick: bool, begin: Begin = quietly) -> list[Figure]:
    """The difference in a process of its own, since memory is measured; then the idle look."""
    rows = 100_000 if quick else 1_000_000
    making, comparing, looking = MEASURES
    with tempfile.TemporaryDirectory() as folder:
        begin(making)
        _run("--prepare", folder, str(rows))
        begin(comparing)
        said: dict[str, float] = json.loads(_run("--difference", folder))
    begin(looking)
    size = f"{rows:,} rows of 8 columns"
    return [
        Figure(
            "cells to plan, 1 % edited",
            said["difference"] / said["loads"],
            "times `json.loads`",
            2.5,
            "at most",
            f"{size}, CPU time, store included; {said['difference']:.2f} s "
            "(n8n's diff of two such sheets: 1.98 s, measured, with both in memory)",
        ),
        Figure(
            "memory of that beyond the cells",
            said["memory"] / MEGABYTE,
            "MB",
            400,
            "at most",
            f"{size}, peak of the resident set (n8n: 1,228 MB in all, measured)",
        ),
        *(
            Figure(f"false changes, {what}", said[what], "rows", 0, "at most", size)
            for what in (EDITED, SORTED, DELETED)
        ),
        _idle_look(20_000 if quick else 100_000),
    ]


def sheet(rows: int) -> list[list[Cell]]:
    """Headers and so many synced rows, their ids in no order."""
    chance = random.Random(rows)  # noqa: S311 - made-up rows
    rows_below: list[list[Cell]] = [
        [
            f"{chance.getrandbits(64):016x}",
            round(45_000 + chance.random() * 300, 6),
            f"reviewer{number % 20}@example.com",
            "A few words of comment" if number % 3 == 0 else "",
            chance.choice(["Satisfactory", "Needs Improvement"]),
            number % 6,
            True,
            "Synced 1 Jan 00:00",
        ]
        for number in range(rows)
    ]
    return [HEADERS, *rows_below]


def record(state: State, lines: list[list[Cell]]) -> None:
    """As if each row had been delivered at the epoch."""
    snapshot = Snapshot(TAB, ZONE, lines)
    converter = Converter.of(MAPPING, ZONE)
    layout = lay_out(MAPPING, snapshot)
    digests = line_digests(MAPPING, layout, converter.revision, ZONE, lines[1:])
    with state.writing() as connection:
        tab = places.tab_id(connection, MAPPING.name, TAB, ZONE)
        known: list[dict[str, object]] = [
            {
                "tab_id": tab,
                "key": line[0],
                "number": number,
                "digest": digest,
                "state": "delivered",
                "observed_at": 0.0,
                "delivered_at": 0.0,
                "endpoint": "default",
                "annotation": {"record_id": line[0], "metrics": [{"value": "x" * 150}] * 2},
                "kept": [],
            }
            for number, (line, digest) in enumerate(zip(lines[1:], digests, strict=True), 2)
        ]
        connection.exec_driver_sql(f"PRAGMA cache_size=-{MEGABYTE}")
        connection.execute(insert(deliveries), known)
        by_key = sorted(enumerate(lines[1:], 1), key=lambda numbered: str(numbered[1][0]))
        for start in range(0, len(by_key), 100_000):
            held = [
                target
                for delivery, line in by_key[start : start + 100_000]
                for target in _targets(delivery, line)
            ]
            connection.execute(insert(targets), held)
            connection.execute(insert(claims), held)


def _targets(delivery: int, line: list[Cell]) -> Iterator[dict[str, object]]:
    """What Arize holds of a row, and the claims to it."""
    for name, kind, value in (("Adequacy", "label", line[4]), ("Helpfulness", "score", line[5])):
        yield {
            "endpoint": "default",
            "model_id": MAPPING.model_id,
            "environment": MAPPING.environment,
            "record_id": line[0],
            "name": name,
            "value": {"name": name, "kind": kind, "value": value, "updated_by": line[2]},
            "at": 0.0,
            "delivery_id": delivery,
            "fingerprint": "0" * 32,
        }


def _run(*words: str) -> str:
    command = [sys.executable, "-m", "benchmarks.big_sheet", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _prepare(folder: Path, rows: int) -> None:
    """A state that knows all rows, and the answer that shows 1 % of them edited."""
    lines = sheet(rows)
    state = open_state(f"sqlite:///{folder}/state.db")
    record(state, lines)
    state.engine.dispose()
    chance = random.Random(1)  # noqa: S311 - made-up edits
    edited = chance.sample(range(1, rows + 1), rows // 100)
    for number in edited:
        score = lines[number][5]
        lines[number] = [*lines[number][:5], 5 if score == 0 else 0, *lines[number][6:]]
    (folder / "payload.json").write_text(json.dumps(lines), encoding="utf-8")
    keys = [lines[number][0] for number in edited]
    (folder / "edited.json").write_text(json.dumps(keys), encoding="utf-8")


def _measure_difference(folder: Path) -> dict[str, float]:
    state = open_state(f"sqlite:///{folder}/state.db")
    with state.reading():
        payload = (folder / "payload.json").read_text("utf-8")
    began = time.process_time()
    lines: list[list[Cell]] = json.loads(payload)
    loads = time.process_time() - began
    del payload
    edited = set(json.loads((folder / "edited.json").read_text("utf-8")))
    before = _forget_peak()
    began = time.process_time()
    found = difference(state, MAPPING, Snapshot(TAB, ZONE, lines))
    took = time.process_time() - began
    memory = _peak() - before
    moved = [HEADERS, *sorted(lines[1:], key=lambda line: str(line[0]))]
    resorted = difference(state, MAPPING, Snapshot(TAB, ZONE, moved))
    kept = [line for number, line in enumerate(lines) if number % 10 != 5]
    shorter = difference(state, MAPPING, Snapshot(TAB, ZONE, kept))
    state.engine.dispose()
    return {
        "loads": loads,
        "difference": took,
        "memory": memory,
        EDITED: _false(found, edited),
        SORTED: _false(resorted, edited),
        DELETED: _false(shorter, edited & {str(line[0]) for line in kept}),
    }


def _false(found: Difference, edited: set[str]) -> int:
    """Changes of rows that were not edited, and edits that were not seen."""
    return len({change.key for change in found.plan.changes} ^ edited)


def _forget_peak() -> int:
    """The resident set now, in bytes, from which its peak is counted anew (Linux, man 5 proc)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def _idle_look(rows: int) -> Figure:
    """A look at a sheet that is as it was, beside the bare download and hash of the same."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    lines = sheet(rows)
    with tempfile.TemporaryDirectory() as folder, _minimal_google(Path(folder), lines) as root:
        state = open_state(f"sqlite:///{folder}/state.db")
        record(state, lines)
        context = Context(state, _sheets(root), "ops@example.com", HoldLimits(0.25, 20))
        for _ in range(4):
            (seen,) = observe(context, TAB.spreadsheet, [MAPPING])
        assert seen.plan is not None, seen.trouble
        assert seen.plan.unchanged == rows
        ratios = sorted(_idle_ratio(context, root) for _ in range(9))
        state.engine.dispose()
    return Figure(
        "a look at a sheet as it was",
        ratios[len(ratios) // 2],
        "times download and hash",
        1.5,
        "at most",
        f"{rows:,} rows of 8 columns, both by the same client, CPU time, median of {len(ratios)}",
    )


def _idle_ratio(context: Context, root: str) -> float:
    began = time.process_time()
    observe(context, TAB.spreadsheet, [MAPPING])
    looked = time.process_time() - began
    with _transport(root).session as session:
        windows = session.get(f"{root}/windows").json()
        began = time.process_time()
        for window in windows:
            blake2b(session.get(f"{root}/values/{window}").content).digest()
        return looked / (time.process_time() - began)


def _sheets(root: str) -> SpreadSheets:
    return SpreadSheets([SheetsClient(_transport(root))])


def _transport(root: str) -> Transport:
    account = Account(AnonymousCredentials())  # type: ignore[no-untyped-call]
    limits = Limits(reads_per_minute=UNLIMITED, writes_per_minute=UNLIMITED)
    return Transport(account, api_root=root, limits=limits)


class _Sheet(BaseHTTPRequestHandler):
    """Answers with the windows that it is asked for; `/windows` says which those were."""

    protocol_version = "HTTP/1.1"
    lines: list[list[Cell]]
    made: dict[str, bytes]

    def do_GET(self) -> None:
        """A description, a window of values, or what was asked for."""
        if self.path == "/windows":
            body = json.dumps(list(self.made)).encode()
            self.made.clear()
        elif found := re.search(r"(\d+)[:-](\d+)(?:&|$)", unquote(self.path)):
            first, last = int(found[1]), min(int(found[2]), len(self.lines))
            body = self.made.get(f"{first}-{found[2]}") or self._window(first, last)
            self.made[f"{first}-{found[2]}"] = body
        else:
            body = self._book()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _window(self, first: int, last: int) -> bytes:
        values = self.lines[first - 1 : last]
        part = {"range": f"Review!A{first}:H{last}", "majorDimension": "ROWS", "values": values}
        return json.dumps({"valueRanges": [part]}).encode()

    def _book(self) -> bytes:
        grid = {"rowCount": len(self.lines)}
        sheet = {"properties": {"sheetId": 0, "title": TAB.title, "gridProperties": grid}}
        named = {"title": "Review", "locale": "en_US", "timeZone": ZONE.key}
        return json.dumps({"properties": named, "sheets": [sheet]}).encode()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _minimal_google(folder: Path, lines: list[list[Cell]]) -> Iterator[str]:
    """The address of one in a process of its own."""
    content = folder / "lines.json"
    content.write_text(json.dumps(lines), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.big_sheet", "--serve", str(content)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.terminate()


def _serve(content: Path) -> None:
    _Sheet.lines, _Sheet.made = json.loads(content.read_text("utf-8")), {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sheet)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve", content]:
            _serve(Path(content))
        case ["--prepare", folder, rows]:
            _prepare(Path(folder), int(rows))
        case ["--difference", folder]:
            print(json.dumps(_measure_difference(Path(folder))))
        case words:
            print(table(figures(quick="--quick" in words)))
