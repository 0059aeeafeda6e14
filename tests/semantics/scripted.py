"""An Arize that answers what a table says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from pydantic import BaseModel, Field

from sheets_sync.domain.delivery import Dialect


@dataclass(frozen=True)
class Said:
    """One answer; in its body ID stands for the `clientMutationId` sent, ID1 for that of `$i1`."""

    status: int
    body: str = ""
    retry_after: str = ""


class _Input(BaseModel):
    attempt: str = Field(alias="clientMutationId")


class _Request(BaseModel):
    variables: dict[str, _Input]


class _Question(BaseModel):
    query: str


@dataclass
class Scripted:
    """What it answers next, how it goes on, and how often rows were sent.

    Asked whose the key is or for the model, it knows them.
    """

    answers: list[Said]
    dialect: Dialect = "seed"
    afterwards: Said | None = None
    """None: every row is accepted."""
    asked: int = 0
    url: str = ""

    def answer(self, body: bytes) -> Said:
        """The answer to one request."""
        question = _Question.model_validate_json(body).query
        if question.startswith("query viewer"):
            return Said(200, '{"data": {"viewer": {"user": {"name": "Ada"}}}}')
        if question.startswith("query node"):
            return Said(200, '{"data": {"node": {"__typename": "Model", "name": "answers"}}}')
        self.asked += 1
        sent = [row.attempt for row in _Request.model_validate_json(body).variables.values()]
        said = self.answers.pop(0) if self.answers else self.afterwards or self._accepted(sent)
        text = said.body
        for number, attempt in enumerate(sent):
            text = text.replace(f'"ID{number}"', f'"{attempt}"')
        return Said(said.status, text.replace('"ID"', f'"{sent[0]}"'), said.retry_after)

    def _accepted(self, sent: list[str]) -> Said:
        success = {"result": {"__typename": "UpdateAnnotationSuccess", "success": True}}
        data = {
            f"m{number}": success if self.dialect == "config" else {"clientMutationId": attempt}
            for number, attempt in enumerate(sent)
        }
        return Said(200, json.dumps({"data": data}))


@contextmanager
def served(scripted: Scripted) -> Iterator[Scripted]:
    """Let it answer on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(scripted.answer))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    scripted.url = f"http://127.0.0.1:{server.server_port}/graphql"
    try:
        yield scripted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answering(answer: Callable[[bytes], Said]) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            said = answer(self.rfile.read(int(self.headers["Content-Length"])))
            body = said.body.encode()
            self.send_response(said.status)
            if said.retry_after:
                self.send_header("Retry-After", said.retry_after)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    return Answering
