"""The sandbox's one HTTP server, on this machine only."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from sheets_sync.errors import ConfigError
from sheets_sync.sandbox import sample
from sheets_sync.sandbox.app import App
from sheets_sync.sandbox.pages.serving import Pages, can_be_shown
from sheets_sync.sandbox.wire import Observer
from sheets_sync.sandbox.world import World

_HOST = "127.0.0.1"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Contact:
    """Where a running sandbox is reached: URLs, and the path of a service-account file."""

    google_api: str
    arize_graphql: str
    credentials_file: str
    control: str
    pages: str


def serve(port: int, *, empty: bool, announce: Callable[[Contact], None]) -> None:
    """Run a sandbox until SIGTERM or SIGINT; `announce` is called once it can be reached.

    Port 0 is any free one. Raises `ConfigError` where the port is taken.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        with Sandbox(port, empty=empty, with_pages=True) as sandbox:
            announce(sandbox.contact)
            signal.sigwait(_SIGNALS)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Sandbox:
    """A sandbox in a thread of its own, from entering the context until leaving it.

    `key` spares making a new RSA key; `observer` is called from that thread. Only one sandbox of
    a process can have pages. Leaving raises what a handler of the sandbox itself raised, since no
    answer of it can be trusted then.
    """

    contact: Contact
    world: World

    def __init__(
        self,
        port: int = 0,
        *,
        empty: bool = True,
        key: RSAPrivateKey | None = None,
        observer: Observer | None = None,
        with_pages: bool = False,
    ) -> None:
        self._port = port
        self._empty = empty
        self._key = key
        self._observer = observer
        self._with_pages = with_pages

    def __enter__(self) -> Self:
        try:
            listener = socket.create_server((_HOST, self._port))
        except OSError as error:
            raise ConfigError(
                [f"port {self._port} cannot be used ({error.strerror}); choose another, or 0"]
            ) from None
        self._folder = tempfile.TemporaryDirectory(prefix="sheets-sync-sandbox-")
        base = f"http://{_HOST}:{listener.getsockname()[1]}"
        self.world = World(base, Path(self._folder.name), self._key)
        if not self._empty:
            sample.fill(self.world)
        account = self.world.accounts.add("sheets-sync", "sandbox")
        self.contact = Contact(
            google_api=base,
            arize_graphql=f"{base}/graphql",
            credentials_file=str(account.credentials_file),
            control=f"{base}/control",
            pages=f"{base}/",
        )
        self._app = App(self.world, self._observer)
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, ready)), name="sandbox", daemon=True
        )
        self._thread.start()
        ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._folder.cleanup()
        if self._app.failures and error is None:
            raise self._app.failures[0]

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        """Serve until the end, then cut what is still connected, so that nothing holds it up."""
        config = uvicorn.Config(
            self._app,
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=240,
        )
        config.load()
        if self._with_pages and can_be_shown():
            self._app.pages = Pages(self.world, self._app.ask, self._app.failures, config)
        state = ServerState()
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        ready.set()
        server = await self._loop.create_server(lambda: _Protocol(config, state, {}), sock=listener)
        await self._ended.wait()
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await server.wait_closed()
        if self._app.pages is not None:
            await self._app.pages.close()


class _Protocol(H11Protocol):
    """Sends without delay, and lets the application reach a request's connection, to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}
