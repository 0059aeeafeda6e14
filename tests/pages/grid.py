"""The page of one spreadsheet in a browser, and a service that works on it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, expect

from sheets_sync.sandbox.server import Contact
from tests.browser import complaints, outside
from tests.command import Command
from tests.service import Service


@contextmanager
def window(browser: Browser, width: int = 1280, *, dark: bool = False) -> Iterator[Page]:
    """Likewise, of any width."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
    )
    with context:
        context.set_default_timeout(10_000)
        opened = context.new_page()
        asked, said = outside(opened), complaints(opened)
        yield opened
        assert (asked, said) == ([], [])


@dataclass
class Grid:
    """The page of one spreadsheet, by the addresses of its cells."""

    page: Page
    frozen: int = 0

    def cell(self, address: str) -> Locator:
        """A cell such as B2."""
        letters, number = address[0], int(address[1:]) - 1
        part, row = "center-cols-container", str(number - self.frozen)
        if number < self.frozen:
            part, row = "floating-top-container", f"t-{number}"
        return self.page.locator(f'.ag-{part} [row-index="{row}"] [col-id="{letters}"]')

    def shows(self, address: str, text: str, seconds: float = 10) -> None:
        """Wait until the cell shows a text; what stands behind … may follow."""
        wanted = text.removesuffix("…")
        look = expect(self.cell(address))
        if wanted == text:
            look.to_have_text(text, timeout=1000 * seconds)
        else:
            look.to_contain_text(wanted, timeout=1000 * seconds)

    def type(self, address: str, text: str, end: str = "Enter") -> None:
        """Type over a cell, as with a keyboard."""
        self.cell(address).click()
        self.page.keyboard.type(text)
        self.page.keyboard.press(end)


def sheet(page: Page, contact: Contact, spreadsheet: str, frozen: int = 0) -> Grid:
    """Its page, once it shows the cells."""
    page.goto(f"{contact.pages}sheets/{spreadsheet}")
    grid = Grid(page, frozen)
    expect(grid.cell("A1")).not_to_be_empty()
    return grid


@contextmanager
def running(service: Service) -> Iterator[Command]:
    """`sheets-sync run` on its configuration."""
    service.config()
    command = Command(
        ["run", "--config", str(service.path)], {**os.environ, "ARIZE_API_KEY": "any"}
    )
    try:
        yield command
    finally:
        command.send_signal(signal.SIGTERM)
        complained = command.communicate()[1]
    assert command.returncode == 0, complained
