"""The check of all traffic against Google's discovery documents, which must find what is wrong."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.wire import Answer, Call, Json
from tests.discovery import Discovery
from tests.sandbox.google_calls import Google
from tests.sandbox_client import Control

_GET = "GET /v4/spreadsheets/ID/values/Sheet1!A1"
_PUT = "PUT /v4/spreadsheets/ID/values/Sheet1!A1"
_FILE = "GET /drive/v3/files/ID"
_RANGE: dict[str, Json] = {"range": "Sheet1!A1", "majorDimension": "ROWS", "values": [["x", None]]}


def _problems(
    sent: str, body: Json, answer: Json, status: int = 200, caller: str = "sync@example.com"
) -> list[str]:
    """What is said of one call, such as `GET /path?query`, and its answer."""
    method, _, uri = sent.partition(" ")
    url = urlsplit(uri)
    content = b"" if body is None else json.dumps(body).encode()
    call = Call(method, url.path, {}, parse_qs(url.query), content, {}, caller)
    discovery = Discovery()
    discovery(call, Answer(status, answer))
    return discovery.problems


@pytest.mark.parametrize(
    ("sent", "body", "answer"),
    [
        (f"{_GET}?majorDimension=ROWS&fields=values", None, _RANGE),
        (f"{_PUT}?valueInputOption=RAW", _RANGE, {"updatedCells": 1}),
        (f"{_PUT}/2 b", {"values": [["x"]], "range": None}, {}),
        (f"{_FILE}?fields=id,owners(me),lastModifyingUser/me,*", None, {}),
        (f"{_FILE}?supportsAllDrives=True", None, {"version": "7"}),
        ("DELETE /drive/v3/files/ID", None, None),
        ("GET /v4/spreadsheets/ID/values:batchGet?ranges=A1&ranges=B1", None, {}),
    ],
)
def test_what_is_described_is_in_order(sent: str, body: Json, answer: Json) -> None:
    """Nothing is said of good calls; null in a request counts as absent, and stands for a cell."""
    assert _problems(sent, body, answer) == []


@pytest.mark.parametrize(
    ("sent", "body", "answer", "words"),
    [
        ("GET /v4/spreadsheets/ID/cells", None, {}, "no such call"),
        (f"{_GET}?majorDimensions=ROWS", None, {}, "majorDimensions is not known"),
        (f"{_GET}?range=A1", None, {}, "range is not known"),
        (f"{_GET}?majorDimension=LINES", None, {}, "majorDimension=LINES"),
        (f"{_GET}?fields=values&fields=range", None, {}, "fields stands 2 times"),
        (f"{_FILE}?supportsAllDrives=yes", None, {}, "supportsAllDrives=yes"),
        (f"{_FILE}?fields=id,owners(me,mail)", None, {}, "fields=owners.mail"),
        (f"{_GET}?fields=values(x)", None, {}, "fields=values.x"),
        (f"{_GET}?fields=values(", None, {}, "fields cannot be read"),
        ("GET /drive/v3/changes", None, {}, "pageToken is missing"),
        (_GET, {"values": []}, {}, "request a body where none belongs"),
        (_PUT, {"valuez": []}, {}, "request $ Additional properties"),
        (_PUT, {"values": [1]}, {}, "request $.values[0] 1 is not of type 'array'"),
        (_GET, None, {"rows": []}, "answer $ Additional properties"),
        (_GET, None, {"range": None}, "answer $.range None is not of type"),
        (_GET, None, {"majorDimension": "LINES"}, "answer $.majorDimension"),
        (_FILE, None, {"version": 7}, "answer $.version"),
        (_FILE, None, {"modifiedTime": "yesterday"}, "answer $.modifiedTime"),
        (_FILE, None, {"owners": [{"name": "x"}]}, "answer $.owners[0] Additional"),
        ("DELETE /drive/v3/files/ID", None, {}, "answer a body where none belongs"),
        (_GET, None, {"values": [[1]] * 99 + [1]}, "is not of type 'array'"),
    ],
)
def test_what_is_not_described_is_found(sent: str, body: Json, answer: Json, words: str) -> None:
    """Each problem names the call, the side and the place."""
    (problem,) = _problems(sent, body, answer)
    assert problem.startswith(f"{sent.partition('?')[0]}: ")
    assert words in problem


@pytest.mark.parametrize(
    ("status", "answer", "good"),
    [
        (400, {"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}, True),
        (404, {"error": {"code": 404, "message": "m", "errors": []}}, True),
        (502, "<html>", True),
        (404, "<html>", False),
        (404, {"error": {"code": 400, "message": "m", "status": "NOT_FOUND"}}, False),
        (404, {"error": {"code": 404, "message": "m"}}, False),
        (404, {"error": {"code": 404, "message": "m", "status": "s", "reason": "r"}}, False),
        (404, {"message": "m"}, False),
    ],
)
def test_errors_have_googles_shape(status: int, answer: Json, good: bool) -> None:  # noqa: FBT001 - a column of the table
    """JSON with a code, a message and a status or its reasons; HTML from a gateway alone."""
    assert (_problems(_GET, None, answer, status) == []) is good


def test_a_bad_request_may_be_sent_on_purpose_by_people_only() -> None:
    """What a service account sends is held to the documents whatever it is answered."""
    error: Json = {"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}
    bad: Json = {"valuez": []}
    assert len(_problems(_PUT, bad, error, 400)) == 1
    assert _problems(_PUT, bad, error, 400, caller="human:ann") == []


def test_a_sandbox_shows_all_calls_to_google(sandbox_key: RSAPrivateKey) -> None:
    """The observer sees calls and answers, those of faults too."""
    seen: list[tuple[str, str, int]] = []

    def observe(call: Call, answer: Answer) -> None:
        seen.append((call.method, call.path, answer.status))

    with Sandbox(key=sandbox_key, observer=observe) as watched, Control(watched.contact) as control:
        sheet = Google(watched).spreadsheet(["x"])
        control.fault("google", action="html502")
        requests.get(watched.contact.google_api + sheet.path, timeout=5)
    assert seen == [
        ("POST", "/v4/spreadsheets", 200),
        ("PUT", f"{sheet.path}/values/Sheet1!A1", 200),
        ("GET", sheet.path, 502),
    ]


def test_a_large_answer_is_looked_at_in_no_time() -> None:
    """Of a long list only both ends are looked at."""
    values: Json = {"values": [["text", 1.5, True]] * 100_000}
    _problems(_GET, None, {})
    start = time.perf_counter()
    assert _problems(_GET, None, values) == []
    assert time.perf_counter() - start < 0.2
