"""A sandbox with pages, as the program serves it, a browser, and a service that works on it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from sheets_sync.sandbox.server import Contact
from tests.pages.grid import window
from tests.provision.acting import done
from tests.sandbox_client import Control
from tests.service import Service, answer

START = [sys.executable, "-m", "sheets_sync", "sandbox", "--port", "0", "--json", "--empty"]


@pytest.fixture(scope="session")
def contact() -> Iterator[Contact]:
    """The program `sandbox`, which ends well only if no page of it failed."""
    with subprocess.Popen(START, stdout=subprocess.PIPE, text=True) as program:  # noqa: S603 - ours
        assert program.stdout is not None
        yield Contact(**json.loads(program.stdout.readline()))
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0


@pytest.fixture
def control(contact: Contact) -> Iterator[Control]:
    """Its control endpoints; all is well again after each test."""
    with Control(contact) as client:
        yield client
        client.end_faults()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of 1280 pixels, which asked no other machine and complained of nothing."""
    with window(browser) as opened:
        yield opened


@pytest.fixture
def service(contact: Contact, control: Control, tmp_path: Path) -> Service:
    """Three answers, provisioned; a `run` on them would look twice a second."""
    made = Service(
        contact,
        control,
        tmp_path,
        rows=[answer(1, None, None, None, "Ada"), answer(2), answer(3)],
        sections={"defaults": {"poll": "1s"}},
    )
    done(made)
    return made
