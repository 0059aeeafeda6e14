from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from sheets_sync.app import opened
from sheets_sync.config import Config, load
from sheets_sync.engine.schedule import once
from sheets_sync.sandbox.server import Contact, Sandbox
from tests.convergence.damage import as_it_is, damaged, repeated
from tests.convergence.expected import (
    TABLES,
    Expectation,
    Held,
    Line,
    Meaning,
    expect,
    read_lines,
)
from tests.sandbox_client import Control, Row

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SHEETS_SYNC_SHARED", REPOSITORY.parent / "shared"))
MAPPINGS = Path(__file__).parent / "tables"
Copy = Callable[[Meaning, list[Line]], list[Line]]

pytestmark = pytest.mark.skipif(
    not (SHARED / "data").is_dir(),
    reason=f"the real tables are not at {SHARED / 'data'}; SHEETS_SYNC_SHARED may say where",
)


@pytest.mark.parametrize("copy", [as_it_is, damaged, repeated])
@pytest.mark.parametrize("table", TABLES)
def test_every_valid_row_is_delivered_and_every_invalid_one_explained(
    table: str, copy: Copy, sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """Arize holds what the table says, each row says what became of it, and again is idle."""
    meaning = TABLES[table]
    lines = copy(meaning, read_lines(SHARED / "data" / meaning.file))
    expectation = expect(meaning, lines)
    control.set(quotas=None, any_record=True)
    worksheet = "Judgements"
    spreadsheet = control.add_spreadsheet(_rows(lines), worksheet=worksheet, time_zone=meaning.zone)
    config = _config(table, sandbox.contact, spreadsheet, worksheet, tmp_path)

    _once(config)

    held = [
        Held(one.record_id, one.name, one.label, one.score, one.updated_by, tuple(one.notes))
        for one in control.annotations()
    ]
    assert sorted(held, key=str) == sorted(expectation.held, key=str)
    assert {one.writes for one in control.annotations()} == {1}
    posted = control.mutations()
    starts = {one.record_id: datetime.fromisoformat(one.start_time) for one in posted}
    assert starts == expectation.start_times
    statuses = _statuses(control, spreadsheet, worksheet, len(lines))
    assert _unexplained(statuses, expectation, meaning.record) == {}

    written = len(control.writes())
    control.forget_calls()

    _once(config)

    calls = control.calls()
    assert calls.arize.requests == 0
    assert (calls.reads, calls.writes) == (1, 0)
    assert len(control.writes()) == written
    assert _statuses(control, spreadsheet, worksheet, len(lines)) == statuses


def _rows(lines: list[Line]) -> list[Row]:
    return [[*lines[0]], *([_cell(text) for text in line.values()] for line in lines)]


def _cell(text: str) -> str | float | bool | None:
    """A cell as Google's import of a CSV file makes it; dates with a T stay text."""
    if text in ("TRUE", "FALSE"):
        return text == "TRUE"
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text or None


def _config(table: str, contact: Contact, spreadsheet: str, worksheet: str, folder: Path) -> Config:
    """The table's own configuration, pointed at the sandbox and without its waiting."""
    document = yaml.safe_load((MAPPINGS / f"{table}.yaml").read_text(encoding="utf-8"))
    document["google"] = {
        "api_root": contact.google_api,
        "credentials": [contact.credentials_file],
        "reads_per_minute": 10_000,
        "writes_per_minute": 10_000,
    }
    document["arize"] |= {
        "endpoint": contact.arize_graphql,
        "mutations_per_minute": 1_000_000,
        "requests_per_minute": 1_000_000,
        "batch_size": 10,
    }
    document["state"] = f"sqlite:///{folder}/state.db"
    document["mappings"][0] |= {"spreadsheet": spreadsheet, "worksheet": worksheet}
    path = folder / "sheets.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return load(path, {"ARIZE_API_KEY": "any"})


def _once(config: Config) -> None:
    with opened(config, writes=True) as app:
        for observation in once(app.context, config.mappings, app.drains):
            assert observation.trouble is None


def _statuses(control: Control, spreadsheet: str, worksheet: str, count: int) -> dict[int, str]:
    header, *lines = control.human().read(spreadsheet, f"{worksheet}!A1:Z{count + 1}")
    at = header.index("Sync status")
    shown = {number: line[at] for number, line in enumerate(lines, 2) if len(line) > at}
    return {number: shown.get(number, "") for number in range(2, count + 2)}


def _unexplained(
    statuses: dict[int, str], expectation: Expectation, record: tuple[str, ...]
) -> dict[int, str]:
    """The rows whose status is not what it should be."""
    wrong: dict[int, str] = {}

    def judge(number: int, *, right: bool) -> None:
        if not right:
            wrong[number] = statuses[number]

    for number in expectation.synced:
        judge(
            number,
            right=re.fullmatch(r"Synced \d\d? \w{3} \d\d:\d\d", statuses[number]) is not None,
        )
    for number in expectation.silent:
        judge(number, right=not statuses[number])
    for number, flaws in expectation.flawed.items():
        words = [word for flaw in flaws for word in (flaw.column, flaw.seen, *flaw.cure)]
        judge(number, right=_all_in(statuses[number], words))
    for number, others in expectation.rivals.items():
        places = [f"row {other}" for other in others]
        judge(
            number,
            right=_all_in(statuses[number], ["Same", *record])
            and any(statuses[number].endswith(place) for place in places),
        )
    return wrong


def _all_in(status: str, words: list[str]) -> bool:
    """Whether the status holds all words, case and line breaks aside."""
    return all(" ".join(word.split()).casefold() in status.casefold() for word in words)
