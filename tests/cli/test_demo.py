"""The demo as its users run it: a program of its own, with an empty environment."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from sheets_sync.cli.demo_sandbox import Cell, Held, Line
from sheets_sync.cli.demo_verdict import judge
from tests.command import Command

LONGEST = 240
CONFIG = """\
google: {credentials: [env:NOT_SET]}
mappings:
  - name: answers
    spreadsheet: https://docs.google.com/spreadsheets/d/1AbCdefghijklmnop/edit
    worksheet: Answers
    model_id: TW9kZWw6MTIz
    record_id: Item
    start_time: {constant: 2026-11-24T10:15:00Z}
    annotations:
      - name: Quality
        score: {column: Quality, min: 0, max: 3}
"""
TABLE = "Item,Quality\n007,0\n1234567890123456,2.5\nc9,3\nd4,four\n"


def _demo(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "sheets_sync", "demo", *map(str, arguments)],
        cwd=folder,
        env={},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def _ended(demo: subprocess.Popen[str]) -> tuple[int, str, str]:
    with demo:
        said, complained = demo.communicate(timeout=LONGEST)
    return demo.returncode, said, complained


def _refused(folder: Path, *arguments: str | Path) -> tuple[int | None, str]:
    demo = Command(["demo", *map(str, arguments)], {}, folder)
    _, complained = demo.communicate()
    return demo.returncode, complained


def _is_gone(address: str) -> bool:
    try:
        requests.get(f"{address}endpoints", timeout=5)
    except requests.ConnectionError:
        return True
    return False


def _files(folder: Path, table: str, config: str) -> tuple[Path, Path]:
    table_file, config_file = folder / "answers.csv", folder / "sheets.yaml"
    table_file.write_text(table, encoding="utf-8")
    config_file.write_text(config, encoding="utf-8")
    return table_file, config_file


def _address(said: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/", said)
    assert found, said
    return found[0]


def test_demo_ends_with_everything_in_agreement(tmp_path: Path) -> None:
    """Valid rows are Synced, wrong ones explained, each edit costs its own rows' posts alone."""
    code, said, complained = _ended(_demo(tmp_path, "--once"))
    assert (code, complained) == (0, "")
    assert "Sheet, statuses and Arize agree" in said
    assert "37 valid rows are Synced, 6 wrong ones say why, 5 wait" in said
    assert re.findall(r"Posted to Arize: (\d+)", said) == ["36", "1", "1", "0", "1", "0"]
    assert 'Adequacy: "Satisfactroy"' in said
    assert _is_gone(_address(said))
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [(["--once"], signal.SIGTERM, 128 + signal.SIGTERM), ([], signal.SIGINT, 0)],
)
def test_demo_ends_its_sandbox_when_told_to_end(
    arguments: list[str], told: signal.Signals, code: int, tmp_path: Path
) -> None:
    """SIGTERM leaves no process behind, nor does a reader's Ctrl-C, which is no failure."""
    demo = _demo(tmp_path, *arguments)
    with demo:
        assert demo.stdout
        address = _address(demo.stdout.readline())
        assert not _is_gone(address)
        demo.send_signal(told)
        demo.communicate(timeout=LONGEST)
    assert demo.returncode == code
    assert _is_gone(address)


def test_demo_syncs_any_table(tmp_path: Path) -> None:
    """A CSV file and its configuration are enough; google, arize and state are the sandbox's."""
    table, config = _files(tmp_path, TABLE, CONFIG)
    code, said, complained = _ended(_demo(tmp_path, "--once", "--table", table, "--config", config))
    assert (code, complained) == (0, "")
    assert re.search(r"^answers .* 3 +0 +0 +1 +0 +0$", said, re.MULTILINE)
    assert 'Quality: "four" is not a number' in said
    assert "Arize holds 3 annotations of 3 records." in said


@pytest.mark.parametrize(
    ("table", "config", "words"),
    [
        (None, CONFIG, "--table FILE.csv is missing"),
        (TABLE, None, "--config FILE.yaml is missing"),
        ("", CONFIG, "answers.csv: is empty"),
        ("Item,Quality\n", CONFIG, "answers.csv: no rows below the headers"),
        (TABLE, CONFIG.replace("model_id", "modelid"), "sheets.yaml:6: mappings[0].modelid"),
        (TABLE, "mappings: []\n", "sheets.yaml:1: mappings"),
    ],
)
def test_demo_says_what_is_wrong_with_its_files(
    table: str | None, config: str | None, words: str, tmp_path: Path
) -> None:
    """Files that cannot be used end in plain words and exit code 2."""
    table_file, config_file = _files(tmp_path, table or "", config or "")
    arguments: list[str | Path] = ["--once"]
    arguments += ["--table", table_file] if table is not None else []
    arguments += ["--config", config_file] if config is not None else []
    code, complained = _refused(tmp_path, *arguments)
    assert code == 2
    assert words in complained
    assert "Traceback" not in complained


