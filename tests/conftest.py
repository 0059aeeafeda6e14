"""A running sandbox for every test that wants one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from playwright.sync_api import Browser

from sheets_sync.sandbox.server import Sandbox
from tests.browser import chromium
from tests.discovery import Discovery
from tests.postgres import Postgres, running
from tests.sandbox_client import Control
from tests.service import short_key


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker: Playwright lets no two be driven at once."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def sandbox_key() -> RSAPrivateKey:
    """One RSA key for all sandboxes."""
    return short_key()


@pytest.fixture(scope="session")
def tls_key() -> RSAPrivateKey:
    """One RSA key for all certificates; OpenSSL takes no shorter one."""
    return generate_private_key(65537, 2048)


@pytest.fixture
def sandbox(sandbox_key: RSAPrivateKey) -> Iterator[Sandbox]:
    """An empty sandbox of one's own, with Google's and Arize's usual limits.

    A test fails at its end if a call to Google or an answer is not as the discovery documents
    have it.
    """
    discovery = Discovery()
    with Sandbox(key=sandbox_key, observer=discovery) as running:
        yield running
    if discovery.problems:
        shown = "\n".join(dict.fromkeys(discovery.problems))
        pytest.fail(f"not as Google's discovery documents have it:\n{shown}")


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[Control]:
    """The control endpoints of that sandbox."""
    with Control(sandbox.contact) as client:
        yield client


@pytest.fixture
def logs_restored() -> Iterator[None]:
    """Commands in this process set up logs; afterwards they are as they were."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A Postgres server."""
    with running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A state of one's own in Postgres, in which nothing was recorded yet."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A state in which nothing was recorded yet; a test that asks for it runs with each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
