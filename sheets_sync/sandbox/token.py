"""Service accounts, Google's token endpoint, and who a bearer token stands for."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from google.auth import jwt
from google.auth.exceptions import InvalidValue
from pydantic import BaseModel

from sheets_sync.sandbox.clock import Clock
from sheets_sync.sandbox.wire import Answer, Call

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
"""google-auth names this audience whatever the key file's `token_uri` is."""

_BAD_TIMES = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)
_LIFETIME = 3600
_ISSUED = "ya29.sandbox."


@dataclass(frozen=True)
class Account:
    """A service account and its key file. Quotas per project count by `project`."""

    email: str
    project: str
    credentials_file: Path

    @property
    def project_number(self) -> str:
        """Twelve digits, as in Google's messages."""
        return str(int.from_bytes(self.project.encode()) % 10**12).zfill(12)


@dataclass(frozen=True)
class _Token:
    account: Account
    scopes: frozenset[str]
    expires: float


class _Claims(BaseModel):
    """What the JWT of a service account says; times in seconds since the epoch."""

    iss: str
    aud: str
    iat: int
    exp: int
    scope: str = ""


class Accounts:
    """All service accounts of the sandbox, which share one RSA key, and their tokens."""

    def __init__(
        self, clock: Clock, folder: Path, token_uri: str, key: rsa.RSAPrivateKey | None = None
    ) -> None:
        self._clock = clock
        self._folder = folder
        self._token_uri = token_uri
        key = key or new_key()
        self._private = key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode()
        self._public = key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, _Token] = {}

    def add(self, name: str, project: str) -> Account:
        """Make a service account and its key file, readable by its owner alone."""
        email = f"{name}@{project}.iam.gserviceaccount.com"
        account = Account(email, project, self._folder / f"{name}.{project}.json")
        content = {
            "type": "service_account",
            "project_id": project,
            "private_key_id": secrets.token_hex(20),
            "private_key": self._private,
            "client_email": email,
            "client_id": "1" + "".join(secrets.choice("0123456789") for _ in range(20)),
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": self._token_uri,
            "universe_domain": "googleapis.com",
        }
        descriptor = os.open(account.credentials_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
        self._accounts[email] = account
        return account

    def remove(self, email: str) -> None:
        """Delete an account: its key and its tokens are refused from now on.

        Raises KeyError where there is none.
        """
        del self._accounts[email]

    def revoke_tokens(self) -> None:
        """Let every token issued so far be refused."""
        self._tokens.clear()

    def get(self, email: str) -> Account:
        """The account with this address; raises KeyError where there is none."""
        return self._accounts[email]

    def emails(self) -> list[str]:
        """The addresses of all accounts."""
        return list(self._accounts)

    def caller(self, headers: Mapping[str, str]) -> str | None:
        """Whom the bearer token stands for: an account's address or `human:NAME`.

        None without a token, and for one of ours that is not valid (any more).
        """
        token = _bearer(headers)
        if token.startswith(_ISSUED):
            known = self._valid(token)
            return known.account.email if known else None
        if not token:
            return None
        return token if token.startswith("human:") else f"human:{token}"

    def scopes(self, headers: Mapping[str, str]) -> frozenset[str]:
        """What an account's bearer token may be used for; nothing where it is none."""
        known = self._valid(_bearer(headers))
        return known.scopes if known else frozenset()

    def _valid(self, token: str) -> _Token | None:
        known = self._tokens.get(token)
        if (
            known is None
            or known.expires <= self._clock.now()
            or self._accounts.get(known.account.email) is not known.account
        ):
            return None
        return known

    def answer(self, call: Call) -> Answer:
        """`POST /token`: an access token for a JWT signed with an account's key.

        developers.google.com/identity/protocols/oauth2/service-account#httprest
        """
        form = parse_qs(call.body.decode("utf-8", "replace"))
        grant = form.get("grant_type", [""])[0]
        if grant != _GRANT:
            return _refused("unsupported_grant_type", f"Invalid grant_type: {grant}")
        assertion = form.get("assertion", [""])[0]
        try:
            claims = _Claims.model_validate(_decoded(assertion))
        except ValueError:
            return _refused("invalid_grant", "Invalid JWT: it cannot be read.")
        account = self._accounts.get(claims.iss)
        if account is None:
            return _refused("invalid_grant", "Invalid grant: account not found")
        try:
            _decoded(assertion, self._public)
        except InvalidValue:
            return _refused("invalid_grant", _BAD_TIMES)
        except ValueError:
            return _refused("invalid_grant", "Invalid JWT Signature.")
        if claims.exp - claims.iat > _LIFETIME:
            return _refused("invalid_grant", _BAD_TIMES)
        if claims.aud not in {self._token_uri, _GOOGLE_AUDIENCE}:
            return _refused("invalid_grant", "Invalid JWT: Failed audience check.")
        scopes = frozenset(claims.scope.split())
        if not scopes:
            return _refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        token = _ISSUED + secrets.token_urlsafe(32)
        self._tokens[token] = _Token(account, scopes, self._clock.now() + _LIFETIME)
        return Answer(
            200, {"access_token": token, "expires_in": _LIFETIME - 1, "token_type": "Bearer"}
        )


def new_key() -> rsa.RSAPrivateKey:
    """An RSA key such as service accounts have."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _bearer(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _decoded(assertion: str, public_key: bytes | None = None) -> object:
    claims: object = jwt.decode(  # type: ignore[no-untyped-call]
        assertion, public_key, verify=public_key is not None, clock_skew_in_seconds=10
    )
    return claims


def _refused(error: str, description: str) -> Answer:
    return Answer(400, {"error": error, "error_description": description})
