"""What stands between the program and the sandbox, and spoils the answers to one request."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from sheets_sync.sandbox.server import Contact
from tests.bad_input.spoiled import raw

REQUESTS = {
    "token": r"POST /token ",
    "describe": r"GET \S+properties%28title",
    "read": r"GET \S+/values:batchGet\?",
    "reread": r"POST \S+:batchGetByDataFilter ",
    "widths": r"GET \S+columnCount",
    "mark": r"POST \S+/spreadsheets/[^/]+:batchUpdate ",
    "write": r"POST \S+:batchUpdateByDataFilter ",
    "protection": r"GET \S+protectedRanges",
    "dialect": r"(?s)POST /graphql .*query dialect",
    "post": r"(?s)POST /graphql .*updateAnnotations",
    "viewer": r"(?s)POST /graphql .*query viewer",
    "model": r"(?s)POST /graphql .*query node",
    "limit": r"(?s)POST /graphql .*query rateLimit",
}
"""Every request of the program by its name in the tables."""
_SENT = re.compile(r'"clientMutationId": "([^"]+)"')


@dataclass
class Between:
    """Passes everything on but the `request` of that name, which it answers with `answer`."""

    origin: str
    request: str = ""
    answer: str = ""
    damage: Callable[[bytes], bytes] | None = None
    """What becomes of all other answers on their way."""
    met: int = 0
    """How many requests were answered so."""

    def spoil(self, request: str, answer: str) -> None:
        """From now on answer so; an empty `request` lets all be well again."""
        self.request, self.answer, self.met = request, answer, 0

    def spoiled(self, method: str, path: str, body: bytes) -> bytes | None:
        """The bad answer as bytes of HTTP, None where the request is to be passed on."""
        said = f"{method} {path} {body.decode()}"
        if not self.request or not re.match(REQUESTS[self.request], said):
            return None
        self.met += 1
        answer = self.answer
        for number, attempt in enumerate(_SENT.findall(said)):
            answer = answer.replace(f"ID{number}", attempt)
        return raw(answer)


@contextmanager
def between(contact: Contact, folder: Path) -> Iterator[tuple[Between, Contact]]:
    """Stand there; the contact leads through it, the token endpoint too."""
    origin = contact.google_api.rstrip("/")
    here = Between(origin)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _passing(here))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    root = f"http://127.0.0.1:{server.server_port}"
    key = json.loads(Path(contact.credentials_file).read_text("utf-8"))
    file = folder / "key.json"
    file.write_text(json.dumps({**key, "token_uri": f"{root}/token"}), "utf-8")
    try:
        yield (
            here,
            replace(
                contact,
                google_api=root,
                arize_graphql=f"{root}/graphql",
                credentials_file=str(file),
            ),
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _passing(here: Between) -> type[BaseHTTPRequestHandler]:
    session = requests.Session()
    session.trust_env = False

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            said = here.spoiled(self.command, self.path, body)
            with suppress(OSError):  # the program has heard enough
                if said is not None:
                    self.wfile.write(said)
                    return
                found = session.request(
                    self.command,
                    f"{here.origin}{self.path}",
                    data=body,
                    headers={k: v for k, v in self.headers.items() if k.lower() != "host"},
                    timeout=60,
                )
                content = here.damage(found.content) if here.damage else found.content
                _send(self.wfile, found, content)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    return Passing


def _send(to: io.BufferedIOBase, found: requests.Response, content: bytes) -> None:
    kind = found.headers.get("Content-Type", "application/json")
    to.write(
        f"HTTP/1.1 {found.status_code} X\r\nContent-Type: {kind}\r\nConnection: close\r\n"
        f"Content-Length: {len(content)}\r\n\r\n".encode()
    )
    to.write(content)
