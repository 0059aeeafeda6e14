"""Every request to the sandbox: found, counted, spoilt by faults, answered by a plain function."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sheets_sync.sandbox import google_access, google_api
from sheets_sync.sandbox.arize_api import Arize
from sheets_sync.sandbox.control import Control
from sheets_sync.sandbox.faults import Edit, Fault, Service
from sheets_sync.sandbox.pages.serving import Pages
from sheets_sync.sandbox.peaks import Thing
from sheets_sync.sandbox.quotas import is_read
from sheets_sync.sandbox.routing import Endpoint, Table, plain
from sheets_sync.sandbox.wire import Answer, Call, Json, Observer, Route
from sheets_sync.sandbox.world import World

_LONGEST_HANG = 120.0

_log = logging.getLogger(__name__)


class App:
    """Every request: found, counted, spoilt by faults, answered by a plain function."""

    def __init__(self, world: World, observer: Observer | None = None) -> None:
        self.failures: list[Exception] = []
        self.pages: Pages | None = None
        self._world = world
        self._observer = observer
        self._arize = Arize(world)
        google = [
            Endpoint("google", route, partial(self._google_answer, route))
            for route in google_api.routes(world.drive)
        ]
        endpoints = [
            *google,
            _plain("token", Route("POST", "/token", world.accounts.answer)),
            _plain("arize", Route("POST", "/graphql", self._arize.answer)),
            *(_plain("control", route) for route in Control(world).routes()),
        ]
        endpoints += [
            _plain("control", Route("GET", path, partial(_index, [*endpoints])))
            for path in ("/endpoints", "/")
        ]
        self._google = Table(google)
        self._table = Table(endpoints)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        if self.pages is not None and self.pages.has(scope["path"]):
            await self.pages(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return
        except Exception as error:
            self.failures.append(error)
            _log.exception("the sandbox failed at %s %s", request.method, request.url.path)
            await Response("the sandbox itself failed", 500)(scope, receive, send)
            raise
        if answer is None:
            scope["state"]["transport"].abort()
            await _left(request)
        else:
            await _response(answer)(scope, receive, send)

    async def _answer(self, request: Request) -> Answer | None:
        """The answer; None where the connection is to be cut."""
        path = plain(request.scope["raw_path"].decode("ascii"))
        found = self._table.find(request.method, path)
        body = await request.body()
        if found is None:
            return Answer(404, f"Not found: {request.method} {request.url.path}", {}, "text/plain")
        endpoint, place = found
        headers = dict(request.headers)
        caller = self._world.accounts.caller(headers) if endpoint.service == "google" else None
        call = Call(
            method=request.method,
            path=unquote(path),
            place=place,
            query={key: request.query_params.getlist(key) for key in request.query_params},
            body=body,
            headers=headers,
            caller=caller or "",
        )
        self._world.records.apply_due()
        self._count(endpoint, call)
        if endpoint.service == "control" or call.caller.startswith("human:"):
            return endpoint.answer(call)
        peaks, connection = self._world.peaks, request.scope["state"]["transport"]
        with peaks.under_way(self._concerned(endpoint, call), connection):
            answer = await self._answer_after_faults(endpoint, call, request)
        peaks.refused += answer is not None and answer.status == 429
        return answer

    async def _answer_after_faults(
        self, endpoint: Endpoint, call: Call, request: Request
    ) -> Answer | None:
        names = [f"{call.method} {call.path}"]
        if endpoint.service == "arize":
            names += self._arize.names(call)
        service: Service = "arize" if endpoint.service == "arize" else "google"
        fault = self._world.faults.pick(service, names)
        if fault is None:
            return self._work(endpoint, call, names)
        answer = await self._spoilt(fault, request, partial(self._work, endpoint, call, names))
        if answer is not None and endpoint.service == "google":
            self._observed(call, answer)
        return answer

    def _concerned(self, endpoint: Endpoint, call: Call) -> list[Thing]:
        """What nobody may be at together."""
        if endpoint.service == "arize":
            return [Thing("post", record) for record in self._arize.records(call)]
        if endpoint.route.method == "GET" and endpoint.route.pattern.endswith("values:batchGet"):
            return [Thing("read", call.place["id"])]
        return []

    async def _spoilt(
        self, fault: Fault, request: Request, work: Callable[[], Answer]
    ) -> Answer | None:
        answer = None
        if fault.when == "before":
            await asyncio.sleep(fault.latency_ms / 1000)
        if fault.works:
            with self._world.records.delayed(fault.apply_after_ms / 1000):
                answer = work()
        if fault.when == "after":
            await asyncio.sleep(fault.latency_ms / 1000)
        match fault.action:
            case None:
                return answer
            case "drop":
                return None
            case "hang":
                await _left(request)
                return None
            case "status" | "html502" | "graphql_error":
                return fault.answer()

    def _work(self, endpoint: Endpoint, call: Call, names: list[str]) -> Answer:
        self._world.records.apply_due()
        answer = endpoint.answer(call)
        for planned in self._world.betweens.due(names):
            edit = planned.between.edit
            planned.answer = self._edited(edit, f"human:{planned.between.name}")
        return answer

    def ask(
        self, method: str, path: str, body: Json, caller: str, *, counts: bool = True
    ) -> Answer:
        """What Google answers to a person who asks from inside; `path` with its query."""
        url = urlsplit(path)
        found = self._google.find(method, url.path)
        if found is None:
            return Answer(404, "Not found")
        endpoint, place = found
        sent = json.dumps(body).encode() if body is not None else b""
        query = parse_qs(url.query, keep_blank_values=True)
        call = Call(method, unquote(url.path), place, query, sent, {}, caller)
        if counts:
            self._count(endpoint, call)
        return endpoint.answer(call)

    def _edited(self, edit: Edit, caller: str) -> Answer:
        """What Google answers to an edit made from inside, which must be a success."""
        answer = self.ask(edit.method, edit.path, edit.body, caller, counts=False)
        if answer.status >= 400:
            self.failures.append(
                ValueError(f"the edit {edit.method} {edit.path} was answered {answer}")
            )
        return answer

    def _google_answer(self, route: Route, call: Call) -> Answer:
        return self._observed(call, google_access.answer(self._world, route, call))

    def _observed(self, call: Call, answer: Answer) -> Answer:
        if self._observer is not None:
            self._observer(call, answer)
        return answer

    def _count(self, endpoint: Endpoint, call: Call) -> None:
        calls = self._world.calls
        match endpoint.service:
            case "control":
                pass
            case "arize":
                self._arize.count(call)
            case "token":
                calls.google[endpoint.label] += 1
            case "google" if not call.caller:
                calls.unauthenticated[endpoint.label] += 1
            case "google" if call.caller.startswith("human:"):
                calls.human[endpoint.label] += 1
            case "google":
                calls.google[endpoint.label] += 1
                if google_access.is_sheets(endpoint.route):
                    read = is_read(endpoint.route.method, endpoint.route.pattern)
                    calls.reads += read
                    calls.writes += not read


async def _left(request: Request) -> None:
    """Wait until the client is gone, or as long as a request may hang."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_HANG):
            while (await request.receive())["type"] != "http.disconnect":
                pass


def _index(endpoints: list[Endpoint], _: Call) -> Answer:
    lines = [f"{endpoint.route.method:6} {endpoint.route.pattern}" for endpoint in endpoints]
    return Answer(200, "\n".join(lines) + "\n", {}, "text/plain; charset=UTF-8")


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(None, answer.status, answer.headers)
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    return Response(text, answer.status, answer.headers, answer.media_type)


def _plain(service: Literal["token", "arize", "control"], route: Route) -> Endpoint:
    return Endpoint(service, route, route.answer)
