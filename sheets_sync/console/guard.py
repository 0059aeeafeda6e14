"""Stands before every page: refuses foreign requests, lets people sign in, says what may load."""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sheets_sync.console.access import COOKIE, SESSION_LASTS, Access, is_loopback

PROBES = ("/metrics", "/healthz", "/readyz")
STYLES = "/console.css"
OPEN_TO_ALL = (*PROBES, STYLES, "/favicon.ico")
SOCKET = "/_nicegui_ws/"
NONCE = "nonce"
"""Under which a request's scope has what this answer's own scripts and styles are known by."""
READS = ("GET", "HEAD")
LONGEST_FORM = 4096
"""Bytes."""

_POLICY = (
    "default-src 'self'",
    "script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
    "style-src-elem 'self' 'nonce-{nonce}'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
"""Vue compiles the templates of NiceGUI's components in the browser, by eval. ECharts writes
`style` attributes, and AG Grid's style sheet has its icons in it. All else is a file or has a
nonce."""

_OF_PAGE = re.compile(rb"<(script|style)\b")
"""What a cell of a sheet says has no such tags any more: NiceGUI escapes it."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_SIGN_IN = """<!doctype html>
<html lang="en"><head><title>Sign in - sheets-sync</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/console.css"></head>
<body class="sign-in"><main><h1>sheets-sync</h1>
<form method="post" action="/login"><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"
required autofocus><p role="alert">{said}</p><button type="submit">Sign in</button></form>
</main></body></html>"""


class Guard:
    """The whole console behind what `access` asks for."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the pages answer."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        nonce = scope[NONCE] = secrets.token_urlsafe(16)
        guarded = _Guarded(send, nonce) if scope["type"] == "http" else send
        answer = self._refusal(asked) or await self._of_session(scope, receive)
        if answer is None:
            await self.app(scope, receive, guarded)
        elif scope["type"] == "http":
            await answer(scope, receive, guarded)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, asked: HTTPConnection) -> Response | None:
        """To who comes from another site, whatever cookies the browser brought."""
        host, origin = asked.headers.get("host", ""), asked.headers.get("origin")
        if self._access.is_open and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return _said(421, f"{host!r} is not this machine; open http://127.0.0.1 or localhost")
        is_socket = asked.scope["type"] == "websocket"
        if not is_socket and asked.url.path.startswith(SOCKET):
            return _said(403, "the console speaks through websockets alone; let them pass")
        changes = is_socket or asked.scope["method"] not in READS
        is_foreign = urlsplit(origin).netloc != host if origin else changes
        return _said(403, "this request came from another site") if is_foreign else None

    async def _of_session(self, scope: Scope, receive: Receive) -> Response | None:
        """The pages to sign in and out; where nobody has signed in, nothing else."""
        asked = HTTPConnection(scope)
        path = asked.url.path
        if path in OPEN_TO_ALL:
            return None
        if path == "/login" and scope["type"] == "http" and self._access.has_passwords:
            return await self._login(Request(scope, receive))
        if path == "/logout" and scope["type"] == "http" and scope["method"] == "POST":
            return self._logout(asked)
        if self._access.visitor(asked) is not None:
            return None
        if not self._access.has_passwords:
            return _said(403, "the proxy did not say who you are; open the console through it")
        return RedirectResponse("/login", 303)

    async def _login(self, request: Request) -> Response:
        if request.method != "POST":
            return HTMLResponse(_SIGN_IN.format(said=""))
        address = request.client.host if request.client else ""
        if self._access.must_wait(address):
            said = "Too many wrong passwords; wait a minute."
            return HTMLResponse(_SIGN_IN.format(said=said), 429, {"Retry-After": "60"})
        token = await run_in_threadpool(self._access.sign_in, await _password(request), address)
        if token is None:
            return HTMLResponse(_SIGN_IN.format(said="That is not the password."), 401)
        answer = RedirectResponse("/", 303)
        is_https = "https" in {request.url.scheme, request.headers.get("x-forwarded-proto")}
        answer.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION_LASTS),
            httponly=True,
            samesite="strict",
            secure=is_https,
        )
        return answer

    def _logout(self, asked: HTTPConnection) -> Response:
        self._access.sign_out(asked)
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer


class _Guarded:
    """Sends an answer with its headers, and a page with the nonce of its scripts."""

    def __init__(self, send: Send, nonce: str) -> None:
        self._send = send
        self._nonce = nonce
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers["Content-Security-Policy"] = "; ".join(_POLICY).format(nonce=self._nonce)
            if headers.get("content-type", "").startswith("text/html"):
                headers["Cache-Control"] = "no-store"
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = _OF_PAGE.sub(rf'<\1 nonce="{self._nonce}"'.encode(), self._body)
            MutableHeaders(scope=self._start)["Content-Length"] = str(len(page))
            await self._send(self._start)
            self._start = None
            message = {"type": "http.response.body", "body": page}
        await self._send(message)


async def _password(request: Request) -> str:
    form = b""
    async for part in request.stream():
        form += part
        if len(form) > LONGEST_FORM:
            return ""
    return parse_qs(form.decode(errors="replace")).get("password", [""])[0]


def _said(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status)
