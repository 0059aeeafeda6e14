"""The pages beside the APIs: loaded when one is first asked for, and for this machine alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sheets_sync.sandbox.wire import Answer, Json
from sheets_sync.sandbox.world import World

if TYPE_CHECKING:
    from uvicorn import Config

Ask: TypeAlias = Callable[[str, str, Json, str], Answer]
"""Method, path with its query, body and caller: a request to the sandbox's own Google."""

_PATHS = {"/", "/arize", "/faults", "/favicon.ico"}
_FOLDERS = ("/sheets/", "/_nicegui")
_NAMES = {"127.0.0.1", "localhost"}


def can_be_shown() -> bool:
    """Whether the extra `console` is installed, which the pages are made with."""
    return find_spec("nicegui") is not None


class Pages:
    """The pages of one world, as an ASGI application; NiceGUI is one application per process.

    `failures` is told what a page itself raised. `config` is the server's: it learns to speak
    WebSocket once a page is there to use it.
    """

    def __init__(self, world: World, ask: Ask, failures: list[Exception], config: Config) -> None:
        self._world, self._ask, self._failures, self._config = world, ask, failures, config
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._app: ASGIApp | None = None

    @staticmethod
    def has(path: str) -> bool:
        """Whether a path is one of theirs."""
        return path in _PATHS or path.startswith(_FOLDERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if not _is_of_this_machine(scope):
            refusal = PlainTextResponse("the sandbox's pages are for this machine alone\n", 403)
            await refusal(scope, receive, send)
            return
        app = await self._opened()
        await app(scope, receive, send)

    async def close(self) -> None:
        """End what the pages started."""
        await self._stack.aclose()

    async def _opened(self) -> ASGIApp:
        async with self._opening:
            if self._app is None:
                site = await asyncio.to_thread(import_module, "sheets_sync.sandbox.pages.site")
                app = site.made(self._world, self._ask, self._failures)
                await self._stack.enter_async_context(app.router.lifespan_context(app))
                self._config.ws_protocol_class = site.WEBSOCKETS
                self._app = app
            return self._app


def _is_of_this_machine(scope: Scope) -> bool:
    """Whether a browser asks for us by our own name, on behalf of a page of ours.

    A page of somebody else's whose name was made to lead here (DNS rebinding) has another name.
    """
    headers = Headers(scope=scope)
    host, origin = headers.get("host", ""), headers.get("origin")
    return host.partition(":")[0] in _NAMES and origin in {None, f"http://{host}"}
