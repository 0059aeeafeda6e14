"""One port for machines: `/metrics`, `/healthz` and `/readyz`, read-only and without secrets."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.config import LifespanType, WSProtocolType

from sheets_sync.errors import ConfigError, StateError
from sheets_sync.observability.metrics import CONTENT_TYPE, Metrics

log = structlog.get_logger(__name__)

AT_ONCE = 32
"""More connections than this are turned away."""


@contextmanager
def answering(
    host: str,
    port: int,
    *,
    metrics: Metrics,
    dead: Callable[[], str],
    unready: Callable[[], Sequence[str]],
) -> Iterator[None]:
    """Answer until the end; `dead` and `unready` say why it is not alive, or not ready.

    Raises `ConfigError` where the port cannot be used.
    """
    pages = Starlette(routes=[*routes(metrics, dead, unready)])
    with served(pages, host, port, named="http", ws="none", limit_concurrency=AT_ONCE):
        yield


@contextmanager
def served(  # noqa: PLR0913 - what a web server is told
    pages: ASGIApp,
    host: str,
    port: int,
    *,
    named: str,
    ws: WSProtocolType,
    limit_concurrency: int,
    lifespan: LifespanType = "off",
) -> Iterator[None]:
    """Serve pages in a thread until the end; `named` is what asked for the port.

    Raises `ConfigError` where the port cannot be used.
    """
    with _listener(host, port, named) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                pages,
                ws=ws,
                lifespan=lifespan,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=limit_concurrency,
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=server.run, args=([listener],), name=named, daemon=True)
        thread.start()
        log.info("answering", host=host, port=port)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


def _listener(host: str, port: int, named: str) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        code = error.errno or 0
        reason = os.strerror(code) if code > 0 else error.strerror
        raise ConfigError(
            [f"{named}: {host}:{port} cannot be used ({reason}); choose another port or host"]
        ) from None


def routes(
    metrics: Metrics, dead: Callable[[], str], unready: Callable[[], Sequence[str]]
) -> Sequence[Route]:
    """The three pages for machines."""

    def scraped(_: Request) -> Response:
        try:
            return Response(metrics.text(), media_type=CONTENT_TYPE)
        except StateError as trouble:
            return Response(f"{trouble}\n", 503)

    def alive(_: Request) -> Response:
        reason = dead()
        return _told([reason] if reason else [], "alive")

    def ready(_: Request) -> Response:
        try:
            return _told(unready(), "ready")
        except StateError as trouble:
            return _told([str(trouble)], "ready")

    return [
        Route("/metrics", scraped),
        Route("/healthz", alive),
        Route("/readyz", ready),
    ]


def _told(reasons: Sequence[str], what: str) -> Response:
    """200, or 503 with the reasons."""
    content = {what: not reasons} | ({"reasons": [*reasons]} if reasons else {})
    return JSONResponse(content, 503 if reasons else 200)
