"""Clients that others wrote, at the sandbox in place of Google."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
from googleapiclient.discovery import build_from_document  # type: ignore[import-untyped]
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control, Row

_AUTH = "https://www.googleapis.com/auth/"
_PACKAGE = "google-spreadsheet@5.3.0"
_ROWS: list[Row] = [["Name", "Score"], ["Di", 3]]


def _credentials(sandbox: Sandbox, *scopes: str) -> Credentials:
    made: Credentials = Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
        sandbox.contact.credentials_file, scopes=[_AUTH + scope for scope in scopes]
    )
    return made


def _client(sandbox: Sandbox, name: str, *scopes: str) -> Any:
    """The client of a discovery document, whose root is the sandbox; nothing is downloaded."""
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    document["rootUrl"] = f"{sandbox.contact.google_api}/"
    return build_from_document(document, credentials=_credentials(sandbox, *scopes))


@pytest.fixture
def sheets(sandbox: Sandbox) -> Iterator[Any]:
    """google-api-python-client for sheets.v4."""
    with closing(_client(sandbox, "sheets.v4", "spreadsheets")) as client:
        yield client.spreadsheets()


def test_google_api_python_client_reads_and_writes(sheets: Any) -> None:
    """Create, update, get, append, batchGet, batchUpdate and clear, as the guides have them."""
    made = sheets.create(body={"properties": {"title": "T"}}, fields="spreadsheetId").execute()
    book, values = made["spreadsheetId"], sheets.values()
    done = values.update(
        spreadsheetId=book, range="A1:B2", valueInputOption="RAW", body={"values": _ROWS}
    ).execute()
    assert done["updatedCells"] == 4
    done = values.append(
        spreadsheetId=book,
        range="Sheet1!A1",
        valueInputOption="USER_ENTERED",
        insertDataOption="INSERT_ROWS",
        body={"values": [["Cy", "=B2*2"]]},
    ).execute()
    assert done["updates"]["updatedRange"] == "Sheet1!A3:B3"
    got = values.batchGet(spreadsheetId=book, ranges=["A2:A", "B2:B"], majorDimension="COLUMNS")
    assert [r["values"] for r in got.execute()["valueRanges"]] == [[["Di", "Cy"]], [["3", "6"]]]
    data = [{"range": "B2", "values": [[4]]}, {"range": "C1", "values": [["Done"]]}]
    body = {"valueInputOption": "RAW", "data": data}
    assert values.batchUpdate(spreadsheetId=book, body=body).execute()["totalUpdatedCells"] == 2
    values.clear(spreadsheetId=book, range="A1:A1", body={}).execute()
    shown = values.get(spreadsheetId=book, range="Sheet1", valueRenderOption="UNFORMATTED_VALUE")
    assert shown.execute()["values"] == [["", "Score", "Done"], ["Di", 4], ["Cy", 8]]


def test_google_api_python_client_sorts_and_validates(sheets: Any, control: Control) -> None:
    """One batchUpdate; the rule is read back with the grid data."""
    book = control.add_spreadsheet([*_ROWS, ["Ab", 9]])
    area = {"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 2}
    rule = {
        "condition": {"type": "NUMBER_BETWEEN", "values": [{"userEnteredValue": v} for v in "19"]},
        "strict": True,
    }
    score = {**area, "startColumnIndex": 1}
    requests = [
        {"sortRange": {"range": area, "sortSpecs": [{"sortOrder": "ASCENDING"}]}},
        {"setDataValidation": {"range": score, "rule": rule}},
    ]
    sheets.batchUpdate(spreadsheetId=book, body={"requests": requests}).execute()
    fields = "sheets.data.rowData.values(formattedValue,dataValidation)"
    got = sheets.get(spreadsheetId=book, ranges=["A2:B3"], fields=fields).execute()
    cells = [row["values"] for row in got["sheets"][0]["data"][0]["rowData"]]
    assert [[cell.get("formattedValue") for cell in row] for row in cells] == [
        ["Ab", "9"],
        ["Di", "3"],
    ]
    assert [row[1]["dataValidation"] for row in cells] == [rule, rule]


def test_google_api_python_client_understands_refusals(sheets: Any, control: Control) -> None:
    """It takes status and reason from the body of an error, and gives up a request that is late."""
    with pytest.raises(HttpError, match="Unable to parse range: Nope") as refused:
        sheets.values().get(spreadsheetId=control.add_spreadsheet([]), range="Nope!A1").execute()
    assert (refused.value.status_code, refused.value.reason) == (
        400,
        "Unable to parse range: Nope!A1",
    )
    control.fault("google", action="html502", times=1)
    with pytest.raises(HttpError) as broken:
        sheets.get(spreadsheetId="any").execute()
    assert broken.value.status_code == 502
    control.fault("google", action="status", status=503, times=1)
    assert "sheets" in sheets.get(spreadsheetId=control.add_spreadsheet([])).execute(num_retries=1)


def test_google_api_python_client_follows_changes(sandbox: Sandbox, control: Control) -> None:
    """Drive's changes and files page by page; the scope drive.metadata.readonly is enough."""
    control.set(coalescing=False)
    with closing(_client(sandbox, "drive.v3", "drive.metadata.readonly")) as drive:
        token = drive.changes().getStartPageToken().execute()["startPageToken"]
        books = [control.add_spreadsheet([["x"]], title=f"B{index}") for index in range(5)]
        control.human().type(books[0], "A1", "y")
        found = []
        page: Any = {"nextPageToken": token}
        while "nextPageToken" in page:
            token = page["nextPageToken"]
            page = drive.changes().list(pageToken=token, pageSize=2, fields="*").execute()
            found += [change["fileId"] for change in page["changes"]]
        assert found == [*books[1:], books[0]]
        asking = drive.files().list(pageSize=2, orderBy="name", fields="nextPageToken,files(name)")
        names = []
        while asking is not None:
            answer = asking.execute()
            names += [file["name"] for file in answer["files"]]
            asking = drive.files().list_next(asking, answer)
        assert names == ["B0", "B1", "B2", "B3", "B4"]
        with pytest.raises(HttpError, match="insufficient authentication scopes"):
            drive.files().update(fileId=books[0], body={"name": "X"}).execute()
    with (
        closing(_client(sandbox, "drive.v3", "spreadsheets")) as drive,
        pytest.raises(HttpError, match="insufficient authentication scopes"),
    ):
        drive.changes().getStartPageToken().execute()


