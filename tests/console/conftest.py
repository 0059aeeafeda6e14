"""A sandbox, a `run --console` on it, and a browser: each once for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from playwright.sync_api import Browser, BrowserContext, Page

from sheets_sync.sandbox.server import Sandbox
from tests.console.office import Office, watched
from tests.sandbox_client import Control


@pytest.fixture(scope="module")
def office(
    sandbox_key: RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """A sandbox of the file's own; its mappings are named by the file."""
    folder = tmp_path_factory.mktemp("office")
    with Sandbox(key=sandbox_key) as sandbox, Control(sandbox.contact) as control:
        yield Office(sandbox.contact, control, folder)


@pytest.fixture(scope="session")
def desktop(browser: Browser) -> Iterator[BrowserContext]:
    """Windows of 1280 pixels, which share a cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def page(desktop: BrowserContext) -> Iterator[Page]:
    """A window that asked no other machine and complained of nothing."""
    with watched(desktop) as opened:
        yield opened
