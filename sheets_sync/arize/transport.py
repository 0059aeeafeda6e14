"""One HTTP session to Arize's GraphQL endpoint, for one thread at a time."""

from __future__ import annotations

import io
import ipaddress
import json
import re
import ssl
import time
from typing import cast

import requests
from gql import GraphQLRequest
from gql.transport.exceptions import TransportClosed, TransportError
from gql.transport.requests import RequestsHTTPTransport
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Retry, Timeout
from urllib3.exceptions import HTTPError, LocationParseError, LocationValueError, SSLError
from urllib3.util import Url, parse_url

from sheets_sync.arize.answer import (
    Answer,
    NoAnswer,
    NotSent,
    Reply,
    read_answer,
    readable,
    without,
)
from sheets_sync.errors import ConfigError

LARGEST_ANSWER = 10 * 1024 * 1024
"""Bytes after decompression; what Arize answers to a batch is a few hundred."""
_UNUSABLE_PROXY = "the proxy in the environment variable HTTPS_PROXY has no usable address"


class ApiKey(AuthBase):
    """The key of one endpoint, sent as `x-api-key` (Arize, "Forming calls"). Never shown."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the key on it."""
        request.headers["x-api-key"] = self._key
        return request

    def __repr__(self) -> str:
        return "ApiKey(hidden)"

    def taken_from(self, text: str) -> str:
        """The text without the key, should it repeat it."""
        return str(without(text, self._key))

    def read(self, response: BaseHTTPResponse, body: bytes) -> Answer:
        """The answer without the key, should the server repeat it."""
        return read_answer(response.status, response.headers, body, self._key)


class Undelivered(TransportError):
    """No whole answer came; `reply` tells whether anything was sent."""

    def __init__(self, reply: NotSent | NoAnswer) -> None:
        self.reply = reply
        super().__init__(reply.message)


class Transport(RequestsHTTPTransport):
    """gql's transport, knowing status and headers before the body is parsed.

    gql 4.4 loses both when a 429 carries JSON errors. Redirects are not followed, since one could
    carry the key elsewhere; certificates are always verified.
    """

    def __init__(
        self, endpoint: str, key: ApiKey, *, ca_bundle: str | None, timeout: float
    ) -> None:
        """`timeout` (s) bounds connecting, the wait for the answer, and its body, together."""
        super().__init__(endpoint, auth=key, verify=ca_bundle or True)
        self._key = key
        self._timeout = timeout
        self._address = parse_url(endpoint)
        self._route: _Route | None = None

    def __repr__(self) -> str:
        return f"Transport({self._address.netloc})"

    def connect(self) -> None:
        """Open the session. To loopback, no proxy of the environment gets between."""
        self.session = requests.Session()
        self.session.trust_env = self._address.scheme == "https"
        self._route = None

    def close(self) -> None:
        """Close the session, if it is open."""
        if self.session is not None:
            self.session.close()
            self.session = None

    def ask(self, request: GraphQLRequest) -> Reply:
        """What came back, whatever it is. Raises nothing for the network's or Arize's sake."""
        try:
            return self.execute(request)
        except Undelivered as error:
            return error.reply

    def execute(
        self,
        request: GraphQLRequest,
        timeout: float | None = None,
        extra_args: dict[str, object] | None = None,
        upload_files: bool = False,  # noqa: FBT001, FBT002 - gql's signature
    ) -> Answer:
        """The answer with its status. Raises `Undelivered`."""
        if self.session is None or extra_args or upload_files:
            raise TransportClosed("connect first; extra arguments and uploads are not for Arize")
        lasts = timeout or self._timeout
        body = _Body(json.dumps(request.payload).encode(), time.monotonic() + lasts)
        try:
            self._route = self._route or _Route(
                self.session, self.url, self._key, verify=self.verify
            )
            return self._key.read(*self._route.exchange(body, lasts))
        except requests.exceptions.InvalidURL:  # its text has the proxy's password
            raise Undelivered(NotSent(_UNUSABLE_PROXY, needs_person=True)) from None
        except (requests.RequestException, HTTPError, OSError) as error:
            said = self._key.taken_from(_root(error))
            if body.sent:
                raise Undelivered(NoAnswer(readable(f"no answer came: {said}"))) from None
            is_tls = isinstance(getattr(error, "reason", error), SSLError)
            raise Undelivered(
                self._not_trusted(said) if is_tls else self._not_reached(said)
            ) from None

    def _not_trusted(self, said: str) -> NotSent:
        return NotSent(
            readable(
                f"the certificate of {self._address.host} is not trusted; check `endpoint`, or "
                f"name its authority in `ca_bundle` ({said})"
            ),
            needs_person=True,
        )

    def _not_reached(self, said: str) -> NotSent:
        return NotSent(readable(f"{self._address.netloc} cannot be reached: {said}"))