def _installed(folder: Path) -> None:
    """The npm package in `folder`, kept for the next time; skips the test where npm cannot."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    with FileLock(folder / "lock"):
        if (folder / "node_modules" / "google-spreadsheet").is_dir():
            return
        done = subprocess.run(  # noqa: S603 - npm as it is found on the PATH
            [
                npm,
                "install",
                "--prefix",
                ".",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--fetch-retries=0",
                _PACKAGE,
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    if done.returncode:
        pytest.skip(f"npm could not install {_PACKAGE}: {done.stderr.strip()[-300:]}")


def test_google_spreadsheet_of_npm_works(
    sandbox: Sandbox, control: Control, pytestconfig: pytest.Config
) -> None:
    """Rows, cells, appending, sorting, validation, tabs and a refusal, as its documentation has.

    See google_spreadsheet.mjs for what is done.
    """
    folder = pytestconfig.cache.mkdir("google-spreadsheet")
    _installed(folder)
    credentials = _credentials(sandbox, "spreadsheets")
    credentials.refresh(Request())  # type: ignore[no-untyped-call]
    book = control.add_spreadsheet(_ROWS, title="Answers", worksheet="Review")
    contact = sandbox.contact
    done = subprocess.run(  # noqa: S603 - node as it is found on the PATH
        [str(shutil.which("node")), str(Path(__file__).with_name("google_spreadsheet.mjs"))],
        cwd=folder,
        env={
            **os.environ,
            "API_ROOT": contact.google_api,
            "TOKEN": str(credentials.token),
            "SPREADSHEET": book,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "title": "Answers",
        "tabs": [["Review", 1000, 26]],
        "names": ["Di"],
        "added": 3,
        "appended": ["Di", "Cy", "Bo", "Ab"],
        "cells": ["Score", 7, 3, True],
        "formula": None,
        "edited": [0.5, "half", True],
        "sorted": ["Ab", "Bo", "Cy", "Di"],
        "size": [50, 5],
        "cleared": 0,
        "titles": ["Review", "Renamed"],
        "left": 1,
        "refusal": "Google API error - [404] Requested entity was not found.",
    }
    assert control.human().read(book, "Review!A1:B6") == [
        ["Name", "Score"],
        ["Ab", "TRUE"],
        ["Bo", "3"],
        ["Cy", "1"],
        ["Di", "0.5"],
    ]
