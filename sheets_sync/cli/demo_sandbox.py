"""The demo's sandbox, a program of its own, and what people do with it over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import requests
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from sheets_sync.errors import SheetsSyncError

Cell: TypeAlias = str | int | float | bool | None

_START = [sys.executable, "-m", "sheets_sync", "sandbox", "--port", "0", "--json", "--empty"]
_LONGEST_END = 10


class Contact(BaseModel):
    """Where the sandbox is reached."""

    google_api: str
    arize_graphql: str
    credentials_file: str
    control: str
    pages: str


class Held(BaseModel):
    """One annotation that Arize holds; `notes` are those of its record."""

    model_config = {"alias_generator": to_camel}

    record_id: str
    name: str
    label: str | None
    score: float | None
    text: str | None
    updated_by: str | None
    notes: list[str]


class _Mutation(BaseModel):
    model_config = {"alias_generator": to_camel}

    record_id: str


class _ArizeCalls(BaseModel):
    mutations: int


class _Calls(BaseModel):
    arize: _ArizeCalls


class _Created(BaseModel):
    model_config = {"alias_generator": to_camel}

    spreadsheet_id: str


@dataclass(frozen=True)
class Line:
    """One row of the sheet below its headers: its number and its cells by header."""

    number: int
    cells: Mapping[str, Cell]

    def text(self, header: str) -> str:
        """The cell as text, without white space around it; empty where there is none."""
        cell = self.cells.get(header)
        return "" if cell is None else str(cell).strip()


@contextmanager
def started(folder: Path) -> Iterator[Contact]:
    """Run a sandbox while the context lasts; what it complains about goes into `folder`.

    It is out of reach of Ctrl-C, which ends it in its turn: after the service.
    """
    complaints = folder / "sandbox.log"
    with complaints.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own program
            _START, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        )
    try:
        yield _contact(process, complaints)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_LONGEST_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _contact(process: subprocess.Popen[str], complaints: Path) -> Contact:
    said = process.stdout.readline() if process.stdout else ""
    try:
        return Contact.model_validate_json(said)
    except ValidationError:
        process.wait(_LONGEST_END)
        why = complaints.read_text().strip().splitlines() or [said.strip() or "it says nothing"]
        raise SheetsSyncError(f"the sandbox did not start: {why[-1]}") from None


class Sandbox:
    """The control endpoints: what only a sandbox lets one do and see."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact
        self._session = requests.Session()
        self._session.trust_env = False
        self._seen = 0

    def ask(
        self, method: str, url: str, body: JsonValue = None, person: str | None = None
    ) -> JsonValue:
        """Any request; raises `SheetsSyncError` with the answer if it is not a success."""
        headers = {"Authorization": f"Bearer human:{person}"} if person else {}
        answer = self._session.request(method, url, json=body, headers=headers, timeout=60)
        if not answer.ok:
            raise SheetsSyncError(f"the sandbox refused {method} {url}: {answer.text}")
        content: JsonValue = answer.json()
        return content

    def add_spreadsheet(
        self, title: str, worksheet: str, rows: Sequence[Sequence[Cell]], zone: str
    ) -> str:
        """A spreadsheet of one tab, shared with the service; cells are taken as they are."""
        new: JsonValue = {
            "title": title,
            "worksheet": worksheet,
            "rows": [[*row] for row in rows],
            "timeZone": zone,
        }
        return _Created.model_validate(self._control("POST", "spreadsheets", new)).spreadsheet_id

    def new_spreadsheet(self, title: str, tab: str, zone: str, person: str) -> str:
        """A spreadsheet of one empty tab that belongs to a person."""
        new: JsonValue = {
            "properties": {"title": title, "timeZone": zone},
            "sheets": [{"properties": {"title": tab, "sheetId": 0}}],
        }
        url = f"{self.contact.google_api}/v4/spreadsheets"
        return _Created.model_validate(self.ask("POST", url, new, person)).spreadsheet_id

    def add_spans(self, model_id: str, started_at: Mapping[str, str]) -> None:
        """Let Arize know these spans: when each started, by its id."""
        spans: list[JsonValue] = [
            {"modelId": model_id, "recordId": span, "startTime": start}
            for span, start in started_at.items()
        ]
        self._control("POST", "spans", spans)

    def set(self, **settings: JsonValue) -> None:
        """Change how the sandbox behaves."""
        self._control("POST", "settings", settings)

    def annotations(self) -> list[Held]:
        """All that Arize holds."""
        return TypeAdapter(list[Held]).validate_python(self._control("GET", "annotations"))

    def posts_since(self) -> tuple[int, list[str]]:
        """How many mutations Arize was sent since the last call, and the records they changed."""
        sent = _Calls.model_validate(self._control("GET", "calls")).arize.mutations
        self._control("DELETE", "calls")
        applied = TypeAdapter(list[_Mutation]).validate_python(self._control("GET", "mutations"))
        new, self._seen = applied[self._seen :], len(applied)
        return sent, [mutation.record_id for mutation in new]

    def _control(self, method: str, path: str, body: JsonValue = None) -> JsonValue:
        return self.ask(method, f"{self.contact.control}/{path}", body)


