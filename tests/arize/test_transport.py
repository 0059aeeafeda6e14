from __future__ import annotations

import gzip
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from gql import GraphQLRequest

from sheets_sync.arize.answer import Answer, NoAnswer, NotSent, Reply
from sheets_sync.arize.transport import (
    Transport,
    Undelivered,
    usable_ca_bundle,
    usable_endpoint,
    usable_key,
)
from sheets_sync.errors import ConfigError

KEY = "ak-0123456789abcdef"
QUESTION = GraphQLRequest("{ viewer { user { name } } }")
GOOD = json.dumps({"data": {"viewer": None}}).encode()

Respond = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Respond], str]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    respond: Respond
    keys: list[str | None]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Note the key of a whole request, then do as the test says."""
        assert isinstance(self.server, _Server)
        length = int(self.headers["Content-Length"])
        if len(self.rfile.read(length)) < length:
            return
        self.server.keys.append(self.headers.get("x-api-key"))
        self.server.respond(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    """What is shut down at the end of a test."""
    with ExitStack() as stack:
        yield stack


def _start(servers: ExitStack, respond: Respond) -> _Server:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.respond = respond
    server.keys = []
    servers.callback(server.server_close)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    servers.callback(thread.join)
    servers.callback(server.shutdown)
    return server


@pytest.fixture
def serve(servers: ExitStack) -> Serve:
    """Start a server that answers as told; returns its URL."""

    def start(respond: Respond) -> str:
        return f"http://127.0.0.1:{_start(servers, respond).server_port}/graphql"

    return start


def _ask(url: str, *, timeout: float = 5.0, ca_bundle: str | None = None) -> Reply:
    transport = Transport(url, usable_key(KEY), ca_bundle=ca_bundle, timeout=timeout)
    transport.connect()
    try:
        return transport.ask(QUESTION)
    finally:
        transport.close()


def _answer(status: int, body: bytes, **headers: str) -> Respond:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return respond


def _chunked(pieces: list[bytes], pause: Event | None = None) -> Respond:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if pause is not None:
                pause.wait(0.05)
        handler.wfile.write(b"0\r\n\r\n")

    return respond


def test_sends_the_key_and_reads_the_answer(servers: ExitStack) -> None:
    """One POST with `x-api-key`, and the data that came back."""
    server = _start(servers, _answer(200, GOOD))
    reply = _ask(f"http://127.0.0.1:{server.server_port}/graphql")
    assert isinstance(reply, Answer)
    assert (reply.status, reply.data) == (200, {"viewer": None})
    assert server.keys == [KEY]


@pytest.mark.parametrize(
    "respond",
    [
        _answer(200, gzip.compress(GOOD), Content_Encoding="gzip"),
        _chunked([GOOD[:5], GOOD[5:]]),
        _chunked([bytes([byte]) for byte in GOOD]),
    ],
)
def test_reads_bodies_however_they_come(respond: Respond, serve: Serve) -> None:
    """Compressed or in chunks, it is the same answer."""
    reply = _ask(serve(respond))
    assert isinstance(reply, Answer)
    assert reply.data == {"viewer": None}


def test_status_and_wait_outlive_json_errors(serve: Serve) -> None:
    """A 429 whose body is GraphQL keeps its status and its Retry-After."""
    body = json.dumps({"errors": [{"message": "TOO_MANY_REQUESTS"}]}).encode()
    reply = _ask(serve(_answer(429, body, Retry_After="12")))
    assert isinstance(reply, Answer)
    assert (reply.status, reply.retry_after) == (429, 12.0)
    assert reply.said == "HTTP 429: TOO_MANY_REQUESTS"


def test_a_redirect_does_not_carry_the_key_away(servers: ExitStack) -> None:
    """It is an answer like others, and the place it names is never asked."""
    elsewhere = _start(servers, _answer(200, GOOD))
    away = f"http://localhost:{elsewhere.server_port}/graphql"
    for status in (301, 302, 307, 308):
        server = _start(servers, _answer(status, b"", Location=away))
        reply = _ask(f"http://127.0.0.1:{server.server_port}/graphql")
        assert isinstance(reply, Answer)
        assert reply.status == status
    assert elsewhere.keys == []


def test_no_proxy_gets_between_to_loopback(
    servers: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment would see the key of a request in clear text."""
    proxy, server = _start(servers, _answer(502, b"")), _start(servers, _answer(200, GOOD))
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    reply = _ask(f"http://127.0.0.1:{server.server_port}/graphql")
    assert isinstance(reply, Answer)
    assert (proxy.keys, server.keys) == ([], [KEY])


@pytest.mark.parametrize("compressed", [True, False])
def test_a_huge_answer_is_not_taken_in(*, compressed: bool, serve: Serve) -> None:
    """More than 10 MB, compressed or not, is no answer."""
    body = b" " * (10 * 1024 * 1024 + 1)
    respond = (
        _answer(200, gzip.compress(body), Content_Encoding="gzip")
        if compressed
        else _answer(200, body)
    )
    reply = _ask(serve(respond))
    assert reply == NoAnswer("no answer came: the answer is larger than 10 MB")


def test_an_answer_that_never_ends_is_given_up(serve: Serve) -> None:
    """Drops that each come in time do not outlast the timeout together."""
    reply = _ask(serve(_chunked([b" "] * 600, Event())), timeout=0.3)
    assert reply == NoAnswer("no answer came: the answer did not end in time")


