"""Conversations recorded with the real Google, held again with the sandbox: `make fidelity`.

The recordings are gspread's own test data (MIT). Every status and every field of every answer
must be the same. What cannot be is held to its kind:

- ids that Google makes up: one of ours stands for one of theirs, throughout the recording;
- times: one of the same form;
- the name of the account, which is another one's here.

Links must be the same but for the ids in them. Files that a recording refers to without making
them are loaded beforehand, and so are the name, the times and the tabs of such a file.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.sandbox.drive import SPREADSHEET, Drive
from sheets_sync.sandbox.grid import Sheet
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.token import new_key
from sheets_sync.sandbox.wire import Json
from tests.discovery import Discovery

SHARED = Path(os.environ.get("SHEETS_SYNC_SHARED", Path(__file__).parents[3] / "shared"))
FOLDER = SHARED / "recordings"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
CALLER = "human:sync"
RECORDED_CALLER = "sync@example.iam.gserviceaccount.com"

_IDS = {
    *("id", "spreadsheetId", "sheetId", "protectedRangeId", "metadataId", "namedRangeId"),
    *("sourceSheetId", "newSheetId"),
}
_GIVEN_IDS = {"0", "root"}
"""Ids that Google does not make up: the first tab's, and the top folder's."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_TIMES = {"createdTime", "modifiedTime"}
_FILE_PATH = re.compile(r"/(?:v4/spreadsheets|drive/v3/files)/([A-Za-z0-9_-]{25,})")


@dataclass(frozen=True)
class Exchange:
    """One recorded call and its answer."""

    method: str
    uri: str
    body: str | None
    status: int
    response: str

    @cached_property
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
        path = self._with_our_ids(f"{url.path}?{url.query}")
        uri = f"{self.sandbox.contact.google_api}{path}"
        body = None if exchange.body is None else self._ours(json.loads(exchange.body))
        headers = {"Authorization": f"Bearer {CALLER}"}
        return requests.request(exchange.method, uri, json=body, headers=headers, timeout=10)

    def compare(self, recorded: Json, ours: Json, place: str = "") -> None:
        """Note every difference between two answers."""
        name = re.sub(r"\[\d+\]$", "", place).rpartition(".")[2]
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key in sorted(recorded.keys() | ours.keys()):
                if key not in recorded or key not in ours:
                    value = recorded.get(key, ours.get(key))
                    side = "recorded" if key in recorded else "ours"
                    self.problems.append(f"{place}.{key} is only in {side}: {value!r}")
                else:
                    self.compare(recorded[key], ours[key], f"{place}.{key}")
        elif isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
            for index, (left, right) in enumerate(zip(recorded, ours, strict=True)):
                self.compare(left, right, f"{place}[{index}]")
        elif type(recorded) is not type(ours) or not self._stands_for(name, recorded, ours):
            self.problems.append(f"{place}: recorded {recorded!r}, ours {ours!r}")

    def _stands_for(self, name: str, recorded: Json, ours: Json) -> bool:
        if name in _IDS:
            return self._is_same_id(str(recorded), str(ours))
        if name in _TIMES:
            return bool(_TIME.fullmatch(str(recorded)) and _TIME.fullmatch(str(ours)))
        if name == "spreadsheetUrl":
            return self._with_our_ids(str(recorded)) == ours
        return (CALLER if recorded == RECORDED_CALLER else recorded) == ours

    def _is_same_id(self, recorded: str, ours: str) -> bool:
        if recorded in _GIVEN_IDS or ours in _GIVEN_IDS:
            return recorded == ours
        if recorded not in self.ids and ours in self.ids.values():
            return False
        return self.ids.setdefault(recorded, ours) == ours

    def _with_our_ids(self, text: str) -> str:
        for recorded, ours in self.ids.items():
            if not recorded.isdigit():
                text = text.replace(recorded, ours)
        return text

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


@dataclass(frozen=True)
class Outcome:
    """How one recording went: how many answers were compared, and where they differ."""

    name: str
    answers: int
    problems: Sequence[str]

    def __str__(self) -> str:
        verdict = "DIFFERS" if self.problems else "agrees "
        lines = [f"{verdict} {self.name} ({self.answers} answers)"]
        return "\n".join([*lines, *(f"    {problem}" for problem in self.problems)])


def replay(name: str, key: RSAPrivateKey) -> Outcome:
    """Hold one recording again with a fresh sandbox, up to the first answer that differs."""
    recorded = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    exchanges = [Exchange(**one) for one in recorded]
    discovery = Discovery(answers_only=True)
    with Sandbox(key=key, observer=discovery) as sandbox:
        run = Replay(sandbox)
        for number, exchange in enumerate(exchanges):
            run.prepare(exchange, exchanges)
            answer = run.ask(exchange)
            what = f"{number}: {exchange.method} {unquote(exchange.uri)}"
            run.compare(exchange.status, answer.status_code, "status")
            run.compare(exchange.answer, answer.json() if answer.content else None)
            problems = [*run.problems, *discovery.problems]
            if problems:
                return Outcome(name, number, [what, *problems])
    return Outcome(name, len(exchanges), ())


def main(names: Sequence[str]) -> int:
    """Report on these recordings, or on all; the exit code is 0 if every one agrees."""
    key = new_key()
    outcomes = []
    for name in names or NAMES:
        outcomes.append(replay(name, key))
        sys.stdout.write(f"{outcomes[-1]}\n")
        sys.stdout.flush()
    agree = [outcome for outcome in outcomes if not outcome.problems]
    answers = sum(outcome.answers for outcome in agree)
    missing = "" if outcomes else f": there are no recordings in {FOLDER}"
    sys.stdout.write(
        f"{len(agree)} of {len(outcomes)} recordings agree, {answers} answers in all{missing}\n"
    )
    return 0 if agree and len(agree) == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
