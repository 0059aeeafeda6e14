from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import gspread
import pytest
import requests
from gspread.exceptions import APIError
from pydantic import JsonValue

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.graphql_client import MODEL, START, Arize
from tests.sandbox_client import Control, Refused


class _Routed(gspread.HTTPClient):
    """The transport of gspread, sent to the sandbox."""

    root = ""

    def request(self, method: str, endpoint: str, **rest: object) -> requests.Response:  # type: ignore[override]
        path = endpoint.removeprefix("https://sheets.googleapis.com")
        return super().request(method, f"{self.root}{path}", **rest)  # type: ignore[arg-type]


@pytest.fixture
def google(sandbox: Sandbox) -> Iterator[gspread.HTTPClient]:
    """The transport of gspread with the sandbox's service account."""
    client = gspread.service_account(
        sandbox.contact.credentials_file,
        scopes=["https://www.googleapis.com/auth/spreadsheets"],
        http_client=_Routed,
    ).http_client
    assert isinstance(client, _Routed)
    client.root = sandbox.contact.google_api
    yield client
    client.session.close()


def test_calls_are_counted_apart(
    sandbox: Sandbox, google: gspread.HTTPClient, control: Control
) -> None:
    """Reads and writes are those of service accounts; humans and Arize stand on their own."""
    book = control.add_spreadsheet([["a"]])
    google.values_batch_get(book, ["A1"])
    google.values_update(book, "A1", {"valueInputOption": "RAW"}, {"values": [["b"]]})
    by_filter = {"dataFilters": [{"a1Range": "A1"}]}
    google.request(
        "post",
        f"https://sheets.googleapis.com/v4/spreadsheets/{book}/values:batchGetByDataFilter",
        json=by_filter,
    )
    control.human().read(book, "A1")
    Arize(sandbox.contact.arize_graphql).ask("query Key { viewer { user { name } } }")
    calls = control.calls()
    assert calls.google == {
        "POST /token": 1,
        "GET /v4/spreadsheets/{id}/values:batchGet": 1,
        "PUT /v4/spreadsheets/{id}/values/{range}": 1,
        "POST /v4/spreadsheets/{id}/values:batchGetByDataFilter": 1,
    }
    assert (calls.reads, calls.writes) == (2, 1)
    assert calls.human == {"GET /v4/spreadsheets/{id}/values/{range}": 1}
    assert (calls.arize.requests, calls.arize.mutations) == (1, 0)
    assert calls.arize.operations == {"Key": 1}
    control.forget_calls()
    assert control.calls().google == {}


def test_writes_tell_who_wrote_what_and_when(google: gspread.HTTPClient, control: Control) -> None:
    """Every cell written through the API is listed; what the spreadsheet began with is not."""
    book = control.add_spreadsheet([["a"]], worksheet="Review")
    google.values_update(
        book, "Review!A1:B1", {"valueInputOption": "RAW"}, {"values": [["x", None]]}
    )
    control.human("ann").type(book, "Review!C2", 4)
    first, second = control.writes()
    assert (first.cell, first.value, second.cell, second.value) == ("A1", "x", "C2", 4)
    assert (first.spreadsheet_id, first.sheet, second.by) == (book, "Review", "human:ann")
    assert first.by == "sheets-sync@sandbox.iam.gserviceaccount.com"
    assert control.writes(by="human:ann") == [second]
    age = datetime.now(UTC) - datetime.fromisoformat(first.at)
    assert age.total_seconds() < 60


def test_writes_tell_whether_their_column_was_marked(
    google: gspread.HTTPClient, control: Control
) -> None:
    """As it is when the request is done; a mark moves along with its column."""
    book = control.add_spreadsheet([["a", "b"]])
    column: dict[str, JsonValue] = {
        "sheetId": 0,
        "dimension": "COLUMNS",
        "startIndex": 1,
        "endIndex": 2,
    }
    mark = {"metadataKey": "k", "visibility": "DOCUMENT", "location": {"dimensionRange": column}}
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 1}
    rows = [{"values": [{"userEnteredValue": {"stringValue": "s"}}]}]
    google.batch_update(
        book,
        {
            "requests": [
                {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}},
                {"createDeveloperMetadata": {"developerMetadata": mark}},
            ]
        },
    )
    control.human().change(book, {"insertDimension": {"range": column}})
    control.human().type(book, "B2", 1)
    control.human().type(book, "C2", 1)
    told = [(write.cell, write.marked) for write in control.writes()]
    assert told == [("B1", True), ("B2", False), ("C2", True)]


def test_a_spreadsheet_has_its_locale_and_zone(
    google: gspread.HTTPClient, control: Control
) -> None:
    """What is asked for is what the Sheets API tells."""
    book = control.add_spreadsheet(
        [["a", 1, True, None]], title="T", worksheet="W", locale="ru_RU", time_zone="Asia/Omsk"
    )
    properties = google.fetch_sheet_metadata(book)["properties"]
    assert (properties["title"], properties["locale"]) == ("T", "ru_RU")
    assert properties["timeZone"] == "Asia/Omsk"
    values = google.values_get(book, "W!A1:D1", {"valueRenderOption": "UNFORMATTED_VALUE"})
    assert values["values"] == [["a", 1, True]]


def test_a_spreadsheet_can_be_taken_away(google: gspread.HTTPClient, control: Control) -> None:
    """Unshared, the service account is refused until it is shared again; people are not."""
    book = control.add_spreadsheet([["a"]])
    control.unshare(book)
    with pytest.raises(APIError, match="The caller does not have permission"):
        google.values_get(book, "A1")
    assert control.human().read(book, "A1") == [["a"]]
    control.share(book)
    assert google.values_get(book, "A1")["values"] == [["a"]]


