"""Conversations recorded with the real Google, held again with the sandbox.

The recordings are gspread's own test data (MIT). Ids and times differ by nature and are mapped
or left out; every other field of every answer must be the same.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import requests

from sheets_sync.sandbox.drive import SPREADSHEET, Drive
from sheets_sync.sandbox.grid import Sheet
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Json

SHARED = Path(os.environ.get("SHEETS_SYNC_SHARED", Path(__file__).parents[3] / "shared"))
FOLDER = SHARED / "recordings"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
CALLER = "human:sync"
RECORDED_CALLER = "sync@example.iam.gserviceaccount.com"

_IDS = {
    *("id", "spreadsheetId", "sheetId", "protectedRangeId", "metadataId", "namedRangeId"),
    *("sourceSheetId", "newSheetId"),
}
_IGNORED = {"createdTime", "modifiedTime", "spreadsheetUrl"}
_FILE_PATH = re.compile(r"/(?:v4/spreadsheets|drive/v3/files)/([A-Za-z0-9_-]{25,})")


@dataclass(frozen=True)
class Exchange:
    """One recorded call and its answer."""

    method: str
    uri: str
    body: str | None
    status: int
    response: str

    @property
    def answer(self) -> dict[str, Json] | None:
        """The recorded answer; None for an empty one."""
        parsed: dict[str, Json] | None = json.loads(self.response) if self.response else None
        return parsed

    @property
    def described(self) -> list[dict[str, Json]]:
        """Files and spreadsheets that a recorded reading tells of."""
        if self.method != "GET" or self.answer is None:
            return []
        files = self.answer.get("files")
        listed = files if isinstance(files, list) else []
        return [self.answer, *(one for one in listed if isinstance(one, dict))]

    @property
    def listed(self) -> list[str]:
        """The ids in a recorded files.list."""
        if not urlsplit(self.uri).path.endswith("/files"):
            return []
        return [str(one["id"]) for one in self.described[1:]]


@dataclass
class Replay:
    """One recording being held again; `ids` are those of the recording and ours."""

    sandbox: Sandbox
    ids: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _others: set[str] = field(default_factory=set)

    @property
    def drive(self) -> Drive:
        """Where the sandbox keeps its files."""
        return self.sandbox.world.drive

    def ask(self, exchange: Exchange) -> requests.Response:
        """Send what was recorded, with our ids in place of the recorded ones."""
        url = urlsplit(exchange.uri)
        uri = f"{self.sandbox.contact.google_api}{url.path}?{url.query}"
        for recorded, ours in self.ids.items():
            if not recorded.isdigit():
                uri = uri.replace(recorded, ours)
        body = None if exchange.body is None else self._ours(json.loads(exchange.body))
        headers = {"Authorization": f"Bearer {CALLER}"}
        return requests.request(exchange.method, uri, json=body, headers=headers, timeout=10)

    def compare(self, recorded: Json, ours: Json, place: str = "") -> None:
        """Note every difference between two answers."""
        name = re.sub(r"\[\d+\]$", "", place).rpartition(".")[2]
        if name in _IDS and recorded is not None and ours is not None:
            known = self.ids.setdefault(str(recorded), str(ours))
            if known != str(ours):
                self.problems.append(f"{place}: {ours!r} stands for {recorded!r}")
        elif isinstance(recorded, dict) and isinstance(ours, dict):
            for key in sorted((recorded.keys() | ours.keys()) - _IGNORED):
                if key not in recorded or key not in ours:
                    value = recorded.get(key, ours.get(key))
                    side = "recorded" if key in recorded else "ours"
                    self.problems.append(f"{place}.{key} is only in {side}: {value!r}")
                else:
                    self.compare(recorded[key], ours[key], f"{place}.{key}")
        elif isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
            for index, (left, right) in enumerate(zip(recorded, ours, strict=True)):
                self.compare(left, right, f"{place}[{index}]")
        elif recorded == RECORDED_CALLER:
            self.compare(CALLER, ours, place)
        elif recorded != ours or type(recorded) is not type(ours):
            self.problems.append(f"{place}: recorded {recorded!r}, ours {ours!r}")

    def prepare(self, exchange: Exchange, exchanges: list[Exchange]) -> None:
        """Let the world outside the conversation be as it was: files that others made."""
        found = _FILE_PATH.search(urlsplit(exchange.uri).path)
        named = [found[1]] if found and exchange.status != 404 else []
        for file_id in [*named, *exchange.listed]:
            if file_id not in self.ids:
                self._load(file_id, exchanges)
        if self._others & set(exchange.listed):
            for file_id in self._others - set(exchange.listed):
                self.drive.files.pop(file_id, None)

    def _load(self, file_id: str, exchanges: list[Exchange]) -> None:
        file = self.drive.add_file("", SPREADSHEET, CALLER)
        del self.drive.files[file.file_id]
        file.file_id = file_id
        self.drive.files[file_id] = file
        self._others.add(file_id)
        self.ids[file_id] = file_id
        for described in (one for exchange in exchanges for one in exchange.described):
            if described.get("id") == file_id and "createdTime" in described:
                file.name = file.content.title = str(described["name"])
                file.created = _seconds(described["createdTime"])
                file.modified = _seconds(described["modifiedTime"])
        for described in (one for exchange in exchanges for one in exchange.described):
            if described.get("spreadsheetId") == file_id and "sheets" in described:
                file.spreadsheet = _spreadsheet(described)
                file.name = file.content.title
                break

    def _ours(self, value: Json, name: str = "") -> Json:
        if isinstance(value, dict):
            return {key: self._ours(content, key) for key, content in value.items()}
        if isinstance(value, list):
            return [self._ours(element, name) for element in value]
        if name in _IDS and str(value) in self.ids:
            ours = self.ids[str(value)]
            return int(ours) if isinstance(value, int) else ours
        return value


def _spreadsheet(described: Mapping[str, Json]) -> Spreadsheet:
    parsed = json.loads(json.dumps(described))
    return Spreadsheet(
        parsed["properties"]["title"],
        sheets=[
            Sheet(
                one["properties"]["sheetId"],
                one["properties"]["title"],
                one["properties"]["gridProperties"]["rowCount"],
                one["properties"]["gridProperties"]["columnCount"],
            )
            for one in parsed["sheets"]
        ],
    )


def _seconds(time: Json) -> float:
    return datetime.fromisoformat(str(time)).timestamp()


@pytest.mark.skipif(not NAMES, reason=f"no recordings in {FOLDER}")
def test_there_are_recordings_to_replay() -> None:
    """An empty folder must not pass for agreement."""
    assert len(NAMES) >= 50


@pytest.mark.parametrize("name", NAMES)
def test_the_sandbox_answers_as_google_did(sandbox: Sandbox, name: str) -> None:
    """Every answer of a recorded conversation comes again: status and every field."""
    recorded = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    exchanges = [Exchange(**one) for one in recorded]
    replay = Replay(sandbox)
    for number, exchange in enumerate(exchanges):
        replay.prepare(exchange, exchanges)
        answer = replay.ask(exchange)
        what = f"{number}: {exchange.method} {unquote(exchange.uri)}"
        assert answer.status_code == exchange.status, (what, answer.text)
        replay.compare(exchange.answer, answer.json() if answer.content else None)
        assert not replay.problems, (what, replay.problems)
