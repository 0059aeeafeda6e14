from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sheets_sync.cli.endings import BAD_CONFIG
from sheets_sync.config import load
from sheets_sync.domain.mapping import Constant, Gid
from sheets_sync.sandbox.server import Contact, Sandbox
from tests.command import Command
from tests.sandbox_client import Control, Row
from tests.service import MODEL

HEADERS: Row = ["Span ID", "Started", "Adequacy", "Helpfulness", "Comment", "Reviewer", "Done"]
ROWS: list[Row] = [
    [
        f"{number:04d}b661b957e727",
        "2026-11-20T10:00:00Z",
        ["Satisfactory", "Needs Improvement"][number % 2],
        number % 5 + 1,
        f"Comment {number} of the reader",
        ["Ada", "Bob"][number % 2],
        True,
    ]
    for number in range(6)
]


@dataclass
class Beginner:
    """Somebody in an empty folder, who knows a sandbox and its keys."""

    contact: Contact
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Both keys are where they belong."""
        return {
            "PATH": os.environ["PATH"],
            "GOOGLE_APPLICATION_CREDENTIALS": self.contact.credentials_file,
            "ARIZE_API_KEY": "any-key-will-do",
            "COLUMNS": "200",
        }

    @property
    def addresses(self) -> list[str]:
        """The options that lead to the sandbox."""
        google, arize = self.contact.google_api, self.contact.arize_graphql
        return ["--api-root", google, "--arize-endpoint", arize]

    def init(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`init --yes` at the sandbox."""
        return self.type("init", "--yes", *self.addresses, *words, **environment)

    def type(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Any command; variables that are empty are not set."""
        given = self.environment | environment
        command = Command(words, {name: text for name, text in given.items() if text}, self.folder)
        shown, errors = command.communicate()
        assert command.returncode is not None
        return subprocess.CompletedProcess(words, command.returncode, shown, errors)

    def written(self, name: str = "config/sheets.yaml") -> str:
        """The file that was made."""
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture
def beginner(sandbox: Sandbox, control: Control, tmp_path: Path) -> Beginner:
    """Every record is found at Arize."""
    control.set(any_record=True)
    return Beginner(sandbox.contact, tmp_path)


def test_from_an_empty_folder_to_synced(beginner: Beginner, control: Control) -> None:
    """`init --yes`, which checks and plans, `provision` and `once`; no file is edited by hand."""
    sheet = control.add_spreadsheet([HEADERS, *ROWS], title="Answers", worksheet="Review")
    url = f"https://docs.google.com/spreadsheets/d/{sheet}/edit#gid=0"
    first = beginner.init("--spreadsheet", url, "--model-id", MODEL)
    assert control.writes(by="sheets-sync") == []
    assert control.mutations() == []
    done = [beginner.type(*words) for words in (["provision", "--yes"], ["once"])]

    assert [one.returncode for one in (first, *done)] == [0, 0, 0], first.stderr
    assert "6 rows: 6 to send" in first.stdout
    assert '+ row 2 0000b661b957e727: Adequacy "Satisfactory", Helpfulness 1' in first.stdout
    header, *rows = control.human().read(sheet, "Review")
    at = header.index("Sync status")
    assert [row[at].split(" ")[0] for row in rows] == ["Synced"] * 6
    held = {(one.record_id, one.name): one for one in control.annotations()}
    one = held["0001b661b957e727", "Adequacy"]
    assert (one.label, one.updated_by, one.notes) == (
        "Needs Improvement",
        "Bob",
        ["Comment 1 of the reader"],
    )
    assert held["0003b661b957e727", "Helpfulness"].score == 4


def test_what_cannot_be_guessed_is_marked_and_said(beginner: Beginner, control: Control) -> None:
    """Exit 1: `check` and `plan` go as far as they can, and nothing can be sent."""
    rows = [[row[0], *row[2:4]] for row in ROWS]
    sheet = control.add_spreadsheet([["Span ID", "Adequacy", "Helpfulness"], *rows])
    control.set(any_record=False)
    done = beginner.init("--spreadsheet", sheet)
    once = beginner.type("once")

    assert (done.returncode, once.returncode) == (1, 1)
    assert "config/sheets.yaml:27: model_id: CHOOSE" in done.stdout
    assert "Arize knows no model 'CHOOSE'" in done.stdout
    assert "column 'CHOOSE' not found" in done.stdout
    assert "start_time: {column: CHOOSE}" in beginner.written()
    assert control.mutations() == []
    assert "Traceback" not in done.stderr


def test_a_file_is_never_overwritten(beginner: Beginner) -> None:
    """Exit 2 with the cure, before anything is asked of anybody."""
    (beginner.folder / "mine.yaml").write_text("mine", encoding="utf-8")
    done = beginner.init("--spreadsheet", "1ThisOneWasNeverThere", "--config", "mine.yaml")
    assert done.returncode == BAD_CONFIG
    assert done.stderr == (
        "mine.yaml: is there already and is not overwritten; name another file with --config\n"
    )
    assert beginner.written("mine.yaml") == "mine"


def test_the_tab_is_that_of_the_address_or_the_first_with_headers(
    beginner: Beginner, control: Control
) -> None:
    """The others stand in a comment."""
    sheet = control.add_spreadsheet([["How to judge: read, then write."]], worksheet="Read me")
    human = control.human()
    human.change(sheet, {"addSheet": {"properties": {"title": "Review ", "sheetId": 77}}})
    human.type_rows(sheet, "'Review '!A1", [HEADERS, *ROWS])
    human.change(sheet, {"addSheet": {"properties": {"title": "Old", "sheetId": 78}}})
    human.type_rows(sheet, "Old!A1", [HEADERS, *ROWS])
    words = ["--model-id", MODEL, "--start-time", "2026-11-20T10:00:00Z"]
    first = beginner.init("--spreadsheet", sheet, *words)
    url = f"https://docs.google.com/spreadsheets/d/{sheet}/edit?gid=78#gid=78"
    named = beginner.init("--spreadsheet", url, *words, "--config", "other/place/named.yaml")
    empty = beginner.init("--spreadsheet", sheet, "--worksheet", "Read me", "--config", "x.yaml")
    none = beginner.init("--spreadsheet", sheet, "--worksheet", "Revue", "--config", "x.yaml")

    (mapping,) = load(beginner.folder / "config/sheets.yaml", beginner.environment).mappings
    assert first.returncode == named.returncode == 0, first.stdout
    assert mapping.worksheet == Gid(gid=77)
    assert isinstance(mapping.start_time, Constant)
    assert beginner.written("other/place/sheets.schema.json").startswith("{")
    assert "# other tabs: Read me, Old" in beginner.written()
    assert "worksheet: Old " in beginner.written("other/place/named.yaml")
    assert (empty.returncode, none.returncode) == (1, 1)
    assert "tab 'Read me': has no headers" in empty.stderr
    assert "no tab 'Revue'; tabs: 'Read me', 'Review ', 'Old'" in none.stderr
    assert not (beginner.folder / "x.yaml").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "--yes needs --spreadsheet"),
        (["--spreadsheet", "a sheet"], 2, "--spreadsheet: 'a sheet' is neither a"),
        (["--spreadsheet", "1ThisOneWasNeverThere"], 1, "not found"),
        (["--start-time", "noon"], 2, "--start-time: 'noon' is not"),
        (["--config", "."], 2, "is a folder; name a file in it"),
        (["--config", "file/in/file.yaml"], 2, "cannot be written: not a directory"),
        (["--arize-endpoint", "http://x.org/"], 2, "--arize-endpoint: plain http to x.org"),
        (["--api-root", "x.org"], 2, "--api-root: is not a web address"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    words: list[str], code: int, said: str, beginner: Beginner, control: Control
) -> None:
    """With its cure, and without a traceback."""
    (beginner.folder / "file").write_text("no folder", encoding="utf-8")
    sheet = control.add_spreadsheet([HEADERS, *ROWS])
    named = ["--spreadsheet", sheet] if words and words[0] != "--spreadsheet" else []
    done = beginner.init(*named, *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_keys_that_are_not_there_are_said(beginner: Beginner, control: Control) -> None:
    """Google's before anything is read; Arize's where the configuration is read."""
    sheet = control.add_spreadsheet([HEADERS, *ROWS])
    no_file = beginner.init("--spreadsheet", sheet, GOOGLE_APPLICATION_CREDENTIALS="/nowhere")
    no_key = beginner.init("--spreadsheet", sheet, ARIZE_API_KEY="")
    assert (no_file.returncode, no_key.returncode) == (BAD_CONFIG, BAD_CONFIG)
    assert no_file.stderr.startswith("there is no file /nowhere")
    assert "arize.api_key: environment variable ARIZE_API_KEY is not set" in no_key.stderr
    assert "which was not asked: environment variable ARIZE_API_KEY is not set" in (
        beginner.written()
    )


def test_what_arize_repeats_of_the_key_is_nowhere(beginner: Beginner, control: Control) -> None:
    """Not on the screen, and not in the comment that tells why no model is listed."""
    sheet = control.add_spreadsheet([HEADERS, *ROWS])
    said = "any-key-will-do is no good key"
    control.fault("arize", action="status", status=403, message=said)
    done = beginner.init("--spreadsheet", sheet)
    assert done.returncode == 1
    assert "is no good key" in beginner.written()
    assert "any-key-will-do" not in beginner.written() + done.stdout + done.stderr


def test_a_sheet_that_is_not_shared_is_said_with_whom_to_share_it(
    beginner: Beginner, control: Control
) -> None:
    """And nothing is written."""
    sheet = control.add_spreadsheet([HEADERS, *ROWS])
    control.unshare(sheet)
    done = beginner.init("--spreadsheet", sheet)
    assert done.returncode == 1
    assert "share the sheet with sheets-sync@sandbox.iam.gserviceaccount.com as ed" in done.stderr
    assert [*beginner.folder.iterdir()] == []


def test_without_a_terminal_nothing_is_asked(beginner: Beginner) -> None:
    """Exit 2: what to say instead."""
    done = beginner.type("init", *beginner.addresses)
    assert done.returncode == 2
    assert "there is no terminal to ask on; say --yes" in done.stderr


def test_on_a_terminal_the_operator_corrects_what_was_guessed(
    beginner: Beginner, control: Control
) -> None:
    """Address, tab, columns, start time and model are asked for; wrong answers are asked again."""
    rows: list[Row] = [[row[0], f"x{at}", *row[2:5]] for at, row in enumerate(ROWS)]
    headers: Row = ["Span ID", "Session", "Adequacy", "Helpfulness", "Comment"]
    sheet = control.add_spreadsheet([["Read this first"]], worksheet="Read me")
    human = control.human()
    human.change(sheet, {"addSheet": {"properties": {"title": "Review", "sheetId": 7}}})
    human.type_rows(sheet, "Review!A1", [headers, *rows])
    answers = ["nothing", sheet, "3", "2"]
    answers += ["9", "2", "nonsense", "2", "record", "5", "unused", "0"]
    answers += ["noon", "2026-11-20T10:00:00Z", MODEL]
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, "".join(f"{answer}\n" for answer in answers).encode())
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "sheets_sync", "init", *beginner.addresses],
            stdin=terminal,
            capture_output=True,
            text=True,
            cwd=beginner.folder,
            env=beginner.environment,
            timeout=60,
            check=False,
        )
    finally:
        os.close(keyboard)
        os.close(terminal)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "neither a spreadsheet's address nor its id" in done.stdout
    assert "write a number from 1 to 2" in done.stdout
    assert "'noon' is not a time" in done.stdout
    (mapping,) = load(beginner.folder / "config/sheets.yaml", beginner.environment).mappings
    assert (mapping.worksheet, mapping.record_id, mapping.note) == ("Review", "Session", None)
    assert mapping.model_id == MODEL
