"""What is too large or too slow to be read whole."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from sheets_sync.google.session import BoundedSession, TooLarge

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


@contextmanager
def saying(say: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says this to everybody who asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    heard, _ = server.accept()
                    with heard, suppress(OSError):
                        heard.recv(65536)
                        say(heard)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def without_end(heard: socket.socket) -> None:
    """Blanks, for as long as anybody listens."""
    heard.sendall(HEAD + b"\r\n")
    while True:
        heard.sendall(b" " * 65536)


def in_drops(heard: socket.socket) -> None:
    """A blank every now and then."""
    heard.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
    for _ in range(1000):
        heard.sendall(b" ")
        time.sleep(0.02)


def moved_without_end(heard: socket.socket) -> None:
    """A redirect whose page has no end."""
    heard.sendall(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nConnection: close\r\n\r\n")
    while True:
        heard.sendall(b" " * 65536)


class Small(BoundedSession):
    """A session of less patience, so that the test takes less."""

    largest = 4_000_000


@pytest.mark.parametrize("say", [without_end, moved_without_end])
def test_an_answer_without_end_is_not_kept(say: Callable[[socket.socket], None]) -> None:
    """It is given up at the bound, a redirect's page too, and takes no more memory than that."""
    tracemalloc.start()
    with saying(say) as url, Small() as session, pytest.raises(TooLarge):
        session.get(url, timeout=(5, 5), allow_redirects=False)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * Small.largest


def test_an_answer_in_drops_is_given_up() -> None:
    """Each drop comes in time, the whole does not."""
    began = time.monotonic()
    with saying(in_drops) as url, BoundedSession() as session, pytest.raises(requests.ReadTimeout):
        session.get(url, timeout=(5, 0.5))
    assert time.monotonic() - began < 5
