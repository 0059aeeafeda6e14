"""What the demo shows in a browser: the sandbox's pages and the operators' console."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from sheets_sync.app import App
from sheets_sync.cli import demo_screen as screen
from sheets_sync.cli.demo_sandbox import Contact
from sheets_sync.cli.seeing import Seen

HOST = "127.0.0.1"


@contextmanager
def shown(
    contact: Contact, spreadsheet: str, app: App, config: Path
) -> Iterator[Callable[[], None]]:
    """Serve the console beside the service until the end, and say where all pages are.

    What is yielded says it again. Without NiceGUI there are none.
    """
    if find_spec("nicegui") is None:
        screen.say("Pages to look at need NiceGUI: pip install 'sheets-sync[console]'", "dim")
        yield lambda: None
        return
    from sheets_sync.cli.consoling import console
    from sheets_sync.console.access import Access, Address

    port, seen = _free_port(), Seen(app)
    with console(Address(HOST, port), Access(HOST, {}), lambda: seen, config):
        screen.heading("Open in a browser")
        say = partial(_say, contact, spreadsheet, port)
        say()
        yield say


def _say(contact: Contact, spreadsheet: str, port: int) -> None:
    screen.link("the spreadsheet, to type in", f"{contact.pages}sheets/{spreadsheet}")
    screen.link("what Arize holds", f"{contact.pages}arize")
    screen.link("faults, to switch on", f"{contact.pages}faults")
    screen.link("the operators' console", f"http://{HOST}:{port}/")


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
