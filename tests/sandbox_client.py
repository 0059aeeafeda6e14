"""What tests use to look into a running sandbox and to change it, over its own HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import requests
from pydantic import BaseModel, JsonValue, TypeAdapter
from pydantic.alias_generators import to_camel

from sheets_sync.sandbox.server import Contact

Row = Sequence[str | float | bool | None]


class _Answer(BaseModel):
    model_config = {"alias_generator": to_camel, "frozen": True}


class ArizeCalls(BaseModel):
    """Requests to Arize, mutations in them, and requests by operation name."""

    requests: int
    mutations: int
    operations: dict[str, int]


class Calls(BaseModel):
    """Requests by method and route; `reads` and `writes` of Sheets by service accounts only."""

    google: dict[str, int]
    reads: int
    writes: int
    arize: ArizeCalls
    human: dict[str, int]
    unauthenticated: dict[str, int]


class Peaks(BaseModel):
    """The most reads of one spreadsheet and posts of one record at once, and what had more.

    `minutes` is the most that any 60 seconds held of what quotas count, `refused` the answers with
    429.
    """

    reads: int
    posts: int
    together: list[str]
    minutes: dict[str, int]
    refused: int


class Write(_Answer):
    """One cell written through the Sheets API; `marked`: its column carried metadata then."""

    spreadsheet_id: str
    sheet: str
    cell: str
    value: str | float | bool | None
    by: str
    at: str
    marked: bool


class Annotation(_Answer):
    """One annotation that Arize holds; `notes` are those of its record."""

    record_id: str
    model_id: str
    model_environment: str
    name: str
    label: str | None
    score: float | None
    text: str | None
    updated_by: str | None
    notes: list[str]
    writes: int


class Change(_Answer):
    """What one mutation said of one annotation."""

    name: str
    annotation_type: str
    label: str | None
    score: float | None
    text: str | None
    updated_by: str | None
    config_id: str | None


class Mutation(_Answer):
    """One mutation that was applied."""

    record_id: str
    model_id: str
    model_environment: str
    at: str
    client_mutation_id: str | None
    start_time: str
    annotations: list[Change]
    note: str | None


class _Fired(BaseModel):
    fired: int


class _Status(BaseModel):
    status: int


class _Edit(BaseModel):
    answer: _Status | None


@dataclass(frozen=True)
class Account:
    """A service account of the sandbox."""

    email: str
    credentials_file: str


class Refused(Exception):
    """The sandbox did not take a request; its words are the message."""


class Control:
    """The control endpoints of one sandbox."""

    def __init__(self, contact: Contact) -> None:
        self._contact = contact
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def _ask(self, method: str, path: str, body: JsonValue = None) -> JsonValue:
        url = f"{self._contact.control}/{path}"
        answer = self._session.request(method, url, json=body, timeout=30)
        if not answer.ok:
            raise Refused(answer.text)
        content: JsonValue = answer.json()
        return content

    def calls(self) -> Calls:
        """What was requested since the start or since `forget_calls`."""
        return Calls.model_validate(self._ask("GET", "calls"))

    def forget_calls(self) -> None:
        """Count from zero again."""
        self._ask("DELETE", "calls")

    def peaks(self) -> Peaks:
        """The busiest moments since the start or since `forget_peaks`."""
        return Peaks.model_validate(self._ask("GET", "peaks"))

    def forget_peaks(self) -> None:
        """Look for the busiest moments from now on."""
        self._ask("DELETE", "peaks")

    def writes(self, by: str | None = None) -> list[Write]:
        """Every cell written through the API, in order; `by` one caller or by all."""
        written = TypeAdapter(list[Write]).validate_python(self._ask("GET", "writes"))
        return [write for write in written if by is None or write.by == by]

    def annotations(self) -> list[Annotation]:
        """All that Arize holds."""
        return TypeAdapter(list[Annotation]).validate_python(self._ask("GET", "annotations"))

    def mutations(self) -> list[Mutation]:
        """Every mutation that was applied, in order."""
        return TypeAdapter(list[Mutation]).validate_python(self._ask("GET", "mutations"))

    def add_spans(
        self,
        model_id: str,
        record_ids: Sequence[str],
        start_time: str,
        environment: str = "tracing",
    ) -> None:
        """Let Arize know these records."""
        self._ask(
            "POST",
            "spans",
            [
                {
                    "modelId": model_id,
                    "recordId": record_id,
                    "startTime": start_time,
                    "modelEnvironment": environment,
                }
                for record_id in record_ids
            ],
        )

    def add_spreadsheet(
        self,
        rows: Sequence[Row],
        *,
        title: str = "Review",
        worksheet: str = "Sheet1",
        locale: str = "en_US",
        time_zone: str = "Etc/GMT",
    ) -> str:
        """Make a spreadsheet that every service account may edit; returns its id."""
        answer = self._ask(
            "POST",
            "spreadsheets",
            {
                "title": title,
                "worksheet": worksheet,
                "rows": [[*row] for row in rows],
                "locale": locale,
                "timeZone": time_zone,
            },
        )
        return TypeAdapter(dict[str, str]).validate_python(answer)["spreadsheetId"]

    def unshare(self, spreadsheet_id: str, account: str | None = None) -> None:
        """Take a spreadsheet away from an account, or from all there are."""
        self._ask("POST", "unshare", {"spreadsheetId": spreadsheet_id, "account": account})

    def share(self, spreadsheet_id: str, account: str | None = None) -> None:
        """Undo `unshare`."""
        self._ask("POST", "share", {"spreadsheetId": spreadsheet_id, "account": account})

    def set(self, **settings: JsonValue) -> None:
        """Change settings: quotas, coalescing, dialect, notes, not_found, any_record, seed."""
        self._ask("POST", "settings", settings)

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward."""
        self._ask("POST", "settings", {"clock": seconds})

    def fault(self, service: Literal["google", "arize"], **details: JsonValue) -> None:
        """Put a fault in force; `details` as the control endpoint has them."""
        self._ask("POST", "faults", [{"service": service, **details}])

    def fired(self) -> list[int]:
        """How often each fault in force has met a request."""
        faults = TypeAdapter(list[_Fired]).validate_python(self._ask("GET", "faults"))
        return [fault.fired for fault in faults]

    def end_faults(self) -> None:
        """Let everything work again."""
        self._ask("DELETE", "faults")

    def between(
        self, match: str, path: str, body: JsonValue, *, method: str = "POST", after: int = 1
    ) -> None:
        """Let a human edit come right after the n-th matching request."""
        edit: JsonValue = {"method": method, "path": path, "body": body}
        self._ask("POST", "between", {"match": match, "after": after, "edit": edit})

    def edits_made(self) -> list[int | None]:
        """What Google answered to each `between` edit: a status, or None if it is yet to come."""
        edits = TypeAdapter(list[_Edit]).validate_python(self._ask("GET", "between"))
        return [edit.answer.status if edit.answer else None for edit in edits]

    def add_account(self, name: str, project: str = "sandbox") -> Account:
        """Make another service account."""
        answer = self._ask("POST", "accounts", {"name": name, "project": project})
        return TypeAdapter(Account).validate_python(answer)

    def remove_account(self, email: str) -> None:
        """Delete a service account, and with it its key and tokens."""
        self._ask("DELETE", f"accounts/{email}")

    def revoke_tokens(self) -> None:
        """Let every access token issued so far be refused."""
        self._ask("DELETE", "tokens")

    def human(self, name: str = "expert") -> Human:
        """A person at the spreadsheets."""
        return Human(self._contact, self._session, name)


