"""A real Chromium for tests of pages, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped where there is none, unless one is required."""
    with sync_playwright() as playwright:
        system = next(filter(None, map(shutil.which, _NAMES)), None)
        found = system or playwright.chromium.executable_path
        if not Path(found).is_file():
            reason = "no Chromium; install it, or run `playwright install chromium`"
            if os.environ.get("SHEETS_SYNC_BROWSER") == "required":
                pytest.fail(reason)
            pytest.skip(reason)
        browser = playwright.chromium.launch(executable_path=found, args=[*_ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()


def outside(page: Page) -> list[str]:
    """The addresses of other machines that the page asks from now on; it is filled meanwhile."""
    found: list[str] = []

    def note(url: str) -> None:
        if urlsplit(url).hostname not in {"127.0.0.1", None}:
            found.append(url)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    return found


def complaints(page: Page) -> list[str]:
    """What the page complains of from now on: errors of scripts, and what its policy forbids."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
