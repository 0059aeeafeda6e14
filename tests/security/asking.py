"""One request to each service by the program's own clients."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from gql import GraphQLRequest

from sheets_sync.arize.answer import Reply
from sheets_sync.arize.transport import Transport as ArizeTransport
from sheets_sync.arize.transport import usable_endpoint, usable_key
from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.transport import Limits
from sheets_sync.google.transport import Transport as GoogleTransport
from tests.security.listener import Answers, Asked, Told

KEY = "ak-canary-0123456789"
TOKEN = "canary-token-0123456789"
SPREADSHEET = "https://sheets.googleapis.com/v4/spreadsheets/1AbC"
GOOD = Told(body={"data": {}})


def key_file(folder: Path, key: RSAPrivateKey, token_uri: str, **changes: str) -> Path:
    """A service account's key file whose tokens come from there."""
    file = folder / "key.json"
    content = {
        "type": "service_account",
        "client_email": "sync@made-up.iam.gserviceaccount.com",
        "private_key": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        "private_key_id": "canary0key0id0123456789",
        "token_uri": token_uri,
    }
    file.write_text(json.dumps(content | changes), "utf-8")
    return file


def with_tokens(answers: Answers) -> Answers:
    """The same, and a token for whoever asks /token."""

    def answer(asked: Asked) -> Told:
        if asked.line == "POST /token":
            return Told(body={"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        return answers(asked)

    return answer


def ask_google(root: str, file: Path) -> bytes:
    """What a GET answers; raises what the program raises."""
    (account,) = load_accounts([file])
    limits = Limits(timeout=(5, 5), attempts=1)
    found: bytes = (
        GoogleTransport(account, api_root=root, limits=limits).request("get", SPREADSHEET).content
    )
    return found


def ask_arize(endpoint: str, ca_bundle: Path | None = None) -> Reply:
    """What a question answers."""
    transport = ArizeTransport(
        usable_endpoint(endpoint),
        usable_key(KEY),
        ca_bundle=str(ca_bundle) if ca_bundle else None,
        timeout=5,
    )
    transport.connect()
    try:
        return transport.ask(GraphQLRequest("{ viewer { id } }"))
    finally:
        transport.close()