class Human:
    """A person who edits through the Sheets API, never limited and never hit by faults."""

    def __init__(self, contact: Contact, session: requests.Session, name: str) -> None:
        self._root = f"{contact.google_api}/v4/spreadsheets"
        self._session = session
        self._headers = {"Authorization": f"Bearer human:{name}"}

    def ask(self, method: str, path: str, body: JsonValue = None) -> JsonValue:
        """Any request below /v4/spreadsheets/; raises `Refused` if it is not a success."""
        answer = self._session.request(
            method, f"{self._root}/{path}", json=body, headers=self._headers, timeout=30
        )
        if not answer.ok:
            raise Refused(answer.text)
        content: JsonValue = answer.json()
        return content

    def type(self, spreadsheet_id: str, cell: str, value: str | float | bool) -> None:  # noqa: FBT001 - a cell's value
        """Type into a cell, such as `Review!B2`."""
        self.type_rows(spreadsheet_id, cell, [[value]])

    def type_rows(self, spreadsheet_id: str, range_: str, rows: Sequence[Row]) -> None:
        """Type into several cells."""
        self.ask(
            "PUT",
            f"{spreadsheet_id}/values/{quote(range_, safe='')}?valueInputOption=USER_ENTERED",
            {"values": [[*row] for row in rows]},
        )

    def read(self, spreadsheet_id: str, range_: str) -> list[list[str]]:
        """What the cells show."""
        answer = self.ask("GET", f"{spreadsheet_id}/values/{quote(range_, safe='')}")
        values = answer.get("values", []) if isinstance(answer, dict) else []
        return TypeAdapter(list[list[str]]).validate_python(values)

    def change(self, spreadsheet_id: str, *requests_: dict[str, JsonValue]) -> JsonValue:
        """Sort, insert, delete and the like: one spreadsheets.batchUpdate."""
        return self.ask("POST", f"{spreadsheet_id}:batchUpdate", {"requests": [*requests_]})
