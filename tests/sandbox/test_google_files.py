"""Drive's files: found, renamed, moved to the trash and gone."""

from __future__ import annotations

from typing import Any

import pytest

from sheets_sync.sandbox.drive import SPREADSHEET
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google

_FOLDER = "application/vnd.google-apps.folder"
_FILES = "/drive/v3/files"


@pytest.fixture
def google(sandbox: Sandbox) -> Google:
    """Ann, who owns what she makes."""
    return Google(sandbox)


def _make(google: Google, name: str, **more: object) -> str:
    body = {"name": name, "mimeType": SPREADSHEET, **more}
    made: str = google.ask("POST", _FILES, body)["id"]
    return made


def _names(google: Google, q: str, **query: Any) -> list[str]:
    answer = google.ask("GET", _FILES, q=q, fields="files(name)", **query)
    return [file["name"] for file in answer["files"]]


def test_files_are_found_by_what_a_query_says(google: Google) -> None:
    """The grammar of developers.google.com/workspace/drive/api/guides/search-files."""
    folder = google.ask("POST", _FILES, {"name": "Box", "mimeType": _FOLDER})["id"]
    _make(google, "Team plan", parents=[folder])
    trashed = _make(google, "Old O'Neil")
    google.ask("PATCH", f"{_FILES}/{trashed}", {"trashed": True})
    sheets = f"mimeType = '{SPREADSHEET}'"
    by_name = {"orderBy": "name"}
    assert _names(google, "", **by_name) == ["Box", "Old O'Neil", "Team plan"]
    assert _names(google, f"{sheets} and trashed = false") == ["Team plan"]
    assert _names(google, f"'{folder}' in parents") == ["Team plan"]
    assert _names(google, "name = 'Old O\\'Neil'") == ["Old O'Neil"]
    assert _names(google, "name contains 'pl' and not name contains 'eam'") == ["Team plan"]
    assert _names(google, f"({sheets} or name='Box') and trashed=false", **by_name) == [
        "Box",
        "Team plan",
    ]
    assert _names(google, "modifiedTime > '2099-01-01T00:00:00'") == []


def test_an_unreadable_query_is_refused(google: Google) -> None:
    """Drive's older form of errors: reason invalid, location q."""
    response = google.send("GET", _FILES, q="name is 'x'")
    error = response.json()["error"]
    assert (error["code"], error["message"]) == (400, "Invalid Value")
    assert (error["errors"][0]["reason"], error["errors"][0]["location"]) == ("invalid", "q")


def test_a_list_comes_in_pages(google: Google) -> None:
    """Pages join to the whole list, each file once; the last has no token."""
    made = [_make(google, f"File {index}") for index in range(5)]
    seen: list[str] = []
    token: str | None = ""
    while token is not None:
        page = google.ask("GET", _FILES, pageSize=2, pageToken=token)
        seen += [file["id"] for file in page["files"]]
        assert {*page["files"][0]} == {"kind", "id", "name", "mimeType"}
        token = page.get("nextPageToken")
    assert sorted(seen) == sorted(made)


def test_every_change_shows_in_time_and_version(google: Google) -> None:
    """`version` is "monotonically increasing"; the last editor is named; reading is no change."""
    sheet = google.spreadsheet()
    fields = "version,modifiedTime,lastModifyingUser(emailAddress)"
    path = f"{_FILES}/{sheet.spreadsheet_id}"
    before = google.ask("GET", path, fields=fields)
    google.sandbox.world.clock.advance(600)
    sheet.seen_by("human:bob").put("A1", ["x"])
    google.sandbox.world.clock.advance(180)
    after = google.ask("GET", path, fields=fields)
    assert int(after["version"]) > int(before["version"])
    assert after["modifiedTime"] > before["modifiedTime"]
    assert after["lastModifyingUser"] == {"emailAddress": "human:bob"}
    sheet.get("A1")
    google.sandbox.world.clock.advance(180)
    assert google.ask("GET", path, fields=fields) == after


def test_a_file_has_one_name_in_drive_and_in_sheets(google: Google) -> None:
    """Renaming on either side shows on the other."""
    sheet = google.spreadsheet()
    path = f"{_FILES}/{sheet.spreadsheet_id}"
    google.ask("PATCH", path, {"name": "By Drive"})
    assert sheet.resource()["properties"]["title"] == "By Drive"
    title = {"properties": {"title": "By Sheets"}, "fields": "title"}
    sheet.change({"updateSpreadsheetProperties": title})
    assert google.ask("GET", path)["name"] == "By Sheets"


def test_a_copy_lives_on_its_own(google: Google) -> None:
    """files.copy takes the content along."""
    sheet = google.spreadsheet(["a"])
    copied = google.ask("POST", f"{_FILES}/{sheet.spreadsheet_id}/copy", {"name": "Twin"})
    sheet.put("A1", ["b"])
    values = google.ask("GET", f"/v4/spreadsheets/{copied['id']}/values/A1")["values"]
    assert (copied["name"], values) == ("Twin", [["a"]])


def test_a_deleted_file_is_gone(google: Google) -> None:
    """Drive and Sheets say so, each in its own words."""
    sheet = google.spreadsheet()
    path = f"{_FILES}/{sheet.spreadsheet_id}"
    assert google.send("DELETE", path).status_code == 204
    message = f"File not found: {sheet.spreadsheet_id}."
    assert google.refusal("GET", path) == (404, "", message)
    assert google.refusal("GET", sheet.path)[1] == "NOT_FOUND"