def test_an_edit_comes_between_two_requests(google: gspread.HTTPClient, control: Control) -> None:
    """After the n-th matching read, and before the next, a person has changed the cell."""
    book = control.add_spreadsheet([["a"]])
    control.between(
        r"GET .*/values/",
        f"/v4/spreadsheets/{book}/values/A1?valueInputOption=RAW",
        {"values": [["b"]]},
        method="PUT",
        after=2,
    )
    assert control.edits_made() == [None]
    read = [google.values_get(book, "A1")["values"] for _ in range(4)]
    assert control.edits_made() == [200]
    assert read == [[["a"]], [["a"]], [["b"]], [["b"]]]
    assert control.calls().human == {}
    assert [(write.cell, write.by) for write in control.writes()] == [("A1", "human:between")]


def test_an_edit_that_fails_is_not_swallowed() -> None:
    """A between edit that Google refuses is raised when the sandbox is left."""
    running = Sandbox()
    running.__enter__()
    with Control(running.contact) as control:
        control.add_spans(MODEL, ["r1"], START)
        control.between("graphql", "/v4/spreadsheets/nothing/values:batchUpdate", {})
        Arize(running.contact.arize_graphql).update()
    with pytest.raises(ValueError, match=r"the edit POST /v4/spreadsheets/nothing"):
        running.__exit__(None, None, None)


def test_the_clock_only_moves_forward(control: Control, sandbox: Sandbox) -> None:
    """Seconds are added to the present; less than none are refused."""
    before = sandbox.world.clock.now()
    control.advance(3600)
    assert 3600 <= sandbox.world.clock.now() - before < 3660
    with pytest.raises(Refused, match="clock can only be moved forward"):
        control.advance(-1)


def test_settings_change_one_by_one(control: Control, sandbox: Sandbox) -> None:
    """What is not named stays as it is; quotas can be changed, ended and had back."""
    control.set(dialect="config", quotas={"arize_requests": 5})
    control.set(notes="overwrite")
    settings = sandbox.world.settings
    assert (settings.dialect, settings.notes, settings.not_found) == (
        "config",
        "overwrite",
        "union",
    )
    assert (settings.quotas.arize_requests, settings.quotas.arize_mutations) == (5, 300)
    control.set(quotas=None)
    assert set(sandbox.world.settings.quotas.model_dump().values()) == {None}
    control.set(quotas=True)
    assert sandbox.world.settings.quotas.google_reads_per_user == 60


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("settings", {"dialect": "third"}, "dialect: Input should be 'seed' or 'config'"),
        ("settings", {"colour": "red"}, "colour: Extra inputs are not permitted"),
        ("settings", {"quotas": {"arize_requests": 0}}, "arize_requests: Input should be greater"),
        ("faults", {"service": "google", "match": "("}, "match: '(' is no regular expression"),
        ("faults", [{"service": "x"}], "0.service: Input should be 'google' or 'arize'"),
        ("faults", {"service": "google", "apply_after_ms": 1}, "are for arize only"),
        ("spans", [{"modelId": "m"}], "0.recordId: Field required"),
        ("spans", {"modelId": "m", "recordId": "r", "startTime": "2026-01-01T00:00"}, "timezone"),
        ("spreadsheets", {"rows": [[{}]]}, "rows.0.0"),
        ("unshare", {"spreadsheetId": "nothing"}, "there is no spreadsheet nothing"),
        ("between", {"match": "x", "edit": {"path": "v4"}}, "edit.path"),
        ("accounts", {"name": "../x"}, "name: String should match"),
    ],
)
def test_a_wrong_input_is_answered_with_a_sentence(
    sandbox: Sandbox, path: str, body: object, words: str
) -> None:
    """400, and what is wrong where."""
    answer = requests.post(f"{sandbox.contact.control}/{path}", json=body, timeout=5)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_what_is_no_json_is_said_so(sandbox: Sandbox) -> None:
    """A body that cannot be read is no reason to fail."""
    answer = requests.post(f"{sandbox.contact.control}/faults", "{", timeout=5)
    assert (answer.status_code, answer.json()) == (400, {"error": "the body is not JSON"})


def test_a_user_has_60_reads_and_60_writes_a_minute(
    google: gspread.HTTPClient, control: Control
) -> None:
    """Google's quota per user and minute, its 429 word for word; people have none."""
    book = control.add_spreadsheet([["a"]])
    for _ in range(60):
        google.values_get(book, "A1")
    with pytest.raises(APIError) as raised:
        google.values_get(book, "A1")
    error = raised.value.error
    assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["message"].startswith(
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per "
        "user' of service 'sheets.googleapis.com' for consumer 'project_number:"
    )
    google.values_update(book, "A1", {"valueInputOption": "RAW"}, {"values": [["b"]]})
    for _ in range(61):
        control.human().read(book, "A1")
    control.advance(61)
    assert google.values_get(book, "A1")["values"] == [["b"]]


def test_a_project_has_quotas_of_its_own(google: gspread.HTTPClient, control: Control) -> None:
    """All accounts of a project share its quota; switched off, there is none."""
    book = control.add_spreadsheet([["a"]])
    control.set(quotas={"google_reads_per_project": 2})
    for _ in range(2):
        google.values_get(book, "A1")
    with pytest.raises(APIError, match="'Read requests per minute'"):
        google.values_get(book, "A1")
    control.set(quotas=None)
    for _ in range(70):
        google.values_get(book, "A1")
