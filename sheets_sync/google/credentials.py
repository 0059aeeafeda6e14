"""Who this program is at Google: service-account files or application-default credentials."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import google.auth
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError
from google.oauth2 import service_account
from pydantic import BaseModel, ValidationError
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from sheets_sync.errors import ConfigError

SCOPES = ("https://www.googleapis.com/auth/spreadsheets",)

NEW_KEY = "download a new JSON key in the Google Cloud console, IAM, Service accounts, Keys"

_NO_DEFAULT = (
    "google.credentials: no service-account file is named and there are no application-default "
    "credentials; name a file, or set GOOGLE_APPLICATION_CREDENTIALS, or run "
    "`gcloud auth application-default login "
    f"--scopes=https://www.googleapis.com/auth/cloud-platform,{','.join(SCOPES)}`"
)

_SECRETS = ("token", "refresh_token", "client_secret")


@dataclass(frozen=True)
class Account:
    """One identity at Google."""

    credentials: Credentials

    @property
    def email(self) -> str | None:
        """Whom sheets are shared with; None where the credentials do not say (yet)."""
        email = getattr(self.credentials, "service_account_email", None)
        return email if isinstance(email, str) and "@" in email else None

    @property
    def who(self) -> str:
        """The e-mail address, or words in its place."""
        return self.email or "the account of the application-default credentials"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may repeat, should Google repeat it: the token, and what it came by."""
        signer = getattr(self.credentials, "signer", None)
        held = [getattr(self.credentials, name, None) for name in _SECRETS]
        known = (*held, getattr(signer, "key_id", None))
        return tuple(secret for secret in known if isinstance(secret, str) and len(secret) >= 8)


class _KeyFile(BaseModel):
    """What a service-account file must hold; `private_key` is left to google-auth."""

    type: str
    client_email: str
    token_uri: str


def load_accounts(files: Sequence[Path]) -> list[Account]:
    """The accounts of these service-account files, or the application-default one if none is given.

    Raises `ConfigError` with every file that cannot be used and its cure.
    """
    if not files:
        return [_application_default()]
    accounts: list[Account] = []
    problems: list[str] = []
    for file in files:
        try:
            accounts.append(_from_file(file))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return accounts


def require_safe_url(url: str, name: str) -> None:
    """Raise `ConfigError` unless a secret may travel to `url`: https, or http to this machine."""
    try:
        address = parse_url(url)  # as requests will read it
    except LocationParseError:
        address = Url()
    if address.scheme not in {"http", "https"} or not address.host:
        raise ConfigError([f"{name}: is not an http(s) URL"])
    if address.auth:
        raise ConfigError([f"{name}: has a user or a password in it; take that out"])
    if address.scheme == "http" and not _is_loopback(address.host.strip("[]")):
        said = f"plain http to {address.host} would show the access token to others; use https"
        raise ConfigError([f"{name}: {said}"])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _from_file(file: Path) -> Account:
    try:
        content: object = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            [f"{file}: cannot be read ({error.strerror}); name the service account's JSON key file"]
        ) from None
    except ValueError:
        raise ConfigError([f"{file}: is not JSON; {NEW_KEY}"]) from None
    try:
        key = _KeyFile.model_validate(content)
    except ValidationError as error:
        wrong = sorted({".".join(map(str, problem["loc"])) for problem in error.errors()})
        lacking = ", ".join(filter(None, wrong)) or "everything"
        raise ConfigError(
            [f"{file}: is not a service account's key, it lacks {lacking}; {NEW_KEY}"]
        ) from None
    if key.type != "service_account":
        raise ConfigError(
            [f"{file}: holds credentials of another kind than a service account's; {NEW_KEY}"]
        )
    require_safe_url(key.token_uri, f"{file}: token_uri")
    try:
        credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            content, scopes=SCOPES
        )
    except ValueError:
        raise ConfigError([f"{file}: its private_key cannot be used; {NEW_KEY}"]) from None
    return Account(credentials)


def _application_default() -> Account:
    try:
        credentials, _ = google.auth.default(scopes=SCOPES)
    except DefaultCredentialsError:
        raise ConfigError([_NO_DEFAULT]) from None
    token_uri = getattr(credentials, "_token_uri", None)  # of a service account's file alone
    if token_uri is not None:
        require_safe_url(token_uri, "application-default credentials: token_uri")
    return Account(credentials)
