from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sheets_sync.arize.answer import read_answer, readable

KEY = "ak-0123456789abcdef/+="


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("  two\n\tlines\r\n ", "two lines"),
        ("bell\x07 and \u202eturned\u200b", "bell and turned"),
        ("half \ud83d of an emoji", "half of an emoji"),
        ("=HYPERLINK(1)", '"=HYPERLINK(1)"'),
        ("-5 is too low", '"-5 is too low"'),
        ("+1", '"+1"'),
        ("@all", '"@all"'),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
        ("", ""),
    ],
)
def test_messages_are_one_short_harmless_line(text: str, shown: str) -> None:
    """Whatever Arize says can stand in a log, a cell and an alert."""
    assert readable(text) == shown


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"message": f"invalid key {KEY}"}]},
        {"data": {"m0": {"result": {"message": f"{KEY} may not"}}}},
        {"data": None, "errors": [{"message": "x", "extensions": {"key": [KEY]}}]},
        {"error": f"unknown key {KEY}"},
    ],
)
def test_a_repeated_key_is_not_passed_on(body: dict[str, object]) -> None:
    """A server that repeats the key cannot bring it into messages, however JSON escapes it."""
    escaped = json.dumps(body).replace("/", "\\/").replace("+", "\\u002b")
    answer = read_answer(401, {}, escaped.encode(), KEY)
    everything = f"{answer.data} {answer.errors} {answer.text} {answer.said}"
    assert "0123456789abcdef" not in everything


def test_a_repeated_key_is_not_passed_on_from_text() -> None:
    """Nor from an answer that is no JSON."""
    answer = read_answer(403, {}, f"the key {KEY} is not known".encode(), KEY)
    assert answer.said == "HTTP 403: the key [key] is not known"


def test_a_page_of_html_says_nothing_but_its_status() -> None:
    """Markup is not for people."""
    answer = read_answer(502, {}, b"<!DOCTYPE html><h1>Bad gateway</h1>", KEY)
    assert answer.said == "HTTP 502"
    assert answer.text is not None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("7", 7.0), ("0", 0.0), ("soon", None), ("-3", None), ("", None)],
)
def test_reads_how_long_to_wait(header: str | None, seconds: float | None) -> None:
    """Retry-After counts where it is a number of seconds, and is left out where it is nonsense."""
    headers = {} if header is None else {"Retry-After": header}
    assert read_answer(429, headers, b"{}", KEY).retry_after == seconds


def test_reads_when_to_come_back() -> None:
    """Retry-After may be a date."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    wait = read_answer(503, {"Retry-After": later}, b"", KEY).retry_after
    assert wait is not None
    assert 80 < wait <= 90


@pytest.mark.parametrize(
    ("body", "has_data", "is_graphql"),
    [
        (b'{"data": null, "errors": []}', True, True),
        (b'{"errors": [{"message": "no"}]}', False, True),
        (b'{"data": {}}', True, True),
        (b"{}", False, False),
        (b"[]", False, False),
        (b'{"data": 3}', False, False),
        (b"\xff\xfe", False, False),
        (b"", False, False),
        (b"[" * 100_000, False, False),
    ],
)
def test_tells_graphql_from_all_else(body: bytes, *, has_data: bool, is_graphql: bool) -> None:
    """A body is GraphQL only with `data` or `errors` of the right shape."""
    answer = read_answer(200, {}, body, KEY)
    assert (answer.has_data, answer.text is None) == (has_data, is_graphql)
