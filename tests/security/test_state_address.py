"""The address of a state in Postgres has a password; whatever fails, nobody is shown it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.command import Command
from tests.sandbox_client import Control
from tests.service import Service, answer

PASSWORD = "canary-of-the-state"


@pytest.mark.parametrize(
    "words", [["status"], ["status", "--alive"], ["once"], ["run"], ["pause", "support-answers"]]
)
def test_a_database_out_of_reach_is_named_without_its_password(
    sandbox: Sandbox, control: Control, tmp_path: Path, words: list[str]
) -> None:
    """In one line, by each command that opens the state."""
    service = Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(1, "Satisfactory", 4)],
        state_url="postgresql://sync@db.example/sync",
    )
    service.config()
    written = service.path.read_text(encoding="utf-8")
    service.path.write_text(
        written.replace(service.state_url, "env:SHEETS_SYNC_STATE"), encoding="utf-8"
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}/sync"
        secrets = {
            "ARIZE_API_KEY": "a-key-of-the-sandbox",
            "SHEETS_SYNC_STATE": f"postgresql://sync:{PASSWORD}@{place}",
        }
        command = Command([*words, "--config", str(service.path)], {**os.environ, **secrets})
        shown, errors = command.communicate()

    assert command.returncode == 1
    assert f"state postgresql://sync:***@{place}: " in errors
    assert "Traceback" not in errors
    assert PASSWORD not in shown + errors
