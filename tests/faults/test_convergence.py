"""Whatever fails for a third of the requests, all converges once it does not any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.faults.weather import Fault, Weather
from tests.sandbox_client import Control
from tests.service import answer

ROWS = [
    answer(number, "Satisfactory", number % 6, f"Note {number}" if number % 4 == 0 else "", "Ada")
    for number in range(1, 41)
]
POST = "updateAnnotations"

WAYS: dict[str, list[Fault]] = {
    "statuses": [
        {"service": "arize", "action": "status", "status": 429, "probability": 0.06},
        {
            "service": "arize",
            "action": "status",
            "retry_after": 7,
            "status": 429,
            "probability": 0.06,
        },
        {"service": "arize", "action": "status", "status": 500, "probability": 0.06},
        {"service": "arize", "action": "html502", "probability": 0.06},
        {"service": "arize", "action": "status", "status": 503, "probability": 0.06},
    ],
    "503 after": [{"service": "arize", "action": "status", "status": 503, "when": "after"}],
    "hang": [{"service": "arize", "match": POST, "action": "hang", "probability": 0.2}],
    "cut before": [{"service": "arize", "match": POST, "action": "drop"}],
    "cut after": [{"service": "arize", "match": POST, "action": "drop", "when": "after"}],
    "late": [{"service": "arize", "match": POST, "action": "drop", "apply_after_ms": 250_000}],
    "error": [{"service": "arize", "match": POST, "action": "graphql_error"}],
    "error after": [
        {"service": "arize", "match": POST, "action": "graphql_error", "when": "after"}
    ],
    "error of a row": [
        {"service": "arize", "match": POST, "action": "graphql_error", "path": ["m0"]}
    ],
    "limit in an answer": [
        {"service": "arize", "action": "graphql_error", "code": "TOO_MANY_REQUESTS"}
    ],
    "Google statuses": [
        {"service": "google", "action": "status", "status": 429, "probability": 0.08},
        {"service": "google", "action": "status", "status": 500, "probability": 0.08},
        {"service": "google", "action": "html502", "probability": 0.08},
        {"service": "google", "action": "status", "status": 503, "probability": 0.08},
    ],
    "Google hang": [{"service": "google", "action": "hang", "probability": 0.2}],
    "Google cut before": [{"service": "google", "action": "drop"}],
    "Google cut after": [{"service": "google", "action": "drop", "when": "after"}],
    "token endpoint": [
        {
            "service": "google",
            "match": "^POST /token",
            "action": "status",
            "probability": 1.0,
            "times": 6,
        }
    ],
}
MIX: list[Fault] = [
    {**fault, "probability": 0.03} for way in WAYS.values() for fault in way if "times" not in fault
]


@pytest.mark.parametrize("way", [*WAYS, "all at once"])
def test_all_converges(way: str, sandbox: Sandbox, control: Control, tmp_path: Path) -> None:
    """The newest content of every row is there and says so, and no note is there twice."""
    weather = Weather(
        sandbox.contact, control, tmp_path, rows=ROWS, sections={"hold": {"rows": 10_000}}
    )
    met = weather.live_through(WAYS.get(way, MIX), seed=7)
    assert met["faults"] > 0
    weather.check()
