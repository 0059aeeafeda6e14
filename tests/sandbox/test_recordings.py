"""Conversations recorded with the real Google: the sandbox must hold each of them again."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.wire import Json
from tests.sandbox.replay import FOLDER, NAMES, Replay, replay


@pytest.mark.skipif(not NAMES, reason=f"no recordings in {FOLDER}")
def test_there_are_recordings_to_replay() -> None:
    """An empty folder must not pass for agreement."""
    assert len(NAMES) >= 50


@pytest.mark.parametrize("name", NAMES)
def test_the_sandbox_answers_as_google_did(sandbox_key: RSAPrivateKey, name: str) -> None:
    """Every answer of a recorded conversation comes again: status and every field."""
    outcome = replay(name, sandbox_key)
    assert not outcome.problems, str(outcome)
    assert outcome.answers > 0


@pytest.mark.parametrize(
    ("recorded", "ours", "same"),
    [
        ({"sheetId": 7}, {"sheetId": 8}, True),
        ({"sheetId": 7}, {"sheetId": "8"}, False),
        ({"sheetId": 0}, {"sheetId": 8}, False),
        ({"sheetId": 7}, {"sheetId": 0}, False),
        ([{"sheetId": 7}, {"sheetId": 7}], [{"sheetId": 8}, {"sheetId": 9}], False),
        ([{"sheetId": 7}, {"sheetId": 6}], [{"sheetId": 8}, {"sheetId": 8}], False),
        ({"sheetId": 7}, {}, False),
        ({"modifiedTime": "2020-01-01T00:00:00.000Z"}, {}, False),
        ({"modifiedTime": "2020-01-01T00:00:00.000Z"}, {"modifiedTime": "now"}, False),
        (
            {"modifiedTime": "2020-01-01T00:00:00.000Z"},
            {"modifiedTime": "2026-01-01T00:00:00.123Z"},
            True,
        ),
        (
            [{"spreadsheetId": "a"}, {"spreadsheetUrl": "https://x/a/edit"}],
            [{"spreadsheetId": "b"}, {"spreadsheetUrl": "https://x/b/edit"}],
            True,
        ),
        ({"spreadsheetUrl": "https://x/a/edit"}, {"spreadsheetUrl": "https://x/a"}, False),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"a": {}}, {"a": {"b": None}}, False),
        ({"a": "x"}, {"a": "y"}, False),
    ],
)
def test_only_ids_and_times_may_differ(
    sandbox: Sandbox,
    recorded: Json,
    ours: Json,
    same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Nothing is left out of the comparison; a made-up id stands for one other throughout."""
    replaying = Replay(sandbox)
    replaying.compare(recorded, ours)
    assert (replaying.problems == []) is same
