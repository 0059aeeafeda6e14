"""Serves the console beside the running service, in the same process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from nicegui import app, core, ui
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Route

from sheets_sync.console import activity, mapping, new_mapping, overview, row
from sheets_sync.console.access import Access, Address
from sheets_sync.console.frame import Console, reason, said
from sheets_sync.console.guard import STYLES, Guard
from sheets_sync.observability.http import served
from sheets_sync.operations.desk import Desk

AT_ONCE = 256
"""Connections; each page that is open holds one."""


@contextmanager
def consoled(
    address: Address, access: Access, desk: Callable[[], Desk], probes: Sequence[BaseRoute]
) -> Iterator[None]:
    """Serve all pages until the end; once in a process, as NiceGUI has one application.

    Raises `ConfigError` for an address that cannot be used.
    """
    console = Console(desk, access)
    for page in (overview, mapping, row, new_mapping, activity):
        page.add(console)
    web = FastAPI(openapi_url=None)
    web.router.routes += [*probes, Route(STYLES, _styles), mapping.rows_route(console)]
    ui.run_with(
        web,
        title="sheets-sync",
        dark=None,
        language="en-US",
        binding_refresh_interval=None,
        tailwind=False,
        gzip_middleware_factory=None,
        show_welcome_message=False,
    )
    app.on_page_exception(_failed)
    core.app.config.socket_io_js_transports = ["websocket"]
    guarded = GZipMiddleware(Guard(web, access), minimum_size=1000)
    with served(
        guarded,
        address.host,
        address.port,
        named="--console",
        ws="websockets-sansio",
        lifespan="on",
        limit_concurrency=AT_ONCE,
    ):
        yield


def _failed(error: Exception) -> None:
    """Instead of a page that could not be made."""
    said(reason(error), "banner", "broken")


async def _styles(_: object) -> FileResponse:
    return FileResponse(Path(__file__).with_name("console.css"), media_type="text/css")
