"""A minimal Arize: it echoes what proves acceptance, and does nothing else."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    latency = 0.0

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.latency)
        data = {
            f"m{name[1:]}": {"clientMutationId": row["clientMutationId"]}
            for name, row in asked["variables"].items()
        }
        body = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def process_request(self, request: socket.socket, address: tuple[str, int]) -> None:  # type: ignore[override]
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().process_request(request, address)


@contextmanager
def minimal_arize(latency: float) -> Iterator[str]:
    """The URL of one in a process of its own; it answers after `latency` seconds."""
    command = [sys.executable, "-m", "benchmarks.arize", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}/graphql"
        finally:
            server.terminate()


if __name__ == "__main__":
    _Echo.latency = float(sys.argv[1])
    serving = _Server(("127.0.0.1", 0), _Echo)
    print(serving.server_address[1], flush=True)
    serving.serve_forever()
