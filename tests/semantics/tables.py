r"""The tables of docs/semantics/, read by the tests as an operator reads them.

A sheet's cell is written as JSON in backticks: `"0,8"`, `0.8`, `true`, `"a\u00a0b"`; nothing, or
the word blank, is an empty cell; `"x" * 101` is a text of 101 letters. A bar inside a cell of the
table is written as a backslash and a bar.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypeAlias

import pytest

Cell: TypeAlias = str | int | float | bool | None
Line: TypeAlias = dict[str, str]

FOLDER = Path(__file__).parents[2] / "docs" / "semantics"
_BAR = re.compile(r"(?<!\\)\|")
_REPEATED = re.compile(r'("[^"]+") \* (\d+)')


def tables(topic: str) -> dict[str, list[Line]]:
    """Each heading of a page that has a table below it, and the table's lines by column."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in (FOLDER / f"{topic}.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("|"):
            found.setdefault(heading, []).append(_split(line))
    return {heading: _lines(heading, rows) for heading, rows in found.items()}


def table(topic: str, heading: str) -> list[Line]:
    """The lines below one heading of a page, each a column's name to what stands there."""
    return tables(topic)[heading]


def each_line(topic: str, heading: str) -> pytest.MarkDecorator:
    """Run a test once for each line of a table, as its argument `line`."""
    lines = table(topic, heading)
    names = [" - ".join(list(line.values())[:3])[:80] for line in lines]
    return pytest.mark.parametrize("line", lines, ids=names)


def plain(text: str) -> str:
    """What stands in a table, without backticks around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "`" else text


def cell(text: str) -> Cell:
    """A sheet's cell as the table writes it."""
    written = plain(text)
    if written in ("", "blank"):
        return None
    if repeated := _REPEATED.fullmatch(written):
        return str(json.loads(repeated[1])) * int(repeated[2])
    value: Cell = json.loads(written)
    return value


def _split(line: str) -> list[str]:
    return [part.strip().replace("\\|", "|") for part in _BAR.split(line.strip())[1:-1]]


def _lines(heading: str, rows: list[list[str]]) -> list[Line]:
    columns, rule, *body = rows
    assert all(re.fullmatch(":?-+:?", part) for part in rule), f"two tables below {heading!r}"
    assert all(len(row) == len(columns) for row in body), f"a bar too many below {heading!r}"
    return [dict(zip(columns, row, strict=True)) for row in body]
