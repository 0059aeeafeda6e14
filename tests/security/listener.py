"""A real server that writes down whatever reaches it and answers as told."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    line: str
    headers: Mapping[str, str]
    body: str

    @property
    def text(self) -> str:
        """All of it, for a search."""
        return "\n".join([self.line, *map(": ".join, self.headers.items()), self.body])


@dataclass(frozen=True)
class Told:
    """One answer; `raw` is sent as it is, instead of HTTP."""

    status: int = 200
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""


Answers = Callable[[Asked], Told]


@dataclass
class Listener:
    """Where it is, and what came."""

    port: int
    asked: list[Asked] = field(default_factory=list)

    @property
    def root(self) -> str:
        """Its address without TLS."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def heard(self) -> str:
        """All that came, for a search."""
        return "\n".join(asked.text for asked in self.asked)


@contextmanager
def listening(answers: Answers, tls: ssl.SSLContext | None = None) -> Iterator[Listener]:
    """A listener on a free port of this machine."""
    listener: Listener

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked = Asked(
                f"{self.command} {self.path}",
                {name.lower(): value for name, value in self.headers.items()},
                body,
            )
            listener.asked.append(asked)
            told = answers(asked)
            with suppress(ConnectionError):
                self.wfile.write(told.raw.encode()) if told.raw else self._send(told)

        def _send(self, told: Told) -> None:
            text = told.body if isinstance(told.body, str) else json.dumps(told.body)
            self.send_response(told.status)
            for name, value in {**told.headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_CONNECT = _answer  # noqa: N815 - the base class's names

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hung up, or will not trust us, is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    listener = Listener(server.server_port)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
