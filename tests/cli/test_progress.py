from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import Service, answer


def test_once_shows_on_a_terminal_how_far_it_is(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Rows done and in all, the pace and the time left; lines of the log stand above it."""
    rows = [answer(number, "Satisfactory") for number in range(1, 41)]
    pace = {"mutations_per_minute": 800, "requests_per_minute": 800}
    service = Service(sandbox.contact, control, tmp_path, rows=rows, arize=pace)
    service.config()
    reader, terminal = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "sheets_sync", "once", "--config", str(service.path)],
        env={**os.environ, "ARIZE_API_KEY": "a-key", "COLUMNS": "120", "TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    ) as once:
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(reader, 65536):
                shown += part
        except OSError:  # the other end was closed
            pass
    os.close(reader)
    seen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())

    assert once.returncode == 0
    assert re.search(r"sending rows .* \d+/\d\d \d+ a minute, 0:00:\d\d left", seen)
    assert re.search(r"\r\S+Z \[info *\] delivered", seen)
    assert len(service.labels()) == 40
