from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.transport import Limits, Transport
from tests.google.scripted import ScriptedGoogle, serve

EMAIL = "sync@made-up.iam.gserviceaccount.com"


@pytest.fixture(scope="session")
def private_key() -> str:
    """A fresh RSA key as a service-account file holds it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def scripted() -> Iterator[ScriptedGoogle]:
    """A server that answers as told."""
    with serve() as google:
        yield google


@pytest.fixture
def key_file(tmp_path: Path, scripted: ScriptedGoogle, private_key: str) -> Path:
    """A service-account file whose tokens come from the scripted server."""
    file = tmp_path / "key.json"
    content = {
        "type": "service_account",
        "client_email": EMAIL,
        "private_key": private_key,
        "token_uri": f"{scripted.root}/token",
    }
    file.write_text(json.dumps(content), "utf-8")
    return file


@pytest.fixture
def scripted_sheets(key_file: Path, scripted: ScriptedGoogle) -> SheetsClient:
    """A client of the scripted server."""
    (account,) = load_accounts([key_file])
    limits = Limits(timeout=(5, 5), attempts=2, total=5, first_wait=0.01)
    return SheetsClient(Transport(account, api_root=scripted.root, limits=limits))
