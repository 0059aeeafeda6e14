"""Drive's changes: when an edit is told of, to whom, and how pages of them join."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google
from tests.sandbox_client import Control

_CHANGES = "/drive/v3/changes"
_WINDOW = 180


@pytest.fixture
def google(sandbox: Sandbox) -> Google:
    """Ann, who owns what she makes."""
    return Google(sandbox)


def _start(google: Google) -> str:
    token: str = google.ask("GET", f"{_CHANGES}/startPageToken")["startPageToken"]
    return token


def _pages(google: Google, token: str, **query: Any) -> tuple[list[Any], str]:
    """All changes since `token`, joined from their pages, and the token for the next time."""
    changes: list[Any] = []
    for _ in range(100):
        answer = google.ask("GET", _CHANGES, pageToken=token, **query)
        assert ("nextPageToken" in answer) != ("newStartPageToken" in answer)
        changes += answer["changes"]
        if "newStartPageToken" in answer:
            return changes, answer["newStartPageToken"]
        token = answer["nextPageToken"]
    raise AssertionError("the pages have no end")


def _changed(google: Google, token: str) -> list[str]:
    return [change["fileId"] for change in _pages(google, token)[0]]


def test_an_edit_is_told_of_within_three_minutes(google: Google, control: Control) -> None:
    """Changes "are coalesced and only sent around every 3 minutes or so".

    Source: google-api-go-client issue 444, an answer by Google. That all edits of the three
    minutes after the first come as one is how the sandbox takes it.
    """
    sheet = google.spreadsheet(["x"])
    control.advance(_WINDOW)
    fields = "modifiedTime,version,lastModifyingUser(emailAddress)"
    path = f"/drive/v3/files/{sheet.spreadsheet_id}"
    token, before = _start(google), google.ask("GET", path, fields=fields)
    sheet.put("A1", ["y"])
    control.advance(_WINDOW - 5)
    sheet.seen_by("human:bob").put("A1", ["z"])
    assert (_changed(google, token), google.ask("GET", path, fields=fields)) == ([], before)
    control.advance(5)
    assert _changed(google, token) == [sheet.spreadsheet_id]
    after = google.ask("GET", path, fields=fields)
    assert int(after["version"]) == int(before["version"]) + 2
    assert before["modifiedTime"] < after["modifiedTime"]
    last = datetime.fromisoformat(control.writes()[-1].at)
    assert abs(datetime.fromisoformat(after["modifiedTime"]) - last) <= timedelta(milliseconds=1)
    assert after["lastModifyingUser"] == {"emailAddress": "human:bob"}
    control.advance(_WINDOW)
    assert len(_pages(google, token)[0]) == 1


def test_an_edit_after_the_window_opens_the_next(google: Google, control: Control) -> None:
    """No edit is lost between two windows, whenever it comes."""
    sheet = google.spreadsheet(["x"])
    control.advance(_WINDOW)
    token = _start(google)
    sheet.put("A1", ["y"])
    control.advance(_WINDOW + 1)
    sheet.put("A1", ["z"])
    found, token = _pages(google, token)
    assert [change["fileId"] for change in found] == [sheet.spreadsheet_id]
    control.advance(_WINDOW)
    assert _changed(google, token) == [sheet.spreadsheet_id]


def test_coalescing_can_be_off(google: Google, control: Control) -> None:
    """`coalescing` false: each edit is told of at once, those that waited too."""
    sheet = google.spreadsheet()
    token = _start(google)
    sheet.put("A1", ["x"])
    control.set(coalescing=False)
    found, token = _pages(google, token)
    assert [change["fileId"] for change in found] == [sheet.spreadsheet_id]
    sheet.put("A1", ["y"])
    assert _changed(google, token) == [sheet.spreadsheet_id]


def test_our_own_writes_are_changes_too(google: Google, control: Control) -> None:
    """Facts, Drive: "our own status writes fire too", and reading changes nothing here."""
    control.set(coalescing=False)
    sheet = google.spreadsheet(["x"])
    token = _start(google)
    sheet.get("A1")
    assert _changed(google, token) == []
    sheet.put("A1", ["y"])
    (change,), _ = _pages(google, token, fields="*")
    assert change["file"]["lastModifyingUser"]["me"] is True


def test_many_pages_join_to_the_whole(google: Google, control: Control) -> None:
    """A page has `pageSize` changes at most; each changed file comes once, the last change last.

    Source: drive.v3, changes.list, and the guide to changes.
    """
    control.set(coalescing=False)
    token = _start(google)
    sheets = [google.spreadsheet() for _ in range(23)]
    sheets[3].put("A1", ["x"])
    found, following = _pages(google, token, pageSize=5)
    made = [sheet.spreadsheet_id for sheet in sheets]
    assert [change["fileId"] for change in found] == [*made[:3], *made[4:], made[3]]
    assert _pages(google, following) == ([], following)
    assert len(google.ask("GET", _CHANGES, pageToken=token, pageSize=5)["changes"]) == 5
    whole = google.ask("GET", _CHANGES, pageToken=token, pageSize=23)
    assert (len(whole["changes"]), whole["newStartPageToken"]) == (23, following)


def test_a_file_changed_between_two_pages_is_not_lost(google: Google, control: Control) -> None:
    """It moves to the end of the log, which the last page reaches."""
    control.set(coalescing=False)
    token = _start(google)
    sheets = [google.spreadsheet() for _ in range(4)]
    page = google.ask("GET", _CHANGES, pageToken=token, pageSize=2)
    sheets[2].put("A1", ["x"])
    sheets[0].put("A1", ["x"])
    rest = _changed(google, page["nextPageToken"])
    assert rest == [sheets[i].spreadsheet_id for i in (3, 2, 0)]


def test_what_is_deleted_or_taken_away_is_removed(google: Google, control: Control) -> None:
    """`removed`: "for example by deletion or loss of access"; whoever keeps access sees no loss.

    Source: drive.v3, Change. Facts warn that old reports call losses of access unreliable.
    """
    control.set(coalescing=False)
    gone, lost, kept = (google.spreadsheet() for _ in range(3))
    token = _start(google)
    bob = Google(google.sandbox, "human:bob")
    google.send("DELETE", f"/drive/v3/files/{gone.spreadsheet_id}")
    control.unshare(lost.spreadsheet_id, "human:bob")
    lost.put("A1", ["x"])
    kept.put("A1", ["x"])
    assert [(c["fileId"], c["removed"], "file" in c) for c in _pages(bob, token)[0]] == [
        (gone.spreadsheet_id, True, False),
        (lost.spreadsheet_id, True, False),
        (kept.spreadsheet_id, False, True),
    ]
    assert [c["removed"] for c in _pages(google, token)[0]] == [True, False, False]
    without, following = _pages(bob, token, includeRemoved="false")
    assert [c["fileId"] for c in without] == [kept.spreadsheet_id]
    control.share(lost.spreadsheet_id, "human:bob")
    assert _changed(bob, following) == [lost.spreadsheet_id]
    assert _changed(google, following) == []


def test_a_drive_of_ones_own_leaves_out_what_others_share(google: Google) -> None:
    """Facts, Drive: restrictToMyDrive "drops shared files not added to My Drive"."""
    token = _start(google)
    theirs = Google(google.sandbox, "human:bob").spreadsheet()
    mine = google.spreadsheet()
    found, _ = _pages(google, token, restrictToMyDrive="true")
    assert [change["fileId"] for change in found] == [mine.spreadsheet_id]
    assert _changed(google, token) == [theirs.spreadsheet_id, mine.spreadsheet_id]


def test_a_rename_in_drive_is_told_of_at_once(google: Google) -> None:
    """Only the edits of a spreadsheet's content are coalesced, as the sandbox takes it."""
    sheet = google.spreadsheet()
    token = _start(google)
    google.ask("PATCH", f"/drive/v3/files/{sheet.spreadsheet_id}", {"name": "New"})
    (change,), _ = _pages(google, token)
    assert change["file"]["name"] == "New"


