"""Plain HTTP calls to the sandbox's Google, as one caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from sheets_sync.sandbox.server import Sandbox


@dataclass(frozen=True)
class Google:
    """Calls as `caller`: `human:NAME`, whom quotas and scopes do not concern."""

    sandbox: Sandbox
    caller: str = "human:ann"

    def send(self, method: str, path: str, body: object = None, **query: Any) -> requests.Response:
        """One call, whatever is answered."""
        return requests.request(
            method,
            self.sandbox.contact.google_api + path,
            params=query,
            json=body,
            headers={"Authorization": f"Bearer {self.caller}"},
            timeout=10,
        )

    def ask(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """The answer of a call that must succeed."""
        response = self.send(method, path, body, **query)
        assert response.ok, response.text
        return response.json() if response.content else None

    def refusal(
        self, method: str, path: str, body: object = None, **query: Any
    ) -> tuple[int, str, str]:
        """HTTP status, status and message of a call that must be refused."""
        response = self.send(method, path, body, **query)
        assert not response.ok, response.text
        error = response.json()["error"]
        return response.status_code, error.get("status", ""), error["message"]

    def spreadsheet(self, *rows: Sequence[object], **properties: str) -> Sheet:
        """A new spreadsheet of this caller with these values in Sheet1."""
        made = self.ask("POST", "/v4/spreadsheets", {"properties": {"title": "T", **properties}})
        sheet = Sheet(self, made["spreadsheetId"])
        if rows:
            sheet.put("Sheet1!A1", *rows)
        return sheet


@dataclass(frozen=True)
class Sheet:
    """One spreadsheet, as one caller sees it."""

    google: Google
    spreadsheet_id: str

    @property
    def path(self) -> str:
        """Where Sheets keeps it."""
        return f"/v4/spreadsheets/{self.spreadsheet_id}"

    def seen_by(self, caller: str) -> Sheet:
        """The same spreadsheet as somebody else sees it."""
        return Sheet(Google(self.google.sandbox, caller), self.spreadsheet_id)

    def get(self, a1: str, **query: str) -> Any:
        """The values of a range; [] where all is empty."""
        return self.google.ask("GET", f"{self.path}/values/{a1}", **query).get("values", [])

    def put(self, a1: str, *rows: Sequence[object], option: str = "RAW", **query: str) -> Any:
        """Write rows; the answer."""
        return self.google.ask(
            "PUT",
            f"{self.path}/values/{a1}",
            {"values": list(rows)},
            valueInputOption=option,
            **query,
        )

    def refused_put(
        self, a1: str, *rows: Sequence[object], option: str = "RAW"
    ) -> tuple[int, str, str]:
        """Write rows, which must be refused."""
        return self.google.refusal(
            "PUT", f"{self.path}/values/{a1}", {"values": list(rows)}, valueInputOption=option
        )

    def change(self, *requests_: Mapping[str, object]) -> Any:
        """The replies of a batchUpdate."""
        body = {"requests": list(requests_)}
        return self.google.ask("POST", f"{self.path}:batchUpdate", body)["replies"]

    def refused_change(self, *requests_: Mapping[str, object]) -> tuple[int, str, str]:
        """A batchUpdate that must be refused."""
        body = {"requests": list(requests_)}
        return self.google.refusal("POST", f"{self.path}:batchUpdate", body)

    def post(self, what: str, body: object) -> Any:
        """Any other POST below the spreadsheet."""
        return self.google.ask("POST", f"{self.path}{what}", body)

    def resource(self, **query: Any) -> Any:
        """The Spreadsheet resource."""
        return self.google.ask("GET", self.path, **query)

    def fasten(self, dimension: str, index: int, key: str = "k", value: str = "v") -> int:
        """Developer metadata on a row or column; its id."""
        place = {"dimension": dimension, "startIndex": index, "endIndex": index + 1}
        entry = {
            "metadataKey": key,
            "metadataValue": value,
            "visibility": "DOCUMENT",
            "location": {"dimensionRange": place},
        }
        (reply,) = self.change({"createDeveloperMetadata": {"developerMetadata": entry}})
        made: int = reply["createDeveloperMetadata"]["developerMetadata"]["metadataId"]
        return made

    def fastened_at(self, metadata_id: int) -> int | None:
        """The row or column of metadata, counted from zero; None when it is gone."""
        response = self.google.send("GET", f"{self.path}/developerMetadata/{metadata_id}")
        if response.status_code == 404:
            return None
        index: int = response.json()["location"]["dimensionRange"]["startIndex"]
        return index
