"""The commands in this process, and every place where one of them might leave a secret."""

from __future__ import annotations

import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from sheets_sync.cli import main
from tests.service import Service, span

COMMANDS: tuple[Sequence[str], ...] = (
    ("check",),
    ("plan",),
    ("once",),
    ("status",),
    ("history", span(1)),
)


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """All that a command says, on standard output and standard error."""
    stops = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sys, "argv", ["sheets-sync", *words])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main()
    signal.signal(signal.SIGTERM, stops[0])
    signal.signal(signal.SIGINT, stops[1])
    shown = capsys.readouterr()
    return shown.out + shown.err


def everything(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, str]:
    """By place: what each command says, the files it leaves, and what it writes to the sheet."""
    service.path.write_text(yaml.safe_dump(service.settings(), sort_keys=False), "utf-8")
    places: dict[str, str] = {}
    with closing(sqlite3.connect(service.folder / "state.db")) as keeps_the_wal:
        keeps_the_wal.execute("PRAGMA journal_mode = WAL")
        for words in COMMANDS:
            for form in ((), ("--json",)):
                said = run(monkeypatch, capsys, *words, *form, "--config", str(service.path))
                places[" ".join([*words, *form])] = said
        places |= {file.name: _content(file) for file in service.folder.glob("state.db*")}
    places["the sheet"] = str(service.sheet()) + str(service.control.writes())
    places["what Arize holds"] = str(service.control.annotations())
    return places


def _content(file: Path) -> str:
    return file.read_bytes().decode("latin-1")
