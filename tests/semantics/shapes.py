"""The sheets of docs/semantics/cells.md, as experts make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from tests.semantics.mappings import adequacy
from tests.service import HEADERS, STARTED, Cell, Service, span

ANSWERS: list[list[Cell]] = [
    [span(number), f"Answer {number}", STARTED, "Satisfactory", 4, "", "Ada"]
    for number in (1, 2, 3)
]
UNTICKED: list[Cell] = ["", "", "", False, "", "", ""]


def nothing(service: Service) -> None:
    """The sheet stays as it is."""


@dataclass(frozen=True)
class Shape:
    """The lines of a sheet, what the mapping says of it, and what an expert does to it."""

    headers: list[Cell] = field(default_factory=lambda: [*HEADERS])
    rows: list[list[Cell]] = field(default_factory=lambda: ANSWERS)
    mapping: dict[str, Any] = field(default_factory=dict)
    above: list[list[Cell]] = field(default_factory=list)
    deed: Callable[[Service], None] = nothing

    @property
    def lines(self) -> list[list[Cell]]:
        """All that is typed."""
        return [*self.above, self.headers, *self.rows]


def named(position: int, header: str) -> list[Cell]:
    """The headers with another one at a position, which may be behind the last."""
    return [*HEADERS[:position], header, *HEADERS[position + 1 :]]


def merged(column: int) -> Callable[[Service], None]:
    """The cells of the first two answers in a column become one."""

    def merge(service: Service) -> None:
        place: JsonValue = {
            "sheetId": service.gid,
            "startRowIndex": 1,
            "endRowIndex": 3,
            "startColumnIndex": column,
            "endColumnIndex": column + 1,
        }
        service.change({"mergeCells": {"range": place, "mergeType": "MERGE_ALL"}})

    return merge


def filtered(service: Service) -> None:
    """A filter hides the second answer."""
    place: JsonValue = {"sheetId": service.gid, "startRowIndex": 0, "endRowIndex": 4}
    hidden: JsonValue = {"1": {"hiddenValues": ["Answer 2"]}}
    service.change({"setBasicFilter": {"filter": {"range": place, "criteria": hidden}}})


def typed(cell: str, text: str) -> Callable[[Service], None]:
    """An expert types into a cell."""
    return lambda service: service.type(cell, text)


def by(header: str | dict[str, str]) -> dict[str, Any]:
    """The mapping with its adequacy in another column."""
    return {"annotations": [adequacy() | {"label": {"column": header}}]}


BY_H = {"updated_by": {"column": {"letter": "H"}}}
BESIDE = [[*answer, "Ada"] for answer in ANSWERS]

SHAPES: dict[str, Shape] = {
    "nothing odd": Shape(),
    "blank rows between the answers": Shape(rows=[[], ANSWERS[0], [], [], *ANSWERS[1:]]),
    "rows of unticked checkboxes below the answers": Shape(rows=[*ANSWERS, UNTICKED, UNTICKED]),
    "Adequacy merged over the first two answers": Shape(deed=merged(3)),
    "Span ID merged over the first two answers": Shape(deed=merged(0)),
    "a title and a blank row above, `header_row: 3`": Shape(
        above=[["Answers of November"], []], mapping={"header_row": 3}
    ),
    "a line break in a header": Shape(headers=named(0, "Span\nID")),
    "a header with an accent composed in another way": Shape(
        headers=named(3, "Qualite\u0301"), mapping=by("Qualité")
    ),
    "an emoji in a header": Shape(headers=named(3, "👍🏽 ?"), mapping=by("👍🏽 ?")),
    "two columns headed Adequacy": Shape(headers=[*HEADERS, "Adequacy"]),
    "two columns headed Adequacy, `column: {letter: D}`": Shape(
        headers=[*HEADERS, "Adequacy"], mapping=by({"letter": "D"})
    ),
    "a blank header, `column: {letter: D}`": Shape(
        headers=named(3, ""), mapping=by({"letter": "D"})
    ),
    "the last header blank, `updated_by: {letter: H}`": Shape(rows=BESIDE, mapping=BY_H),
    "the status column named as input, `updated_by: {letter: H}`": Shape(
        headers=[*HEADERS, "Sync status"], mapping=BY_H
    ),
    "cells without a header beside the table": Shape(rows=BESIDE),
    "a filter that hides the second answer": Shape(deed=filtered),
    "the second span id typed as 1234567890123456": Shape(deed=typed("A3", "1234567890123456")),
    "the second adequacy is a formula that fails, `=1/0`": Shape(deed=typed("D3", "=1/0")),
    'the second adequacy is a formula, `="Satis"&"factory"`': Shape(
        deed=typed("D3", '="Satis"&"factory"')
    ),
    "the second adequacy blank, its note there": Shape(
        rows=[ANSWERS[0], [*ANSWERS[1][:3], "", 4, "Why?", "Ada"], ANSWERS[2]]
    ),
}
