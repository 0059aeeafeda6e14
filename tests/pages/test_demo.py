"""The demo as a reader has it: everything is open in the browser until Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import requests
from playwright.sync_api import Page, expect

from tests.pages.grid import Grid

PATIENCE = 120.0
CONFIG = """\
mappings:
  - name: answers
    spreadsheet: https://docs.google.com/spreadsheets/d/1AbCdefghijklmnop/edit
    worksheet: Answers
    model_id: TW9kZWw6MTIz
    record_id: Item
    start_time: {constant: 2026-11-24T10:15:00Z}
    annotations:
      - name: Quality
        score: {column: Quality, min: 0, max: 3}
    poll: 1s
"""


def test_the_demo_goes_on_in_the_browser(page: Page, tmp_path: Path) -> None:
    """A table of one's own can be typed in, is seen at Arize and in the console; then all ends."""
    table, config = tmp_path / "answers.csv", tmp_path / "sheets.yaml"
    table.write_text("Item,Quality\nc9,3\nd4,four\n")
    config.write_text(CONFIG)
    words = ["demo", "--table", str(table), "--config", str(config)]
    start = [sys.executable, "-u", "-m", "sheets_sync", *words]
    with subprocess.Popen(start, stdout=subprocess.PIPE, text=True) as demo:  # noqa: S603 - ours
        assert demo.stdout is not None
        patience = Timer(PATIENCE, demo.kill)
        patience.start()
        links: list[str] = []
        while len(links) < 4:
            line = demo.stdout.readline()
            assert line, "the demo has ended"
            links += re.findall(r"^(?:the|what|faults).*(http://\S+)$", line)
        typed, arize, faults, console = links
        page.goto(typed)
        grid = Grid(page)
        grid.shows("C2", "Synced…")
        grid.type("B3", "2")
        grid.shows("C3", "Synced…")
        page.goto(arize)
        expect(page.get_by_role("row", name="d4")).to_be_visible()
        page.goto(console)
        expect(page.get_by_text("answers").first).to_be_visible()
        assert requests.get(faults, timeout=30).ok
        demo.send_signal(signal.SIGINT)
        assert demo.wait() == 0
        patience.cancel()
