"""What nobody foresaw, and readers and operators who go away."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sheets_sync.cli import main
from sheets_sync.sandbox.server import Sandbox
from tests.command import Command
from tests.sandbox_client import Control
from tests.service import HEADERS, Service, answer, span

REFERS = re.compile(r"unknown failure ([0-9a-f]{8}) \(\w+\); see the log")
UNREADABLE = "UPDATE deliveries SET annotation = '{', problems = '{'"
NO_TIME = "UPDATE mappings SET read_at = 'soon'"
NO_RECEIPT = "UPDATE targets SET value = '{'"


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """A row that was synced and then edited."""
    service = Service(
        sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory", 4, "", "Ada")]
    )
    service.once()
    service.type("E2", 1)
    return service


def damage(service: Service, sql: str) -> None:
    """Somebody edits the state by hand."""
    with sqlite3.connect(service.folder / "state.db") as connection:
        connection.execute(sql)
    connection.close()


def begin(words: Sequence[str]) -> Command:
    """The real command."""
    return Command(words, {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"})


def assert_refers(line: str, log: str) -> None:
    """The line has a reference, and under it the log has the traceback."""
    found = REFERS.search(line)
    assert found, line
    entries = [json.loads(entry) for entry in log.splitlines() if entry.startswith("{")]
    traces = [entry["exception"] for entry in entries if entry.get("reference") == found[1]]
    assert traces
    assert traces[0][0]["frames"]


@pytest.mark.usefixtures("logs_restored")
@pytest.mark.parametrize(
    ("command", "harm"),
    [
        (("plan",), NO_RECEIPT),
        (("check",), NO_RECEIPT),
        (("once",), NO_RECEIPT),
        (("rebuild", "support-answers", "--resend"), NO_RECEIPT),
        (("status",), NO_TIME),
        (("history", span(1)), UNREADABLE),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_command_ends_in_one_line_with_a_reference(
    command: Sequence[str],
    harm: str,
    service: Service,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit code 1; the traceback stands in the log alone."""
    damage(service, harm)
    monkeypatch.setenv("ARIZE_API_KEY", "a-key-of-the-sandbox")
    monkeypatch.setattr(sys, "argv", ["sheets-sync", *command, "--config", str(service.path)])
    stops = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    signal.signal(signal.SIGTERM, stops[0])
    signal.signal(signal.SIGINT, stops[1])
    shown = capsys.readouterr()
    plain = [line for line in shown.err.splitlines() if not line.startswith("{")]

    assert ended.value.code == 1
    said = [line for line in [*shown.out.splitlines(), *plain] if "unknown failure" in line]
    assert len(said) == 1
    assert_refers(said[0], shown.err)
    assert "Traceback" not in shown.out + "".join(plain)


def test_on_a_terminal_a_traceback_is_kept_in_a_file(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What people read names the file; nobody else may read it."""
    service.sections = {"log": {"format": "console"}}
    service.config()
    damage(service, NO_RECEIPT)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    _, told = begin(["once", "--config", str(service.path)]).communicate(timeout=60)

    named = re.search(r"its traceback is in (\S+)", told)
    assert named, told
    assert "Traceback" not in told
    assert "Traceback" in Path(named[1]).read_text(encoding="utf-8")
    assert Path(named[1]).stat().st_mode & 0o077 == 0


def until(holds: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_mapping_that_fails_stops_no_other(service: Service) -> None:
    """`run` goes on with the others; `status` shows the failed one with its reference."""
    other = service.control.add_spreadsheet(
        [HEADERS, answer(7, "ok", 3, "", "Bea")], title="More", worksheet="Review"
    )
    (mapping,) = service.mappings()
    service.sections = {"mappings": [mapping, {**mapping, "name": "more", "spreadsheet": other}]}
    service.config()
    damage(service, NO_RECEIPT)
    running = begin(["run", "--config", str(service.path)])
    until(lambda: span(7) in service.labels())
    until(lambda: "unknown failure" in str(trouble(service)))
    seen = begin(["status", "--config", str(service.path)])
    shown, _ = seen.communicate(timeout=60)
    running.send_signal(signal.SIGTERM)
    _, log = running.communicate(timeout=60)

    assert running.returncode == 0
    assert seen.returncode == 1
    (line,) = [line for line in shown.splitlines() if "unknown failure" in line]
    assert line.startswith("support-answers")
    assert_refers(line, log)


def trouble(service: Service) -> list[str]:
    """What stops the mappings, as the state has it."""
    with sqlite3.connect(service.folder / "state.db") as connection:
        found = [str(row[0]) for row in connection.execute("SELECT trouble FROM mappings")]
    connection.close()
    return found


@pytest.mark.parametrize("words", [["plan"], ["status"], ["schema"], ["--help"]])
def test_a_reader_that_goes_away_is_no_failure(words: list[str], service: Service) -> None:
    """As in `sheets-sync plan | head -1`."""
    options = ["--config", str(service.path)] if words[0] in {"plan", "status"} else []
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "sheets_sync", *words, *options],
        env={**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        command.stdout.close()
        errors = command.stderr.read()
    assert errors == ""


def test_ctrl_c_is_quiet(service: Service) -> None:
    """Exit code 130 and not a word, while Google is waited for."""
    service.control.fault("google", match="values:batchGet", latency_ms=4000)
    service.control.forget_calls()
    command = begin(["plan", "--config", str(service.path)])
    until(lambda: bool(service.control.fired() == [1]))
    command.send_signal(signal.SIGINT)
    shown, errors = command.communicate(timeout=60)
    assert command.returncode == 130
    assert (shown, errors) == ("", "")


def test_the_version_is_told() -> None:
    """Name and number, for a report of a fault."""
    command = begin(["--version"])
    shown, errors = command.communicate(timeout=60)
    assert re.fullmatch(r"sheets-sync \d+\.\d+\.\d+\n", shown)
    assert (command.returncode, errors) == (0, "")
