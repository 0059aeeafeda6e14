"""Who may see the console and who may act in it, settled once when it starts."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from sheets_sync.errors import ConfigError

Role: TypeAlias = Literal["operator", "viewer"]
"""An operator sees and acts, a viewer only sees."""

PASSWORD = "SHEETS_SYNC_CONSOLE_PASSWORD"  # noqa: S105 - the name of a variable
VIEWER_PASSWORD = "SHEETS_SYNC_CONSOLE_VIEWER_PASSWORD"  # noqa: S105 - likewise
TRUSTED_HEADER = "SHEETS_SYNC_CONSOLE_TRUSTED_HEADER"
OPERATORS = "SHEETS_SYNC_CONSOLE_OPERATORS"

COOKIE = "sheets_sync_session"
SESSION_LASTS = 12 * 3600.0
"""Seconds."""
MINUTE = 60.0
WRONG_A_MINUTE = 5
"""Wrong passwords from one address; then it waits."""
WRONG_IN_ALL = 30
"""From all addresses together."""


class Address(NamedTuple):
    """Where the console is served."""

    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> Address:
        """Raises `ConfigError` for what is no address."""
        try:
            found = urlsplit(f"//{text}")
            host, port = found.hostname, found.port
        except ValueError:
            host = port = None
        if not host or port is None or found.path:
            raise ConfigError([f"--console {text}: write HOST:PORT, as in 127.0.0.1:8080"])
        return cls(host, port)


class Visitor(NamedTuple):
    """Who looks at a page."""

    name: str
    role: Role

    @property
    def may_act(self) -> bool:
        """Whether buttons do anything."""
        return self.role == "operator"


HERE = Visitor("this machine", "operator")


@dataclass(frozen=True, slots=True)
class _Secret:
    """A password as it is kept: nobody can read it out of memory or a core dump."""

    salt: bytes
    hashed: bytes

    @classmethod
    def of(cls, password: str) -> _Secret:
        salt = secrets.token_bytes(16)
        return cls(salt, _hashed(password, salt))

    def is_of(self, password: str) -> bool:
        return hmac.compare_digest(self.hashed, _hashed(password, self.salt))


@dataclass(frozen=True, slots=True)
class _Session:
    role: Role
    until: float


class Access:
    """Says who somebody is; threads may share it.

    Raises `ConfigError` where the console would stand open to other machines.
    """

    def __init__(self, host: str, environ: Mapping[str, str]) -> None:
        by_role: dict[Role, str] = {
            "operator": environ.get(PASSWORD, ""),
            "viewer": environ.get(VIEWER_PASSWORD, ""),
        }
        self._secrets = {role: _Secret.of(word) for role, word in by_role.items() if word}
        self._header = environ.get(TRUSTED_HEADER, "").strip()
        self._operators = [*_listed(environ.get(OPERATORS, ""))]
        if by_role["operator"] and by_role["operator"] == by_role["viewer"]:
            raise ConfigError([f"{PASSWORD} and {VIEWER_PASSWORD} are the same; change one"])
        self.is_open = not (self._secrets or self._header)
        """Whether everybody on this machine is an operator, and nobody else can come."""
        if self.is_open and not is_loopback(host):
            raise ConfigError(
                [
                    (
                        f"--console {host}: other machines could reach it and nobody would have to "
                        f"sign in; set {PASSWORD}, or {TRUSTED_HEADER} behind a proxy that signs "
                        "people in, or write 127.0.0.1"
                    )
                ]
            )
        self._sessions: dict[str, _Session] = {}
        self._wrong: deque[tuple[float, str]] = deque()
        self._lock = Lock()

    @property
    def has_passwords(self) -> bool:
        """Whether one can sign in."""
        return bool(self._secrets)

    def visitor(self, request: HTTPConnection) -> Visitor | None:
        """Who asks; None where that is not known."""
        if self.is_open:
            return HERE
        if self._header and (name := request.headers.get(self._header, "").strip()):
            is_viewer = bool(self._operators) and name not in self._operators
            return Visitor(name, "viewer" if is_viewer else "operator")
        with self._lock:
            session = self._sessions.get(_digest(request.cookies.get(COOKIE, "")))
        if session is None or session.until < time.monotonic():
            return None
        return Visitor(session.role, session.role)

    def must_wait(self, address: str) -> bool:
        """Whether too many wrong passwords came within a minute."""
        with self._lock:
            while self._wrong and self._wrong[0][0] < time.monotonic() - MINUTE:
                self._wrong.popleft()
            own = sum(who == address for _, who in self._wrong)
            return own >= WRONG_A_MINUTE or len(self._wrong) >= WRONG_IN_ALL

    def sign_in(self, password: str, address: str) -> str | None:
        """A session for who knows a password, None for others. Slow, so that guessing is."""
        roles = [role for role, secret in self._secrets.items() if secret.is_of(password)]
        now = time.monotonic()
        with self._lock:
            if not roles:
                self._wrong.append((now, address))
                return None
            self._sessions = {k: s for k, s in self._sessions.items() if s.until > now}
            token = secrets.token_urlsafe(32)
            self._sessions[_digest(token)] = _Session(roles[0], now + SESSION_LASTS)
        return token

    def sign_out(self, request: HTTPConnection) -> None:
        """End the session; pages that are open act no more."""
        with self._lock:
            self._sessions.pop(_digest(request.cookies.get(COOKIE, "")), None)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it under this name or address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _listed(text: str) -> Iterator[str]:
    return (name for part in text.split(",") if (name := part.strip()))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _hashed(password: str, salt: bytes) -> bytes:
    """Costs 16 MB and some 50 ms (OWASP, "Password Storage Cheat Sheet": scrypt)."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