@pytest.mark.parametrize("lacking", ["answers.csv", "sheets.yaml"])
def test_demo_names_the_file_that_is_not_there(lacking: str, tmp_path: Path) -> None:
    """A missing file is named."""
    table, config = _files(tmp_path, TABLE, CONFIG)
    tmp_path.joinpath(lacking).unlink()
    code, complained = _refused(tmp_path, "--table", table, "--config", config)
    assert (code, lacking in complained, "Traceback" in complained) == (2, True, False)


def test_demo_shares_no_code_with_the_sandbox() -> None:
    """A bug in both could not be seen."""
    look = "import sys, sheets_sync.cli.demo, sheets_sync.cli.demo_table; print(*sys.modules)"
    loaded = subprocess.check_output(  # noqa: S603 - our own program
        [sys.executable, "-c", look], text=True
    ).split()
    assert "sheets_sync.engine" in loaded
    assert not [name for name in loaded if name.startswith("sheets_sync.sandbox")]


def _line(
    number: int = 2,
    *,
    span: Cell = "00000000000000ab",
    status: str = "Synced 24 Nov 10:15",
    **changes: Cell,
) -> Line:
    cells: dict[str, Cell] = {
        "Span ID": span,
        "Started": 46_000.5,
        "Adequacy": "ok",
        "Helpfulness": 0,
        "Comment": "",
        "Reviewer": "Ada",
        "Done": True,
        "Sync status": status,
    }
    return Line(number, {**cells, **changes})


_LABEL = Held.model_validate(
    {
        "recordId": "00000000000000ab",
        "name": "LLM Response Adequacy",
        "label": "Satisfactory",
        "score": None,
        "text": None,
        "updatedBy": "Ada",
        "notes": [],
    }
)
_SCORE = _LABEL.model_copy(update={"name": "Helpfulness", "label": None, "score": 0.0})


def test_verdict_agrees_where_sheet_and_arize_do() -> None:
    """A score of zero is held, and nothing else is missed."""
    verdict = judge([_line()], [_LABEL, _SCORE])
    assert (verdict.differences, verdict.asked, len(verdict.synced)) == ([], 2, 1)


@pytest.mark.parametrize(
    "held",
    [
        [_LABEL],
        [_SCORE],
        [_LABEL, _SCORE, _SCORE.model_copy(update={"record_id": "00000000000000ff"})],
        [_LABEL.model_copy(update={"label": "Needs Improvement"}), _SCORE],
        [_LABEL, _SCORE.model_copy(update={"score": 4.0})],
        [_LABEL.model_copy(update={"updated_by": "Boris"}), _SCORE],
        [_LABEL, _SCORE.model_copy(update={"notes": ["twice", "twice"]})],
    ],
)
def test_verdict_sees_what_arize_holds_otherwise(held: Sequence[Held]) -> None:
    """Any other value, annotator or note at Arize is one difference."""
    assert len(judge([_line()], held).differences) == 1


@pytest.mark.parametrize(
    "line",
    [
        _line(status="Queued"),
        _line(status=""),
        _line(Done=False),
        _line(Adequacy="Goood"),
        _line(Helpfulness=7, status="Adequacy: is empty"),
        _line(span=4_095_713_682_091_745),
        _line(Started="Tuesday, after lunch"),
    ],
)
def test_verdict_sees_a_status_that_is_not_the_rows_own(line: Line) -> None:
    """A status that says less, or something else, than the row deserves is a difference."""
    held = [_LABEL, _SCORE] if judge([line], []).synced else []
    assert len(judge([line], held).differences) == 1


def test_verdict_wants_the_present_place_of_the_other_row() -> None:
    """Two rows with one span id must name each other by the numbers they have now."""
    first = _line(2, status="Same Span ID as row 5")
    second = _line(5, Helpfulness=3, status="Same Span ID as row 2")
    assert judge([first, second], []).differences == []
    assert len(judge([first, replace(second, number=6)], []).differences) == 1


def test_verdict_expects_what_deleted_rows_said() -> None:
    """Arize cannot delete, so a deleted row's annotations are there and counted apart."""
    verdict = judge([], [_LABEL, _SCORE], [_line()])
    assert (verdict.differences, verdict.asked, verdict.kept) == ([], 0, 2)
