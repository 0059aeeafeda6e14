from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from pydantic import BaseModel

from sheets_sync.errors import ConfigError, PermanentError, SourceError, TransientError
from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.transport import Limits, Transport
from tests.google.conftest import EMAIL
from tests.google.scripted import TOKEN, Scripted, ScriptedGoogle

URL = "https://sheets.googleapis.com/v4/spreadsheets/1AbC"
QUICK = Limits(timeout=(5, 5), attempts=3, total=5, first_wait=0.01)
HTML = "<html><title>Error 502 (Server Error)!!1</title></html>"

Connect: TypeAlias = Callable[..., Transport]


class Title(BaseModel):
    """An answer's model."""

    title: str


@pytest.fixture
def connect(key_file: Path, scripted: ScriptedGoogle) -> Connect:
    """A transport to the scripted server."""

    def connected(
        limits: Limits = QUICK, stopping: threading.Event | None = None, api_root: str = ""
    ) -> Transport:
        (account,) = load_accounts([key_file])
        return Transport(
            account, api_root=api_root or scripted.root, limits=limits, stopping=stopping
        )

    return connected


def _refusal(status: int, message: str, *reasons: str, **headers: str) -> Scripted:
    body = {"code": status, "message": message, "details": [{"reason": name} for name in reasons]}
    return Scripted(status, {"error": body}, headers)


def test_both_hosts_are_routed(connect: Connect, scripted: ScriptedGoogle) -> None:
    """Requests to Sheets and to Drive go to `api_root`, with the account's token."""
    transport = connect()
    transport.request("get", URL, params={"fields": "a"})
    transport.request("get", "https://www.googleapis.com/drive/v3/files")
    assert scripted.asked == ["GET /v4/spreadsheets/1AbC?fields=a", "GET /drive/v3/files"]
    assert scripted.authorizations == [f"Bearer {TOKEN}"] * 2