@pytest.mark.parametrize(
    ("query", "reason", "location"),
    [
        ({}, "required", "pageToken"),
        ({"pageToken": "x"}, "invalid", "pageToken"),
        ({"pageToken": "9999"}, "invalid", "pageToken"),
        ({"pageToken": "1", "pageSize": "1001"}, "invalidParameter", "pageSize"),
        ({"pageToken": "1", "fields": "changes("}, "invalidParameter", "fields"),
    ],
)
def test_a_wrong_question_is_refused(
    google: Google, query: dict[str, str], reason: str, location: str
) -> None:
    """In the older form of Drive's errors."""
    response = google.send("GET", _CHANGES, **query)
    (error,) = response.json()["error"]["errors"]
    assert (response.status_code, error["reason"], error["location"]) == (400, reason, location)


def test_without_fields_a_change_is_brief(google: Google) -> None:
    """As everywhere in Drive v3, only the fields that identify things come unasked."""
    token = _start(google)
    google.spreadsheet()
    (change,), _ = _pages(google, token)
    assert {*change["file"]} == {"kind", "id", "name", "mimeType"}
    assert (change["kind"], change["changeType"]) == ("drive#change", "file")
    asked = "newStartPageToken,changes(fileId,file(modifiedTime,version))"
    (change,), _ = _pages(google, token, fields=asked)
    assert ({*change}, {*change["file"]}) == ({"fileId", "file"}, {"modifiedTime", "version"})
