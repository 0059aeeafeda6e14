from __future__ import annotations

import json
from pathlib import Path

import pytest

from sheets_sync.config import load
from sheets_sync.errors import ConfigError
from tests.semantics.mappings import example
from tests.semantics.tables import FOLDER, Line, each_line, plain

GOOD = example(FOLDER / "config.md")
MORE = """\
mappings:
  - name: more
    spreadsheet: 1tR4cS0mpLe5preadsheet
    worksheet: More
    model_id: TW9kZWw6MQ
    record_id: Span ID
    start_time: {column: Started}
    annotations:
      - name: Helpfulness
        score: {column: Helpfulness}
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The two variables that the page names."""
    key_file = tmp_path / "key.json"
    key_file.write_text(json.dumps({"type": "service_account", "client_email": "bot@example.com"}))
    return {"GOOGLE_KEY": str(key_file), "ARIZE_KEY": "ak-5678"}


def problems(path: Path, environ: dict[str, str]) -> list[str]:
    """What is said of a file or a folder, without the names of folders."""
    try:
        load(path, environ)
    except ConfigError as error:
        folder = path if path.is_dir() else path.parent
        return [
            problem.replace(f"{folder}/", "").replace(f"{folder}: ", "")
            for problem in error.problems
        ]
    return []


def said_of(text: str, tmp_path: Path, environ: dict[str, str]) -> list[str]:
    """What is said of a file with this text, each beginning with the line."""
    file = tmp_path / "sheets.yaml"
    file.write_text(text, encoding="utf-8")
    return [problem.removeprefix("sheets.yaml:") for problem in problems(file, environ)]


def expected(line: Line) -> list[str]:
    """What the page says is said."""
    return [plain(part.strip()) for part in line["What is said"].split("<br>") if part.strip()]


def exchanged(old: str, new: str) -> str:
    """The page's file with one line exchanged, maybe for two, in the same column."""
    assert GOOD.count(f" {old}\n") + GOOD.startswith(f"{old}\n") == 1, f"{old!r} stands not once"
    start = next(line for line in GOOD.splitlines() if line.strip() == old)
    margin = start[: len(start) - len(old)]
    return GOOD.replace(
        f"{start}\n", "".join(f"{margin}{part.strip()}\n" for part in new.split("⏎"))
    )


@each_line("config", "What is refused")
def test_what_is_refused(line: Line, tmp_path: Path, environ: dict[str, str]) -> None:
    """One wrong line is answered with one sentence and its cure."""
    text = exchanged(plain(line["Instead of"]), plain(line["stands"]))
    assert said_of(text, tmp_path, environ) == expected(line)


@each_line("config", "Two mappings")
def test_two_mappings(line: Line, tmp_path: Path, environ: dict[str, str]) -> None:
    """What two mappings may share and what not."""
    keys = plain(line["The second mapping"]).split("; ")
    text = GOOD + "  - <<: *answers\n" + "".join(f"    {key}\n" for key in keys)
    assert said_of(text, tmp_path, environ) == expected(line)


@each_line("config", "A folder of files")
def test_a_folder(line: Line, tmp_path: Path, environ: dict[str, str]) -> None:
    """Which files are read, and what is said across them."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in plain(line["Files"]).split(", "):
        (folder / name).write_text(GOOD if name == "a.yaml" else MORE)
    assert problems(folder, environ) == expected(line)


@each_line("config", "Lengths")
def test_lengths(line: Line, tmp_path: Path, environ: dict[str, str]) -> None:
    """A constant that Arize would refuse in every row is refused at the start."""
    stands = plain(line["stands, of 101 letters"])
    text = exchanged(plain(line["Instead of"]), stands.replace("LONG", "x" * 101))
    assert said_of(text, tmp_path, environ) == expected(line)
    text = exchanged(plain(line["Instead of"]), stands.replace("LONG", "x" * 100))
    assert said_of(text, tmp_path, environ) == []