class _Route(HTTPAdapter):
    """The way to one address, found once by requests: proxy, certificates, connections.

    Each request then takes half of the time that requests would need for it.
    """

    def __init__(
        self, session: requests.Session, url: str, key: ApiKey, *, verify: bool | str | None
    ) -> None:
        """Raises `InvalidURL` where the environment names a proxy that cannot be used."""
        super().__init__()
        session.mount(url, self)  # to be closed with it
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = session.prepare_request(requests.Request("POST", url, headers=headers, auth=key))
        settings = session.merge_environment_settings(url, {}, None, verify, None)
        trusted = settings["verify"]
        try:
            pool = self.get_connection_with_tls_context(
                request, trusted, proxies=settings["proxies"]
            )
        except (LocationValueError, TypeError):  # requests trips over a user without a host
            raise requests.exceptions.InvalidProxyURL from None
        self.cert_verify(pool, url, trusted, None)  # type: ignore[no-untyped-call]
        self._pool = cast(HTTPConnectionPool, pool)
        self._path = request.path_url
        self._headers = {**request.headers}

    def exchange(self, body: _Body, timeout: float) -> tuple[BaseHTTPResponse, bytes]:
        """The response and its whole body. Redirects are not followed, nothing is tried again."""
        response = self._pool.urlopen(
            "POST",
            self._path,
            body=body,
            headers={**self._headers, "Content-Length": str(len(body.getbuffer()))},
            retries=Retry(0, read=False),
            redirect=False,
            assert_same_host=False,
            timeout=Timeout(timeout),
            preload_content=False,
            decode_content=False,
        )
        try:
            return response, _bounded(response, body.deadline)
        finally:
            response.close()


class _Body(io.BytesIO):
    """A request's body that knows whether its sending has begun, and does not begin too late."""

    def __init__(self, content: bytes, deadline: float) -> None:
        super().__init__(content)
        self.deadline, self.sent = deadline, False

    def read(self, size: int | None = -1) -> bytes:
        if not self.sent and time.monotonic() > self.deadline:
            raise TimeoutError("connecting took too long")
        self.sent = True
        return super().read(size)


def longest(timeout: float) -> float:
    """After so many seconds nothing of a request is under way: its last wait may begin late."""
    return 2 * timeout


def usable_endpoint(endpoint: str) -> str:
    """The endpoint as it is. Raises `ConfigError` where the key must not be sent to it."""
    try:
        address = parse_url(endpoint)
    except LocationParseError:
        address = Url()
    if address.scheme is None or address.host is None:
        raise ConfigError([f"endpoint {endpoint!r} is not a URL; write https://HOST/graphql"])
    if address.auth:
        raise ConfigError([f"the endpoint on {address.host} has a user in it; take that out"])
    if address.scheme != "https" and not (address.scheme == "http" and _is_loopback(address.host)):
        raise ConfigError(
            [f"endpoint {endpoint!r} would carry the key in clear text; use https://"]
        )
    return endpoint


def usable_key(key: str) -> ApiKey:
    """The key without blanks around it. Raises `ConfigError` where no header can carry it."""
    stripped = key.strip()
    if not re.fullmatch(r"[!-~]+", stripped):
        raise ConfigError(
            ["the Arize key is empty or has characters that no key has; copy it anew"]
        )
    return ApiKey(stripped)


def usable_ca_bundle(path: str | None) -> str | None:
    """The path of a file of certificates. Raises `ConfigError` where there are none in it."""
    if path is not None:
        try:
            ssl.create_default_context(cafile=path)
        except OSError as error:
            raise ConfigError(
                [f"ca_bundle {path} cannot be used: {_root(error)}; it must be a PEM file"]
            ) from None
    return path


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _bounded(response: BaseHTTPResponse, deadline: float) -> bytes:
    body = bytearray()
    while piece := response.read1(65536, decode_content=True):
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise requests.exceptions.ContentDecodingError("the answer is larger than 10 MB")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the answer did not end in time")
    return bytes(body)


def _root(error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__
