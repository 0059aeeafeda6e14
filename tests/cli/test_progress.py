from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.folders.conftest import Folder, row
from tests.sandbox.google_calls import Google
from tests.sandbox_client import Control
from tests.service import HEADERS, Cell, Service, answer

RATE = r"\d+/{} [\d,]+ a minute, 0:00:\d\d left"


def shown(*words: str) -> tuple[str, str]:
    """What a command shows on a terminal, without colours, and what goes into a pipe."""
    reader, terminal = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", *words],
        env={**os.environ, "ARIZE_API_KEY": "a-key", "COLUMNS": "120", "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as command:
        os.close(terminal)
        seen = b""
        try:
            while part := os.read(reader, 65536):
                seen += part
        except OSError:  # the other end was closed
            pass
        assert command.stdout is not None
        said = command.stdout.read().decode()
    os.close(reader)
    told = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode())
    assert command.returncode == 0, said + told
    return told, said


class Several(Service):
    """A mapping for each of several spreadsheets."""

    def mappings(self) -> list[dict[str, Any]]:
        """All of them alike."""
        (first,) = super().mappings()
        return [first | {"name": one, "spreadsheet": one} for one in self.sheets]

    def add(self, count: int) -> None:
        """So many spreadsheets."""
        rows: list[list[Cell]] = [[*HEADERS], answer(1, "Satisfactory")]
        self.sheets = [
            self.control.add_spreadsheet(rows, title=f"{number}", worksheet="Review")
            for number in range(count)
        ]


def test_once_shows_on_a_terminal_how_far_it_is(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Rows done and in all, the pace and the time left; lines of the log stand above it."""
    rows = [answer(number, "Satisfactory") for number in range(1, 41)]
    pace = {"mutations_per_minute": 800, "requests_per_minute": 800}
    service = Service(sandbox.contact, control, tmp_path, rows=rows, arize=pace)
    service.config()
    seen, _ = shown("sheets_sync", "once", "--config", str(service.path))

    assert re.search(rf"sending rows .* {RATE.format(2 * '[0-9]')}", seen)
    assert re.search(r"\r\S+Z \[info *\] delivered", seen)
    assert len(service.labels()) == 40


@pytest.mark.long
def test_provision_shows_how_many_mappings_it_has_looked_at(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """And then how many steps are done; nothing with `--json`."""
    service = Several(sandbox.contact, control, tmp_path)
    service.add(5)
    service.config()
    control.fault("google", match="v4/spreadsheets", latency_ms=100)
    words = ("sheets_sync", "provision", "--config", str(service.path))
    assert shown(*words, "--dry-run", "--json")[0] == ""
    seen, said = shown(*words, "--yes")
    steps = said.split("done: ")[1].split()[0]
    assert re.search(rf"looking at sheets .* {RATE.format('5')}", seen)
    assert re.search(rf"preparing sheets .* {RATE.format(steps)}", seen)


@pytest.mark.long
def test_a_folder_shows_how_many_spreadsheets_it_has_read(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Of how many that were found; nothing with `--json`."""
    folder = Folder(sandbox.contact, control, tmp_path, drive=Google(sandbox))
    folder.mapping = {"worksheet": {"matching": "Rev.*"}}
    for number in range(1, 6):
        folder.add(f"{number}", row(number))
    folder.config()
    control.fault("google", match="v4/spreadsheets", latency_ms=150)
    words = ("sheets_sync", "plan", "--config", str(folder.path))
    assert shown(*words, "--json")[0] == ""
    (folder.folder / "state.db").unlink()
    seen, _ = shown(*words)
    assert re.search(rf"reading folders .* {RATE.format('5')}", seen)


def test_nothing_is_shown_in_a_pipe(sandbox: Sandbox, control: Control, tmp_path: Path) -> None:
    """Standard error holds lines of the log alone."""
    service = Service(sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory")])
    service.config()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "sheets_sync", "once", "--config", str(service.path)],
        env={**os.environ, "ARIZE_API_KEY": "a-key"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(line.startswith("{") for line in done.stderr.splitlines())
    assert done.stdout
