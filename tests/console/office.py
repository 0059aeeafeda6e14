"""Sheets of a sandbox, and the console of a `run` on them, as a program of its own."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
import yaml
from playwright.sync_api import BrowserContext, Page

from sheets_sync.app import App
from sheets_sync.config import load
from sheets_sync.operations.desk import Desk
from sheets_sync.operations.overview import overview
from sheets_sync.sandbox.server import Contact
from tests.browser import complaints, outside
from tests.command import Command
from tests.faults.test_run_goes_on import until
from tests.sandbox_client import Control
from tests.service import Cell, Service

KEY = "a-key-of-the-sandbox"
KEYS = {"ARIZE_API_KEY": KEY}


@dataclass
class Sheet:
    """One mapping's sheet, as its expert sees it."""

    name: str
    service: Service

    def type(self, cell: str, value: str | float | bool) -> None:  # noqa: FBT001 - a cell's value
        """Into its only tab."""
        self.service.type(cell, value)

    def statuses(self) -> dict[str, str]:
        """Span id to status text."""
        headers = self.service.sheet()[0]
        return self.service.statuses() if "Sync status" in headers else {}


@dataclass
class Office:
    """Each mapping has a spreadsheet of its own; the configuration is a folder."""

    contact: Contact
    control: Control
    folder: Path
    sheets: dict[str, Sheet] = field(default_factory=dict)
    mappings: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    fresh: str = ""
    """A spreadsheet that no mapping names yet."""

    @property
    def config(self) -> Path:
        """The folder of the configuration."""
        return self.folder / "config"

    def add(self, name: str, rows: Sequence[Sequence[Cell]], **mapping: Any) -> Sheet:
        """A spreadsheet with these rows and its mapping, which is looked at each second."""
        entry = {"name": name, "poll": "1s", **mapping}
        service = Service(self.contact, self.control, self.folder, rows=rows, mapping=entry)
        self.sheets[name] = Sheet(name, service)
        self.mappings += service.mappings()
        return self.sheets[name]

    @property
    def service(self) -> Service:
        """That of the first sheet: what all share is there."""
        return next(iter(self.sheets.values())).service

    def labels(self) -> dict[str, str | None]:
        """Span id to the adequacy that Arize has."""
        return self.service.labels()

    def settings(self, **sections: Any) -> str:
        """The configuration as YAML."""
        state = {"state": f"sqlite:///{self.folder}/state.db", "log": {"format": "json"}}
        return yaml.safe_dump(
            self.service.settings() | state | sections | {"mappings": self.mappings}
        )

    @contextmanager
    def open(
        self, *, host: str = "127.0.0.1", environment: dict[str, str] | None = None, **sections: Any
    ) -> Iterator[str]:
        """`run --console` until the end; where it answers."""
        self.config.mkdir(exist_ok=True)
        (self.config / "all.yaml").write_text(self.settings(**sections), encoding="utf-8")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        known = {**os.environ, "ARIZE_API_KEY": KEY, **(environment or {})}
        words = ["run", "--config", str(self.config), "--console", f"{host}:{port}"]
        command = Command(words, known, self.folder)
        try:
            until(lambda: answers(self.url) or command.returncode is not None)
            yield self.url
        finally:
            if command.returncode is None:
                command.send_signal(signal.SIGTERM)
            said = command.communicate()[1]
        assert command.returncode == 0, said
        assert "Traceback" not in said
        assert '"level": "error"' not in said, said

    @contextmanager
    def apart(self, other: Office) -> Iterator[Office]:
        """The console of another `run` on the same sheets, with a state of its own."""
        self.folder.mkdir()
        self.sheets, self.mappings = other.sheets, other.mappings
        with self.open():
            yield self

    def address(self, path: str = "", **query: str) -> str:
        """A page of the console."""
        return f"{self.url}/{path}" + (f"?{urlencode(query)}" if query else "")


def desk_of(app: App, path: Path) -> Desk:
    """A configuration as the console has it."""
    context, mappings = app.context, app.config.mappings
    return Desk(
        context=context,
        config=app.config,
        arize=app.arize,
        path=path,
        load=lambda other: load(other, KEYS),
        overview=lambda: overview(context.state, mappings, context.clock()),
        shares=tuple,
    )


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    """A window that asks no other machine, and complains of nothing."""
    page = context.new_page()
    asked, complained = outside(page), complaints(page)
    yield page
    page.close()
    assert asked == []
    assert complained == []


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether anybody listens."""
    try:
        requests.get(f"{url}/healthz", timeout=5)
    except requests.ConnectionError:
        return False
    return True


def eventually(holds: Callable[[], object]) -> None:
    """Wait until it holds."""
    until(holds)
