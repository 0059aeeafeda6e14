"""A server that answers as told: what the sandbox's faults cannot say word by word."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "ya29.made-up-token"


@dataclass
class Scripted:
    """One answer; `hang` waits that many seconds before it."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: float = 0


@dataclass
class ScriptedGoogle:
    """Answers API requests, then token requests, from two lists; the last of each is repeated."""

    root: str = ""
    api: list[Scripted] = field(default_factory=lambda: [Scripted()])
    token: list[Scripted] = field(
        default_factory=lambda: [
            Scripted(body={"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        ]
    )
    asked: list[str] = field(default_factory=list)
    """`METHOD path` of every API request."""
    bodies: list[object] = field(default_factory=list)
    """The JSON body of every API request that has one."""
    authorizations: list[str] = field(default_factory=list)
    tokens_asked: int = 0

    def answer(self, method: str, path: str, authorization: str) -> Scripted:
        """The next answer."""
        if path == "/token":
            self.tokens_asked += 1
            return self.token.pop(0) if len(self.token) > 1 else self.token[0]
        self.asked.append(f"{method} {path}")
        self.authorizations.append(authorization)
        return self.api.pop(0) if len(self.api) > 1 else self.api[0]


@contextmanager
def serve() -> Iterator[ScriptedGoogle]:
    """A scripted Google on a free port of this machine."""
    google = ScriptedGoogle()
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if sent and self.path != "/token":
                google.bodies.append(json.loads(sent))
            answer = google.answer(self.command, self.path, self.headers.get("Authorization", ""))
            closing.wait(answer.hang)
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            with suppress(ConnectionError):  # the client has given up
                self._send(answer.status, answer.headers, text.encode())

        def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    google.root = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield google
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