def test_proxy_of_the_environment_is_not_used(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy named in the environment does not stand between this machine and itself."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert connect().request("get", URL).ok


def test_plain_http_is_refused_off_loopback(connect: Connect) -> None:
    """A plain-http `api_root` on another machine is refused before anything is sent."""
    with pytest.raises(ConfigError, match=r"google\.api_root: plain http to example\.com"):
        connect(api_root="http://example.com")


def test_silent_server_ends_in_timeout(connect: Connect, scripted: ScriptedGoogle) -> None:
    """A server that does not answer is given up after the timeout, tried again, then reported."""
    scripted.api = [Scripted(hang=30)]
    began = time.monotonic()
    with pytest.raises(TransientError, match=r"1AbC: no answer from Google within 0\.2 s"):
        connect(Limits(timeout=(0.2, 0.2), attempts=2, first_wait=0.01)).request("get", URL)
    assert time.monotonic() - began < 3
    assert len(scripted.asked) == 2


def test_closed_port_is_out_of_reach(connect: Connect) -> None:
    """A refused connection is worth trying again, and said in plain words."""
    transport = connect()
    transport.request("get", URL)
    with pytest.raises(TransientError, match="Google is out of reach"):
        connect(api_root="http://127.0.0.1:1").request("get", URL)


@pytest.mark.parametrize(
    "failure",
    [
        Scripted(502, HTML),
        Scripted(503, {"error": {"code": 503, "message": "Unavailable"}}),
        Scripted(429, {"error": {"code": 429, "message": "Quota exceeded"}}),
        _refusal(403, "Rate Limit Exceeded", "userRateLimitExceeded"),
        Scripted(500, ""),
        Scripted(504, "[]"),
    ],
)
def test_passing_failures_are_tried_again(
    connect: Connect, scripted: ScriptedGoogle, failure: Scripted
) -> None:
    """Overload, quota and broken gateways are tried again until an answer comes."""
    scripted.api = [failure, failure, Scripted(body={"title": "Review"})]
    assert connect().ask(Title, URL).title == "Review"
    assert len(scripted.asked) == 3


def test_retries_are_bounded(connect: Connect, scripted: ScriptedGoogle) -> None:
    """After the last attempt the failure is raised, in one short line without the page's HTML."""
    scripted.api = [Scripted(502, HTML * 100)]
    with pytest.raises(TransientError) as caught:
        connect().request("post", f"{URL}:batchUpdate", json={})
    assert str(caught.value) == "spreadsheet 1AbC: Google answered HTTP 502: Bad Gateway"
    assert len(scripted.asked) == 3


def test_waits_double(connect: Connect, scripted: ScriptedGoogle) -> None:
    """Without a Retry-After the waits double, each with at most as much jitter again."""
    scripted.api = [Scripted(502, HTML)]
    began = time.monotonic()
    with pytest.raises(TransientError):
        connect(Limits(attempts=3, first_wait=0.2)).request("get", URL)
    assert 0.2 + 0.4 <= time.monotonic() - began < 2 * (0.2 + 0.4) + 1


def test_retry_after_is_honoured(connect: Connect, scripted: ScriptedGoogle) -> None:
    """A Retry-After that is longer than the own wait counts."""
    scripted.api = [_refusal(429, "Quota exceeded", **{"Retry-After": "1"}), Scripted()]
    began = time.monotonic()
    connect().request("get", URL)
    assert 1 <= time.monotonic() - began < 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_long_retry_after_is_left_to_the_caller(
    connect: Connect, scripted: ScriptedGoogle, form: str
) -> None:
    """A wait beyond the time for one request is not waited for but handed on, date or seconds."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    scripted.api = [
        _refusal(503, "Unavailable", **{"Retry-After": date if form == "date" else "300"})
    ]
    with pytest.raises(TransientError) as caught:
        connect().request("get", URL)
    assert caught.value.retry_after == pytest.approx(300, abs=3)
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("named", ["soon", "", "nan", "inf", "-5"])
def test_strange_retry_after_does_no_harm(
    connect: Connect, scripted: ScriptedGoogle, named: str
) -> None:
    """A Retry-After that makes no sense is as good as none."""
    scripted.api = [_refusal(503, "Unavailable", **{"Retry-After": named}), Scripted()]
    connect().request("get", URL)
    assert len(scripted.asked) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            _refusal(403, "The caller does not have permission"),
            f"not shared with {EMAIL} (The caller does not have permission); share the sheet with",
        ),
        (
            _refusal(403, "Sheets API has not been used: enable at URL", "SERVICE_DISABLED"),
            f"the API is not enabled in the project of {EMAIL}; enable it: Sheets API has not been",
        ),
        (
            _refusal(403, "Insufficient scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            f"the credentials of {EMAIL} lack the scope for spreadsheets",
        ),
        (_refusal(404, "Requested entity was not found."), "not found (Requested entity"),
        (
            _refusal(400, "Unable to parse range: 'O''Brien'!A1"),
            "there is no tab 'O''Brien'!A1; it was renamed or deleted",
        ),
        (
            _refusal(400, "This operation is not supported for this document"),
            "an Office file, not a Google Sheet",
        ),
        (_refusal(400, "Invalid value\n at 'x'"), "Google answered HTTP 400: Invalid value at 'x'"),
        (_refusal(401, "Bad credentials"), f"Google refused the key of {EMAIL} (Bad credentials)"),
        (Scripted(413, HTML), "Google answered HTTP 413: Request Entity Too Large"),
        (
            Scripted(302, "", {"Location": "https://login.example.com/"}),
            "Google's address answered with a redirect to https://login.example.com/",
        ),
    ],
)
def test_refusals_name_their_cure(
    connect: Connect, scripted: ScriptedGoogle, answer: Scripted, said: str
) -> None:
    """What a person must change is said at once, with the place, the account and the cure."""
    scripted.api = [answer]
    with pytest.raises(SourceError) as caught:
        connect().request("get", URL)
    assert str(caught.value).startswith(f"spreadsheet 1AbC: {said}")
    assert len(scripted.asked) == (2 if answer.status == 401 else 1)


def test_protected_cell_is_permanent(connect: Connect, scripted: ScriptedGoogle) -> None:
    """A write that a protection refuses is not tried again."""
    scripted.api = [_refusal(400, "You are trying to edit a protected cell or object.")]
    with pytest.raises(PermanentError, match="protected cell"):
        connect().request("post", f"{URL}:batchUpdate", json={})
    assert len(scripted.asked) == 1


def test_messages_hold_no_token_and_are_short(connect: Connect, scripted: ScriptedGoogle) -> None:
    """A message shows at most 256 characters of Google's text, on one line, without tokens."""
    scripted.api = [_refusal(400, f"Bearer abc {TOKEN}\n" + "x" * 1000)]
    with pytest.raises(SourceError) as caught:
        connect().request("get", URL)
    text = str(caught.value)
    assert "[secret]" in text
    assert len(text) < 320
    assert not any(secret in text for secret in (TOKEN, "abc", "\n"))


def test_refused_key_is_not_tried_again(connect: Connect, scripted: ScriptedGoogle) -> None:
    """A key that the token endpoint refuses needs a person, and no API request is sent."""
    scripted.token = [
        Scripted(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
    ]
    with pytest.raises(SourceError) as caught:
        connect().request("get", URL)
    assert str(caught.value).startswith(
        f"spreadsheet 1AbC: Google refused the key of {EMAIL} "
        "(invalid_grant: Invalid JWT Signature.); "
    )
    assert (scripted.tokens_asked, scripted.asked) == (1, [])


@pytest.mark.parametrize(
    "failure", [Scripted(502, HTML), Scripted(503, {"error": "x"}), Scripted(403, HTML)]
)
def test_failing_token_endpoint_is_tried_again(
    connect: Connect, scripted: ScriptedGoogle, failure: Scripted
) -> None:
    """A token endpoint that fails, or a proxy before it, is tried again as any other failure."""
    scripted.token = [failure, *scripted.token]
    connect().request("get", URL)
    assert scripted.tokens_asked == 2


def test_token_endpoint_down(connect: Connect, scripted: ScriptedGoogle) -> None:
    """A token endpoint that stays down is a passing failure with its wait."""
    scripted.token = [Scripted(503, HTML, {"Retry-After": "300"})]
    with pytest.raises(TransientError, match="token endpoint answered HTTP 503") as caught:
        connect().request("get", URL)
    assert caught.value.retry_after == 300


def test_redirect_does_not_get_the_signed_request(
    connect: Connect, scripted: ScriptedGoogle
) -> None:
    """The request for a token is not sent on to where a redirect points."""
    scripted.token = [Scripted(307, "", {"Location": f"{scripted.root}/elsewhere"})]
    with pytest.raises(TransientError, match="HTTP 307"):
        connect().request("get", URL)
    assert scripted.asked == []


def test_expired_token_is_renewed(connect: Connect, scripted: ScriptedGoogle) -> None:
    """A 401 for a token that ran out costs one renewal, not a failure."""
    scripted.api = [_refusal(401, "expired"), Scripted()]
    connect().request("get", URL)
    assert scripted.tokens_asked == 2


def test_strange_answer_is_not_believed(connect: Connect, scripted: ScriptedGoogle) -> None:
    """A 200 that is not what was asked for is no success."""
    scripted.api = [Scripted(200, "<html>Welcome to the airport</html>")]
    with pytest.raises(TransientError, match="Google's answer is not understood"):
        connect().ask(Title, URL)


def test_stopping_ends_the_waits(connect: Connect, scripted: ScriptedGoogle) -> None:
    """Once stopping is set, no further attempt is made and the wait ends."""
    stopping = threading.Event()
    scripted.api = [_refusal(503, "Unavailable", **{"Retry-After": "30"})]
    threading.Timer(0.3, stopping.set).start()
    began = time.monotonic()
    with pytest.raises(TransientError, match="stopped"):
        connect(Limits(), stopping).request("get", URL)
    assert time.monotonic() - began < 5
    assert len(scripted.asked) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("get", URL), "read"),
        (("post", f"{URL}/values:batchGetByDataFilter"), "read"),
        (("post", f"{URL}/developerMetadata:search"), "read"),
        (("post", f"{URL}:batchUpdate"), "write"),
        (("put", f"{URL}/values/A1"), "write"),
    ],
)
def test_budget_counts_reads_and_writes(
    connect: Connect, scripted: ScriptedGoogle, asked: tuple[str, str], said: str
) -> None:
    """Each account has a number of reads and of writes a minute; the next one waits."""
    stopping = threading.Event()
    limits = Limits(
        attempts=1,
        reads_per_minute=1 if said == "read" else 60,
        writes_per_minute=1 if said == "write" else 60,
    )
    transport = connect(limits, stopping)
    transport.request(*asked)
    threading.Timer(0.5, stopping.set).start()
    with pytest.raises(TransientError, match="stopped"):
        transport.request(*asked)
    assert len(scripted.asked) == 1


def test_threads_share_a_transport(connect: Connect, scripted: ScriptedGoogle) -> None:
    """Threads that share a transport all get their answers."""
    transport = connect()
    threads = [
        threading.Thread(target=transport.request, args=("get", f"{URL}{n}")) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(scripted.asked) == [f"GET /v4/spreadsheets/1AbC{n}" for n in range(8)]