def test_what_could_not_be_sent_in_time_is_not_sent_later(servers: ExitStack) -> None:
    """Whoever waits for its end counts on that."""
    server = _start(servers, _answer(200, GOOD))
    url = f"http://127.0.0.1:{server.server_port}/graphql"
    transport = Transport(url, usable_key(KEY), ca_bundle=None, timeout=5)
    transport.connect()
    try:
        transport.ask(QUESTION)
        with pytest.raises(Undelivered) as caught:
            transport.execute(QUESTION, timeout=1e-9)
    finally:
        transport.close()

    assert isinstance(caught.value.reply, NotSent)
    assert "connecting took too long" in caught.value.reply.message
    assert server.keys == [KEY]


def test_an_answer_cut_short_is_none(serve: Serve) -> None:
    """Half a body proves nothing."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(GOOD)
        handler.close_connection = True

    assert isinstance(_ask(serve(respond)), NoAnswer)


def test_silence_is_no_answer(serve: Serve) -> None:
    """After the timeout, with the request sent."""
    release = Event()
    url = serve(lambda _: (release.wait(5), None)[1])
    reply = _ask(url, timeout=0.2)
    release.set()
    assert isinstance(reply, NoAnswer)
    assert "timed out" in reply.message.lower()


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://127.0.0.1:9/graphql", "127.0.0.1:9 cannot be reached"),
        ("https://no-such-host.invalid/graphql", "no-such-host.invalid cannot be reached"),
    ],
)
def test_what_cannot_be_reached_was_not_sent(url: str, part: str) -> None:
    """A refused connection or an unknown host is known not to have the request."""
    reply = _ask(url)
    assert isinstance(reply, NotSent)
    assert part in reply.message
    assert not reply.needs_person


def test_a_connection_that_is_not_taken_up_was_not_sent() -> None:
    """A full backlog lets connecting time out."""
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(8):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        reply = _ask(f"http://127.0.0.1:{full.getsockname()[1]}/graphql", timeout=0.3)
    assert isinstance(reply, NotSent)


@pytest.fixture
def tls_server(
    servers: ExitStack, tls_key: RSAPrivateKey, tmp_path: Path
) -> tuple[_Server, str, str]:
    """A server with a certificate of its own making; its URL, and the certificate's path."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(tls_key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(tls_key, hashes.SHA256())
    )
    chain, key = tmp_path / "server.pem", tmp_path / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        tls_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server = _start(servers, _answer(200, GOOD))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server, f"https://127.0.0.1:{server.server_port}/graphql", str(chain)


def test_a_certificate_is_trusted_only_by_its_authority(
    tls_server: tuple[_Server, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown certificate gets no key, whatever the environment; a CA bundle admits it."""
    server, url, chain = tls_server
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    reply = _ask(url)
    assert isinstance(reply, NotSent)
    assert reply.needs_person
    assert "`ca_bundle`" in reply.message
    assert "self-signed certificate" in reply.message
    assert server.keys == []
    assert isinstance(_ask(url, ca_bundle=usable_ca_bundle(chain)), Answer)
    assert server.keys == [KEY]


def test_plain_http_on_a_tls_port_was_not_sent(serve: Serve) -> None:
    """A handshake that fails has not sent the request."""
    reply = _ask(serve(_answer(200, GOOD)).replace("http:", "https:"))
    assert isinstance(reply, NotSent)
    assert reply.needs_person


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://app.arize.com/graphql",
        "https://app.eu-west-1a.arize.com/graphql",
        "http://127.0.0.1:8765/graphql",
        "http://127.9.9.9/graphql",
        "http://[::1]:8765/graphql",
        "http://localhost:8765/graphql",
    ],
)
def test_endpoints_that_may_have_the_key(endpoint: str) -> None:
    """Anything by TLS, and this very machine without."""
    assert usable_endpoint(endpoint) == endpoint


@pytest.mark.parametrize(
    ("endpoint", "part"),
    [
        ("http://app.arize.com/graphql", "clear text"),
        ("http://localhost.evil.com/graphql", "clear text"),
        ("http://127.0.0.1.evil.com/graphql", "clear text"),
        ("http://0.0.0.0/graphql", "clear text"),
        ("ftp://127.0.0.1/graphql", "clear text"),
        ("app.arize.com/graphql", "not a URL"),
        ("", "not a URL"),
        ("https://user:secret@app.arize.com/graphql", "app.arize.com has a user"),
        ("https://[::1/graphql", "not a URL"),
        ("https://app.arize.com:port/graphql", "not a URL"),
        ("/graphql", "not a URL"),
    ],
)
def test_endpoints_that_may_not(endpoint: str, part: str) -> None:
    """They are refused with a cure before anything is sent."""
    with pytest.raises(ConfigError, match=part) as raised:
        usable_endpoint(endpoint)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "schlüssel"])
def test_keys_that_no_header_can_carry(key: str) -> None:
    """They are refused without being shown."""
    with pytest.raises(ConfigError) as raised:
        usable_key(key)
    assert not key.strip() or key not in str(raised.value)


def test_keys_show_nothing(servers: ExitStack) -> None:
    """Blanks around a key, as from a file, are taken off; what objects show has no key."""
    server = _start(servers, _answer(200, GOOD))
    key = usable_key(f" {KEY}\n")
    transport = Transport(
        f"http://127.0.0.1:{server.server_port}/graphql", key, ca_bundle=None, timeout=5
    )
    transport.connect()
    transport.ask(QUESTION)
    transport.close()
    assert server.keys == [KEY]
    assert KEY not in f"{key!r} {key} {transport!r} {transport} {vars(transport)}"


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_ca_bundles_that_hold_nothing(content: str | None, tmp_path: Path) -> None:
    """A missing or empty file is a problem of the configuration, not of each request."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=r"ca_bundle .*ca\.pem cannot be used"):
        usable_ca_bundle(str(path))
