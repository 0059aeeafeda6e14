from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.errors import ConfigError
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control

_SERVE = """
import dataclasses, json
from sheets_sync.sandbox.server import serve
serve(0, empty=False, announce=lambda c: print(json.dumps(dataclasses.asdict(c)), flush=True))
"""


def test_it_starts_in_no_time(sandbox_key: RSAPrivateKey) -> None:
    """A sandbox for one test costs less than 0.3 s of the processor until it answers."""
    start = time.process_time()
    with Sandbox(key=sandbox_key) as sandbox:
        assert requests.get(f"{sandbox.contact.control}/health", timeout=5).json() == {
            "status": "ok"
        }
        assert time.process_time() - start < 0.3


def test_it_listens_on_this_machine_only(sandbox: Sandbox) -> None:
    """No address but the loopback one takes connections."""
    port = urlsplit(sandbox.contact.google_api).port
    listening = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    addresses = {
        address.split(":")[0]
        for address in (line.split()[1] for line in listening if line.split()[3] == "0A")
        if int(address.split(":")[1], 16) == port
    }
    assert addresses == {"0100007F"}


def test_a_taken_port_is_said_in_words(sandbox: Sandbox) -> None:
    """Whoever asks for a port in use learns that, and what to do."""
    port = urlsplit(sandbox.contact.google_api).port or 0
    with pytest.raises(ConfigError, match=f"port {port} cannot be used"), Sandbox(port):
        pass


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(ending: signal.Signals) -> None:
    """`serve` announces where it is, and on a signal ends with 0 and takes its key file along."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        contact = json.loads(process.stdout.readline())
        key_file = Path(contact["credentials_file"])
        assert key_file.stat().st_mode & 0o777 == 0o600
        assert requests.get(f"{contact['control']}/health", timeout=5).ok
        os.kill(process.pid, ending)
        assert process.wait(10) == 0
    assert not key_file.exists()


def test_a_request_that_hangs_does_not_hold_up_the_end(
    sandbox_key: RSAPrivateKey,
) -> None:
    """Leaving a sandbox cuts what still hangs."""
    with Sandbox(key=sandbox_key) as sandbox, Control(sandbox.contact) as control:
        control.fault("arize", action="hang")
        address = urlsplit(sandbox.contact.arize_graphql)
        client = socket.create_connection((address.hostname, address.port))
        client.sendall(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        while control.fired() == [0]:
            time.sleep(0.01)
        start = time.perf_counter()
    assert time.perf_counter() - start < 2
    client.close()


def test_its_own_failures_are_not_swallowed(sandbox_key: RSAPrivateKey) -> None:
    """A defect of the sandbox is answered with 500 and raised when the context is left."""
    running = Sandbox(key=sandbox_key)
    running.__enter__()
    del running.world.records
    assert requests.get(f"{running.contact.control}/health", timeout=5).status_code == 500
    with pytest.raises(AttributeError):
        running.__exit__(None, None, None)


def test_a_path_is_matched_as_it_was_sent(control: Control) -> None:
    """Encoded slashes and colons belong to a sheet's title, not to the route."""
    book = control.add_spreadsheet([["x"]], worksheet="a/b: c?")
    assert control.human().read(book, "'a/b: c?'!A1:B2") == [["x"]]
    assert control.calls().human == {"GET /v4/spreadsheets/{id}/values/{range}": 1}


def test_an_unknown_path_is_not_found(sandbox: Sandbox) -> None:
    """A call the sandbox does not have is a plain 404 that names it."""
    answer = requests.get(f"{sandbox.contact.google_api}/v9/nothing", timeout=5)
    assert (answer.status_code, answer.text) == (404, "Not found: GET /v9/nothing")


def test_pages_list_the_endpoints(sandbox: Sandbox) -> None:
    """Whoever opens the root sees what there is."""
    text = requests.get(sandbox.contact.pages, timeout=5).text
    assert "POST   /graphql" in text
    assert "POST   /control/faults" in text
    assert "GET    /v4/spreadsheets/{id}" in text


def test_answers_come_without_delay(sandbox: Sandbox) -> None:
    """A small answer is not held back for the client's acknowledgement (40 ms on Linux)."""
    took = []
    with requests.Session() as session:
        for _ in range(40):
            start = time.perf_counter()
            session.get(f"{sandbox.contact.control}/health", timeout=5)
            took.append(time.perf_counter() - start)
    assert min(took[-10:]) < 0.02
