"""The questions of `init`, and the proposal as a person sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import typer
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from sheets_sync.arize import NamedModel
from sheets_sync.cli.printing import console, escape
from sheets_sync.domain.cells import shown
from sheets_sync.domain.forms import Moment, SpreadsheetId
from sheets_sync.domain.proposal import MEANINGS, Proposal, Use, refused
from sheets_sync.domain.row import Book

USES: dict[str, Use] = {use: use for use in get_args(Use)}


def for_spreadsheet() -> str:
    """The address of the sheet."""
    return _asked("The sheet's address", TypeAdapter(SpreadsheetId).validate_python)


def for_worksheet(book: Book) -> str | int | None:
    """The gid of the tab, where there are several."""
    if len(book.tabs) < 2:
        return None
    console.print(f"Tabs of {escape(repr(book.title))}:")
    for number, tab in enumerate(book.tabs, 1):
        console.print(f"  {number}  {escape(tab.title)}")
    return book.tabs[_number("Which tab", len(book.tabs)) - 1].gid


def corrected(proposal: Proposal) -> Proposal:
    """The proposal as the operator wants it, one column after the other."""
    while True:
        show(proposal)
        which = typer.prompt("Change which column (its number; 0: all is right)", default="0")
        if which == "0":
            return proposal
        if not which.isdigit() or int(which) > len(proposal.looks):
            console.print(f"There are the columns 1 to {len(proposal.looks)}.")
            continue
        at = int(which) - 1
        console.print("; ".join(f"{use}: {meaning}" for use, meaning in MEANINGS.items()))
        use = USES.get(typer.prompt(f"What is {proposal.looks[at].name!r}").strip().lower())
        if use is None:
            console.print(f"Write one of {', '.join(USES)}.")
        elif said := refused(proposal.looks[at], use):
            console.print(escape(said))
        else:
            proposal = proposal.corrected(at, use)


def for_start_time() -> str | None:
    """One start time for all rows, None to leave it open."""
    said = "When did the records start? One time for all, as 2026-11-24T10:15:00Z; Enter: leave"
    return _asked(said, lambda text: text and TypeAdapter(Moment).validate_python(text)) or None


def for_model(models: Sequence[NamedModel]) -> str | None:
    """The model's id, None to leave it open."""
    for number, model in enumerate(models, 1):
        console.print(f"  {number}  {escape(model.name)} ({escape(model.id)})")
    said = "Which model at Arize: its number or its id" if models else "The model's id at Arize"
    answer = str(typer.prompt(f"{said}; Enter: leave it open", default="", show_default=False))
    if answer.isdigit() and 1 <= int(answer) <= len(models):
        return models[int(answer) - 1].id
    return answer.strip() or None


def show(proposal: Proposal) -> None:
    """Each column with an example, what it is taken for, and why."""
    table = Table(box=None, pad_edge=False)
    for title in ("", "column", "for example", "is", "since"):
        table.add_column(title, justify="right" if not title else "left", no_wrap=not title)
    for number, (look, guess) in enumerate(
        zip(proposal.looks, proposal.guesses, strict=True), start=1
    ):
        example = shown(look.cells[0]) if look.cells else ""
        table.add_row(str(number), escape(look.name), escape(example), guess.use, escape(guess.why))
    console.print(table)


def _number(question: str, last: int) -> int:
    def within(text: str) -> int:
        if text.isdigit() and 1 <= int(text) <= last:
            return int(text)
        raise ValueError(f"write a number from 1 to {last}")

    return int(_asked(question, within))


def _asked(question: str, check: Callable[[str], object]) -> str:
    """An answer that passes the check; it is asked again until then."""
    while True:
        answer = str(typer.prompt(question, default="", show_default=False)).strip()
        try:
            check(answer)
        except ValidationError as error:
            console.print(escape(str(error.errors()[0].get("ctx", {}).get("error", error))))
        except ValueError as error:
            console.print(escape(str(error)))
        else:
            return answer
