"""The sheet on the terminal, as an expert sees it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sheets_sync.cli.demo_sandbox import Line
from sheets_sync.cli.demo_verdict import DONE, LABEL, REVIEWER, SCORE, SPAN, STATUS

console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)

_FRAME = 6
"""Lines of the terminal that a sheet's caption, headers and borders take."""


def heading(text: str) -> None:
    """The beginning of a chapter."""
    console.print()
    console.rule(Text(text, "bold"), align="left", style="dim")


def say(text: str, style: str = "") -> None:
    """A sentence; nothing in it is markup."""
    console.print(Text(text, style))


def link(words: str, address: str) -> None:
    """An address to open, on one line in any terminal, so that it can be clicked."""
    console.print(Text(f"{words:<27}  {address}"), soft_wrap=True)


def show(picture: RenderableType) -> None:
    """A table, or whatever else rich can draw."""
    console.print(picture)


def coloured(status: str) -> Text:
    """A status: synced green, queued grey, wrong amber, refused red."""
    if status.startswith("Synced"):
        return Text(status, "green")
    if status.startswith(("Queued", "Edited")):
        return Text(status, "bright_black")
    return Text(status, "red" if status.startswith("Arize") else "yellow")


def sheet(lines: Sequence[Line], *, wraps: bool = True) -> Table:
    """Rows with the columns that an expert looks at; lines as they are shown (formatted)."""
    table = Table(box=None, padding=(0, 1, 0, 0), expand=True, header_style="bold")
    table.add_column("", width=3, justify="right", style="dim")
    table.add_column(SPAN, width=16, no_wrap=True)
    table.add_column("Question", ratio=2, no_wrap=True)
    table.add_column(LABEL, width=17, no_wrap=True)
    table.add_column("Help", width=4, justify="right")
    table.add_column("By", width=7, no_wrap=True)
    table.add_column("", width=1)
    table.add_column(STATUS, ratio=3, no_wrap=not wraps)
    for line in lines:
        table.add_row(
            str(line.number),
            line.text(SPAN),
            line.text("Question"),
            line.text(LABEL),
            line.text(SCORE),
            line.text(REVIEWER),
            "✓" if line.text(DONE) == "TRUE" else "",
            coloured(line.text(STATUS)),
        )
    return table


def window(lines: Sequence[Line], centre: int, caption: str) -> RenderableType:
    """As much of the sheet as the terminal has room for, around the row numbered `centre`."""
    room = max(5, console.height - _FRAME)
    first = max(0, min(centre - 2 - room // 2, len(lines) - room))
    counted = f"rows {first + 2} to {min(first + room, len(lines)) + 1} of {len(lines) + 1}"
    return Group(
        Text(caption, "bold"),
        sheet(lines[first : first + room], wraps=False),
        Text(f"{counted}; Ctrl-C ends the demo", "dim"),
    )
