"""All pages in NiceGUI's application; imported when one is first asked for, as it is large."""

from __future__ import annotations

from fastapi import FastAPI
from nicegui import app, ui
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from sheets_sync.sandbox.pages import arize, faults, grid, start
from sheets_sync.sandbox.pages.serving import Ask
from sheets_sync.sandbox.world import World

WEBSOCKETS = WebSocketsSansIOProtocol


def made(world: World, ask: Ask, failures: list[Exception]) -> FastAPI:
    """The pages of this world; `failures` is told what one of them raised."""
    site = FastAPI(openapi_url=None)
    app.on_exception(failures.append)
    ui.page("/")(lambda: start.show(world))
    ui.page("/sheets/{spreadsheet_id}")(grid.page(world, ask))
    ui.page("/arize")(lambda: arize.show(world))
    ui.page("/faults")(lambda: faults.show(world))
    ui.run_with(
        site,
        title="Sandbox",
        dark=None,
        language="en-US",
        binding_refresh_interval=None,
        tailwind=False,
        show_welcome_message=False,
    )
    return site