class Expert:
    """A person who works in the first tab of one spreadsheet, through the Sheets API."""

    def __init__(self, sandbox: Sandbox, spreadsheet: str, tab: str, name: str = "Ada") -> None:
        self._sandbox = sandbox
        self.spreadsheet = spreadsheet
        self._url = f"{sandbox.contact.google_api}/v4/spreadsheets/{spreadsheet}"
        self._tab = tab
        self._name = name

    def lines(self, *, header_row: int = 1, unformatted: bool = False) -> list[Line]:
        """The rows below the headers, as they are shown or as they are stored."""
        render = "UNFORMATTED_VALUE" if unformatted else "FORMATTED_VALUE"
        query = f"valueRenderOption={render}&dateTimeRenderOption=SERIAL_NUMBER"
        answer = self._ask("GET", f"/values/{quote(self._tab, safe='')}?{query}")
        found = answer.get("values", []) if isinstance(answer, dict) else []
        values = TypeAdapter(list[list[Cell]]).validate_python(found)
        headers = [str(cell) for cell in values[header_row - 1]] if values else []
        return [
            Line(number, dict(zip(headers, [*cells, *[None] * len(headers)], strict=False)))
            for number, cells in enumerate(values[header_row:], header_row + 1)
        ]

    def type(self, place: str, rows: Sequence[Sequence[str]]) -> None:
        """Type texts into cells from `place` on, such as B2."""
        area = quote(f"'{self._tab}'!{place}", safe="")
        values: list[JsonValue] = [[*row] for row in rows]
        self._ask("PUT", f"/values/{area}?valueInputOption=USER_ENTERED", {"values": values})

    def sort(self, column: int, last_row: int) -> None:
        """Sort all rows below the headers by one column, counted from 0."""
        area: JsonValue = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": last_row}
        order: JsonValue = [{"dimensionIndex": column, "sortOrder": "ASCENDING"}]
        self._change({"sortRange": {"range": area, "sortSpecs": order}})

    def insert(self, row: int, cells: Sequence[str]) -> None:
        """Insert a row that will have this number, and fill it in."""
        self._change({"insertDimension": {"range": _rows(row), "inheritFromBefore": row > 2}})
        self.type(f"A{row}", [cells])

    def delete(self, row: int) -> None:
        """Delete the row with this number."""
        self._change({"deleteDimension": {"range": _rows(row)}})

    def _change(self, request: JsonValue) -> None:
        self._ask("POST", ":batchUpdate", {"requests": [request]})

    def _ask(self, method: str, path: str, body: JsonValue = None) -> JsonValue:
        return self._sandbox.ask(method, self._url + path, body, self._name)


def _rows(number: int) -> JsonValue:
    return {"sheetId": 0, "dimension": "ROWS", "startIndex": number - 1, "endIndex": number}
