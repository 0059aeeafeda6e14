"""What a page draws of each cell: its text, what may be entered, its colours, its note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sheets_sync.sandbox.a1 import Block, column_letters
from sheets_sync.sandbox.formula import FormulaError
from sheets_sync.sandbox.google_api.resource import Viewer
from sheets_sync.sandbox.grid import EMPTY, Cell, Protection, Row, Ruled, Sheet
from sheets_sync.sandbox.pages.conditions import background, css_colour, operands
from sheets_sync.sandbox.reading import Reader
from sheets_sync.sandbox.wire import Json


@dataclass(frozen=True)
class Fastened:
    """What a tab has fastened to places rather than to cells, as one person meets it."""

    columns: int
    formats: Sequence[Ruled]
    protections: Sequence[Protection]
    """Those that this person may not change."""


def fastened(sheet: Sheet, columns: int, viewer: Viewer) -> Fastened:
    """That of a tab, of which so many columns are drawn."""
    protections = [found for found in sheet.protections if not viewer.may_edit(found)]
    return Fastened(columns, [*sheet.conditional_formats], protections)


@dataclass(frozen=True)
class Drawing:
    """Draws rows of one tab."""

    reader: Reader
    sheet: Sheet
    fastened: Fastened

    def row(self, index: int, row: Row) -> dict[str, Json]:
        """Texts `v`; by column what is entered `e`, styles `s`, rules `r`, notes `t`, locks `p`."""
        texts: list[Json] = []
        marks: dict[str, dict[str, Json]] = {"e": {}, "s": {}, "r": {}, "t": {}, "p": {}}
        for column in range(self.fastened.columns):
            cell = row[column] if column < len(row) else EMPTY
            text = str(self.reader.shown(self.sheet, index, column, cell))
            texts.append(cell.value if isinstance(cell.value, bool) else text)
            found: dict[str, Json] = {
                "e": cell.formula,
                "s": self._style(index, column, cell, text),
                "r": _rule(cell),
                "t": cell.note,
                "p": self._is_locked(index, column),
            }
            for mark, content in found.items():
                if content:
                    marks[mark][column_letters(column)] = content
        while texts and texts[-1] == "":
            texts.pop()
        return {"v": texts, **{mark: columns for mark, columns in marks.items() if columns}}

    def _style(self, index: int, column: int, cell: Cell, text: str) -> dict[str, Json]:
        style: dict[str, Json] = {}
        colour = self._conditional_colour(index, column, cell, text)
        if colour := colour or css_colour(cell.format or {}):
            style |= {"backgroundColor": colour, "color": "#1f1f1f"}
        if _is_bold(cell.format or {}):
            style["fontWeight"] = "bold"
        return style

    def _conditional_colour(self, index: int, column: int, cell: Cell, text: str) -> str | None:
        rules = [
            r for r in self.fastened.formats if any(a.meets(_at(index, column)) for a in r.areas)
        ]
        if not rules:
            return None
        result = self.reader.result(self.sheet, index, column, cell)
        value = None if isinstance(result, FormulaError) else result
        return next((found for rule in rules if (found := background(rule, text, value))), None)

    def _is_locked(self, index: int, column: int) -> bool:
        place = _at(index, column)
        return any(
            protection.area.meets(place)
            and not any(part.covers(place) for part in protection.unprotected)
            for protection in self.fastened.protections
        )


def _at(index: int, column: int) -> Block:
    return Block(index, column, index + 1, column + 1)


def choices(cell: Cell) -> list[str]:
    """What its dropdown offers; nothing where it has none."""
    kind, condition = _condition(cell)
    return [*operands(condition)] if kind == "ONE_OF_LIST" else []


def _rule(cell: Cell) -> Json:
    """A dropdown or a checkbox; other rules show nothing."""
    if _condition(cell)[0] == "BOOLEAN":
        return {"checkbox": True}
    if offered := choices(cell):
        strict = (cell.validation or {}).get("strict") is True
        return {"choices": ["", *offered], "strict": strict}
    return None


def _condition(cell: Cell) -> tuple[Json, Mapping[str, Json]]:
    condition = (cell.validation or {}).get("condition")
    return (condition.get("type"), condition) if isinstance(condition, dict) else (None, {})


def _is_bold(cell_format: Mapping[str, Json]) -> bool:
    text_format = cell_format.get("textFormat")
    return isinstance(text_format, dict) and text_format.get("bold") is True
