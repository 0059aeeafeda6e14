from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession
from google.oauth2 import service_account

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.token import new_key
from tests.sandbox_client import Control

_SCOPE = "https://www.googleapis.com/auth/spreadsheets"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def _session(file: str, scope: str = _SCOPE) -> AuthorizedSession:
    credentials = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
        file, scopes=[scope]
    )
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


def _ask(sandbox: Sandbox, *, key: RSAPrivateKey, grant: str = _GRANT, **claims: object) -> object:
    """The token endpoint's answer to a JWT with these claims instead of the usual ones."""
    info = json.loads(Path(sandbox.contact.credentials_file).read_text("utf-8"))
    now = int(time.time())
    usual = {
        "iss": info["client_email"],
        "aud": info["token_uri"],
        "scope": _SCOPE,
        "iat": now,
        "exp": now + 3600,
    }
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signer = crypt.RSASigner.from_string(pem)  # type: ignore[no-untyped-call]
    assertion = jwt.encode(signer, {**usual, **claims})  # type: ignore[no-untyped-call]
    answer = requests.post(
        info["token_uri"], data={"grant_type": grant, "assertion": assertion}, timeout=5
    )
    return answer.status_code, answer.json()


def test_real_credentials_get_in(sandbox: Sandbox, control: Control) -> None:
    """google-auth exchanges a signed JWT for a token, and Google sees the service account."""
    book = control.add_spreadsheet([["a"]])
    with _session(sandbox.contact.credentials_file) as session:
        url = f"{sandbox.contact.google_api}/v4/spreadsheets/{book}/values/A1"
        assert session.get(url).json()["values"] == [["a"]]
    calls = control.calls()
    assert calls.google == {"POST /token": 1, "GET /v4/spreadsheets/{id}/values/{range}": 1}
    assert (calls.reads, calls.writes) == (1, 0)


def test_an_answer_is_as_google_gives_it(sandbox: Sandbox, sandbox_key: RSAPrivateKey) -> None:
    """The token endpoint names a bearer token and its lifetime of nearly an hour."""
    answer = _ask(sandbox, key=sandbox_key)
    assert isinstance(answer, tuple)
    status, body = answer
    assert status == 200
    assert body.pop("access_token")
    assert body == {"expires_in": 3599, "token_type": "Bearer"}


@pytest.mark.parametrize(
    ("claims", "error", "words"),
    [
        ({"iss": "nobody@example.com"}, "invalid_grant", "account not found"),
        ({"aud": "https://example.com/token"}, "invalid_grant", "audience"),
        ({"iat": 1, "exp": 3601}, "invalid_grant", "reasonable timeframe"),
        ({"exp": int(time.time()) + 9000}, "invalid_grant", "reasonable timeframe"),
        ({"exp": "soon"}, "invalid_grant", "cannot be read"),
        ({"scope": ""}, "invalid_scope", "Invalid OAuth scope"),
        ({"grant": "password"}, "unsupported_grant_type", "password"),
    ],
)
def test_a_bad_jwt_is_refused(
    sandbox: Sandbox,
    sandbox_key: RSAPrivateKey,
    claims: dict[str, str],
    error: str,
    words: str,
) -> None:
    """Who signs, for whom, when and for what must be right, or the answer is Google's 400."""
    answer = _ask(sandbox, key=sandbox_key, **claims)
    assert isinstance(answer, tuple)
    status, body = answer
    assert (status, body["error"]) == (400, error)
    assert words in body["error_description"]


def test_another_key_is_refused(sandbox: Sandbox) -> None:
    """A JWT signed with another key than the account's is refused as Google words it."""
    assert _ask(sandbox, key=new_key()) == (
        400,
        {"error": "invalid_grant", "error_description": "Invalid JWT Signature."},
    )


