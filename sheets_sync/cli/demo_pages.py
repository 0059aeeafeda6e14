"""What the demo shows in a browser: the sandbox's pages and the operators' console."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from sheets_sync.app import App
from sheets_sync.cli import demo_screen as screen
from sheets_sync.cli.demo_sandbox import Contact
from sheets_sync.cli.seeing import Seen
from sheets_sync.config import load

HOST = "127.0.0.1"


@contextmanager
def shown(contact: Contact, spreadsheet: str, app: App, config: Path) -> Iterator[None]:
    """Serve the console beside the service until the end, and say where all pages are.

    Without NiceGUI there is none.
    """
    if find_spec("nicegui") is None:
        screen.say("Pages to look at need NiceGUI: pip install 'sheets-sync[console]'", "dim")
        yield
        return
    port = _free_port()
    with _console(app, config, port):
        screen.heading("Open in a browser")
        screen.link("the spreadsheet, to type in", f"{contact.pages}sheets/{spreadsheet}")
        screen.link("what Arize holds", f"{contact.pages}arize")
        screen.link("faults, to switch on", f"{contact.pages}faults")
        screen.link("the operators' console", f"http://{HOST}:{port}/")
        yield


@contextmanager
def _console(app: App, config: Path, port: int) -> Iterator[None]:
    from sheets_sync.console.access import Access, Address
    from sheets_sync.console.serving import consoled
    from sheets_sync.observability.http import routes
    from sheets_sync.observability.metrics import Metrics
    from sheets_sync.operations.desk import Desk

    seen = Seen(app)
    desk = Desk(
        context=app.context,
        config=app.config,
        arize=app.arize,
        path=config,
        load=lambda other: load(other, os.environ),
        overview=lambda: seen.overview,
        shares=seen.shares,
    )
    probes = routes(Metrics(seen.figures), seen.dead, seen.unready)
    with consoled(Address(HOST, port), Access(HOST, {}), lambda: desk, probes):
        yield


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
