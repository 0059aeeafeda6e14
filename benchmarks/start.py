"""How long an operator waits for a command: processes of their own, the sandbox in another."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks.figure import Begin, Figure, quietly, table
from sheets_sync.cli.demo_sandbox import started
from sheets_sync.sandbox.server import Contact
from tests.sandbox_client import Control, Row

HEADERS = ["Span ID", "Started", "Helpfulness"]
ROWS = 20
TIMES = 5
MEASURES = ("--help", "plan, without a state", "plan")
MODEL = "TW9kZWw6MTpBYkNk"


def figures(*, quick: bool, begin: Begin = quietly) -> list[Figure]:
    """Seconds of `--help`, and of `plan` on a small sheet: the first and later ones."""
    times = 3 if quick else TIMES
    with tempfile.TemporaryDirectory() as name, started(Path(name)) as said:
        folder = Path(name)
        contact = Contact(**said.model_dump())
        with Control(contact) as control:
            rows: list[Row] = [[f"{n:016x}", "2026-11-20T10:00:00Z", n % 5] for n in range(ROWS)]
            sheet = control.add_spreadsheet([HEADERS, *rows])
        configs = [_config(contact, sheet, folder / f"{n}") for n in range(times)]
        seconds: dict[str, float] = {}
        for what, words in zip(
            MEASURES,
            (
                [["--help"]] * times,
                [["plan", "--config", config] for config in configs],
                [["plan", "--config", configs[0]]] * times,
            ),
            strict=True,
        ):
            begin(what)
            seconds[what] = _median(words)
    how = f"wall time of the process, median of {times}"
    bounds = {"--help": 0.3}
    return [
        Figure(
            f"sheets-sync {words}",
            took,
            "s",
            bounds.get(words, 2),
            "at most",
            how if words in bounds else f"{how}; sandbox, {ROWS} rows",
        )
        for words, took in seconds.items()
    ]


def _median(runs: list[list[str]]) -> float:
    return statistics.median(_seconds(words) for words in runs)


def _seconds(words: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sheets_sync", *words],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"},
    )
    return time.perf_counter() - began


def _config(contact: Contact, spreadsheet: str, folder: Path) -> str:
    folder.mkdir()
    settings = {
        "google": {"credentials": [contact.credentials_file], "api_root": contact.google_api},
        "arize": {"endpoint": contact.arize_graphql, "api_key": "env:ARIZE_API_KEY"},
        "state": f"sqlite:///{folder}/state.db",
        "mappings": [
            {
                "name": "review",
                "spreadsheet": spreadsheet,
                "worksheet": "Sheet1",
                "model_id": MODEL,
                "record_id": "Span ID",
                "start_time": {"column": "Started", "lookback": "1h"},
                "annotations": [{"name": "Helpfulness", "score": {"column": "Helpfulness"}}],
            }
        ],
    }
    path = folder / "sheets.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return str(path)


if __name__ == "__main__":
    print(table(figures(quick="--quick" in sys.argv)))