def test_what_is_no_jwt_is_refused(sandbox: Sandbox) -> None:
    """Rubbish in place of a JWT is refused, not a failure."""
    answer = requests.post(
        f"{sandbox.contact.google_api}/token",
        data={"grant_type": _GRANT, "assertion": "a.b"},
        timeout=5,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "missing required authentication credential"),
        ({"Authorization": "Basic eDp5"}, "invalid authentication credentials"),
        ({"Authorization": "Bearer ya29.sandbox.of-another-day"}, "invalid authentication"),
    ],
)
def test_without_a_valid_token_google_answers_401(
    sandbox: Sandbox, control: Control, headers: dict[str, str], words: str
) -> None:
    """No token, another scheme or a token of another run: Google's UNAUTHENTICATED."""
    url = f"{sandbox.contact.google_api}/v4/spreadsheets/x"
    answer = requests.get(url, headers=headers, timeout=5)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (401, 401, "UNAUTHENTICATED")
    assert words in error["message"]
    calls = control.calls()
    assert calls.unauthenticated == {"GET /v4/spreadsheets/{id}": 1}
    assert (calls.google, calls.reads) == ({}, 0)


@pytest.mark.parametrize(
    ("token", "name"), [("human:ann", "human:ann"), ("ya29.elsewhere", "human:ya29.elsewhere")]
)
def test_any_other_token_is_a_human(
    sandbox: Sandbox, control: Control, token: str, name: str
) -> None:
    """A second identity needs no credentials."""
    book = control.add_spreadsheet([["a"]])
    answer = requests.put(
        f"{sandbox.contact.google_api}/v4/spreadsheets/{book}/values/A1?valueInputOption=RAW",
        json={"values": [["b"]]},
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )
    assert answer.ok
    (write,) = control.writes()
    assert (write.cell, write.value, write.by) == ("A1", "b", name)


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_a_token_ends(sandbox: Sandbox, control: Control, end: str) -> None:
    """An hour later or revoked, a token is refused once and google-auth gets another."""
    book = control.add_spreadsheet([["a"]])
    url = f"{sandbox.contact.google_api}/v4/spreadsheets/{book}"
    with _session(sandbox.contact.credentials_file) as session:
        assert session.get(url).ok
        if end == "expired":
            control.advance(3601)
        else:
            control.revoke_tokens()
        assert session.get(url).ok
    calls = control.calls()
    assert calls.google["POST /token"] == 2
    assert sum(calls.unauthenticated.values()) == 1


def test_accounts_come_and_go(sandbox: Sandbox, control: Control) -> None:
    """More service accounts can be made; a deleted one gets no token and its old one is void."""
    account = control.add_account("second", project="other")
    assert account.email == "second@other.iam.gserviceaccount.com"
    assert Path(account.credentials_file).stat().st_mode & 0o777 == 0o600
    book = control.add_spreadsheet([["a"]])
    url = f"{sandbox.contact.google_api}/v4/spreadsheets/{book}"
    with _session(account.credentials_file) as session:
        assert session.get(url).ok
        control.remove_account(account.email)
        with pytest.raises(RefreshError, match="account not found"):
            session.get(url)


def test_a_scope_must_allow_the_call(sandbox: Sandbox, control: Control) -> None:
    """A token for reading cannot write, and one for Sheets cannot list Drive's files."""
    book = control.add_spreadsheet([["a"]])
    root = sandbox.contact.google_api
    with _session(sandbox.contact.credentials_file, f"{_SCOPE}.readonly") as session:
        assert session.get(f"{root}/v4/spreadsheets/{book}").ok
        answer = session.put(
            f"{root}/v4/spreadsheets/{book}/values/A1?valueInputOption=RAW", json={"values": [[1]]}
        )
    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["message"] == "Request had insufficient authentication scopes."
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    with _session(sandbox.contact.credentials_file) as session:
        assert session.get(f"{root}/drive/v3/files").status_code == 403
    with _session(sandbox.contact.credentials_file, _SCOPE.replace("spreadsheets", "drive")) as s:
        assert s.get(f"{root}/drive/v3/files").ok
