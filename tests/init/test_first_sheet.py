from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Contact, Sandbox
from tests.command import Command
from tests.docs.pages import ROOT, page
from tests.init.replay import replayed

DATA = Path(os.environ.get("SHEETS_SYNC_SHARED", ROOT.parent / "shared")) / "data"
NAME = "docs/first-sheet.md"
SHEET = "1KaMbAaTaFirstSheetOfThisPage000000000000000"
"""What the page calls the spreadsheet."""
GOOGLE = "http://127.0.0.1:8765"
TODAY = (
    (r"\d\d [A-Z][a-z]{2} \d\d:\d\d(:\d\d)?", "TIME"),
    (r"\d+(\.\d+)? s\b", "SECONDS"),
    (r" +", " "),
)
"""What is another each day, with the widths that it gives to tables."""

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real tables are not at {DATA}"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]


@dataclass
class Terminal:
    """An empty folder in which the page's commands are typed."""

    contact: Contact
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    spreadsheet: str = ""
    """Its real id, once there is one."""

    def __post_init__(self) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "GOOGLE_APPLICATION_CREDENTIALS": self.contact.credentials_file,
            "ARIZE_API_KEY": "any",
            "COLUMNS": "120",
        }

    def run(self, command: str) -> str:
        """What it answers, as the page would show it."""
        typed = command.replace(GOOGLE, self.contact.google_api).replace(SHEET, self.spreadsheet)
        if typed.startswith("sheets-sync "):
            words = shlex.split(typed.split(" 2> ")[0].replace("\\\n", " "))[1:]
            said = Command(words, self.environment, self.folder)
            shown, complained = said.communicate()
            assert said.returncode == 0, shown + complained
        else:
            done = subprocess.run(  # noqa: S603 - the page's own words
                ["/bin/bash", "-c", typed.replace("python3 ", f"{sys.executable} ", 1)],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                check=True,
            )
            shown = done.stdout
        if created := re.search(r'"spreadsheetId": ?"([^"]+)"', shown):
            self.spreadsheet = created[1]
        return self.as_shown(shown)

    def as_shown(self, text: str) -> str:
        """With the page's addresses instead of the real ones."""
        shown = text.replace(self.contact.google_api, GOOGLE)
        shown = shown.replace(self.spreadsheet, SHEET) if self.spreadsheet else shown
        lines = [line.rstrip() for line in shown.splitlines()]
        return "".join(f"{line}\n" for line in lines)

    def file(self) -> str:
        """The configuration that was written."""
        return self.as_shown((self.folder / "config/sheets.yaml").read_text(encoding="utf-8"))


def any_day(text: str) -> str:
    """The text as it is on any day."""
    for pattern, word in TODAY:
        text = re.sub(pattern, word, text)
    return text


def test_the_page_shows_what_really_happens(sandbox: Sandbox, tmp_path: Path) -> None:
    """Every command is done again from an empty folder, and every answer compared."""
    shutil.copy(DATA / "kambaata_responses.csv", tmp_path)
    terminal = Terminal(sandbox.contact, tmp_path)
    shown = replayed(page(NAME), terminal.run, terminal.file)
    if os.environ.get("SHEETS_SYNC_WRITE_PAGES"):
        (ROOT / NAME).write_text(shown, encoding="utf-8")
    assert any_day(shown) == any_day(page(NAME))
    assert shown.count('"Synced ') == 8
