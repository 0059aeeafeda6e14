"""What people do to a tab, as requests of one spreadsheets.batchUpdate."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from pydantic import JsonValue

from tests.people.desk import HEADERS, MAPPED, STATUS, Seen, Tab, judged
from tests.service import Cell

Request = dict[str, JsonValue]
Body = dict[str, JsonValue]

JUDGEMENTS: dict[str, list[Cell]] = {
    "Span ID": ["r1", "r2", "r3", "r4", "r5", "s1", ""],
    "Done": [True, False],
    "Adequacy": ["Satisfactory", "ok", "Needs Improvement", "Goood", ""],
    "Helpfulness": [0, 1, 4, 7, ""],
    "Comment": ["N1", "N2", ""],
    "Reviewer": ["Ada", "Bob", ""],
}
KINDS = [
    *["type"] * 6,
    *["clear", "sort", "sort", "insert row", "delete row", "delete row", "move row", "move row"],
    *["duplicate", "copy", "copy", "copy status", "paste elsewhere", "cut", "add"],
    *["rename", "rename back", "rename tab", "rename status", "choose status", "swap headers"],
    *["insert column", "insert column", "delete column", "move column", "move column"],
    *["hide", "filter", "type status", "clear row", "move to another tab"],
]
SHIFTS = [
    *["insert column"] * 3,
    *["move column", "delete column"] * 2,
    *["insert row", "delete row", "sort", "move row", "choose status"],
]
LAST = 12
"""How far people sort and filter."""


class Edit(NamedTuple):
    """A kind of edit, and numbers that choose where, whatever the tab looks like by then."""

    kind: str
    tab: int
    which: int
    other: int
    what: int


def _edits(kinds: list[str]) -> st.SearchStrategy[Edit]:
    number = st.integers(0, 11)
    tab = st.sampled_from([0, 0, 0, 1, 1, 2])
    return st.builds(Edit, st.sampled_from(kinds), tab, number, number, number)


EDITS = _edits(KINDS)
TYPED = _edits(["type", "add", "choose status"])
SHIFTED = _edits(SHIFTS)
ROWS = st.builds(
    judged,
    st.sampled_from(["r1", "r2", "r3", "r4", "r5"]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["Satisfactory", "Needs Improvement", "Goood", ""]),
    st.sampled_from([4, 0, ""]),
    st.sampled_from(["", "", "N1"]),
    st.just("Ada"),
)


def requests(edit: Edit, tab: Tab, elsewhere: Tab, seen: Seen) -> list[Request]:  # noqa: C901, PLR0912, PLR0915 - one line for each kind
    """What the edit asks Google for; nothing where there is nothing to do it to.

    `elsewhere` is the other tab of the same spreadsheet, or the tab itself.
    """
    gid, headers = tab.gid, seen.headers
    rows, width = max(1, len(seen.lines) - 1), max(1, len(headers))
    row, other = 1 + edit.which % rows, 1 + edit.other % rows
    column, to = edit.which % width, edit.other % (width + 1)
    match edit.kind:
        case "type":
            header = list(JUDGEMENTS)[edit.what % len(JUDGEMENTS)]
            values = JUDGEMENTS[header]
            return _type(gid, headers, row, header, values[edit.other % len(values)])
        case "type status":
            return _type(gid, headers, row, STATUS, ["Synced 1 Jan 00:00", "x"][edit.what % 2])
        case "clear":
            return _type(gid, headers, row, "Adequacy", "")
        case "clear row":
            return [_clear(gid, row, width)]
        case "add":
            label = ["Satisfactory", "Needs Improvement"][edit.what % 2]
            new = judged(f"r{1 + edit.which % 6}", True, label, 4, "", "Ada")
            cells = dict(zip(HEADERS, new, strict=True))
            line: list[JsonValue] = [_value(cells.get(header)) for header in headers]
            start: JsonValue = {"sheetId": gid, "rowIndex": rows + 1, "columnIndex": 0}
            fields = "userEnteredValue"
            return [{"updateCells": {"start": start, "rows": [{"values": line}], "fields": fields}}]
        case "sort":
            order = ["ASCENDING", "DESCENDING"][edit.what % 2]
            by: JsonValue = [{"dimensionIndex": column, "sortOrder": order}]
            return [{"sortRange": {"range": _grid(gid, 1, LAST, 0, width), "sortSpecs": by}}]
        case "insert row":
            return [_insert(gid, "ROWS", row)]
        case "delete row":
            return [{"deleteDimension": {"range": span(gid, "ROWS", row)}}]
        case "move row":
            return _move(gid, "ROWS", row, 1 + edit.other % (rows + 1))
        case "duplicate":
            copied = _grid(gid, row, row + 1, 0, width)
            pasted = _grid(gid, row + 1, row + 2, 0, width)
            return [_insert(gid, "ROWS", row + 1), _paste(copied, pasted)]
        case "copy":
            return [
                _paste(_grid(gid, row, row + 1, 0, width), _grid(gid, other, other + 1, 0, width))
            ]
        case "copy status" if STATUS in headers:
            at = headers.index(STATUS)
            return [
                _paste(
                    _grid(gid, row, row + 1, at, at + 1), _grid(gid, other, other + 2, at, at + 1)
                )
            ]
        case "paste elsewhere":
            pasted = _grid(elsewhere.gid, other, other + 1, 0, width)
            return [_paste(_grid(gid, row, row + 1, 0, width), pasted)]
        case "move to another tab" if elsewhere != tab:
            pasted = _grid(elsewhere.gid, LAST, LAST + 1, 0, width)
            copied = _grid(gid, row, row + 1, 0, width)
            gone: Request = {"deleteDimension": {"range": span(gid, "ROWS", row)}}
            return [_paste(copied, pasted), gone]
        case "cut":
            start = {"sheetId": gid, "rowIndex": other, "columnIndex": 0}
            source = _grid(gid, row, row + 1, 0, width)
            kind = "PASTE_NORMAL"
            return [{"cutPaste": {"source": source, "destination": start, "pasteType": kind}}]
        case "rename":
            header = MAPPED[edit.what % len(MAPPED)]
            return _type(gid, headers, 0, header, f"{header}x")
        case "rename back":
            return restore(tab, seen)
        case "swap headers":
            return [
                *_type(gid, headers, 0, "Reviewer", "Comment"),
                *_type(gid, headers, 0, "Comment", "Reviewer"),
            ]
        case "rename status":
            return _type(gid, headers, 0, STATUS, ["State", " Sync\nstatus "][edit.what % 2])
        case "choose status" if STATUS in headers:
            chosen = ["State", "Answer"]["Answer" in headers]
            return [
                *_type(gid, headers, 0, STATUS, "State"),
                *_type(gid, headers, 0, chosen, STATUS),
            ]
        case "rename tab":
            return [_title(tab, f"{tab.name} 2026")]
        case "insert column":
            return [_insert(gid, "COLUMNS", column)]
        case "delete column" if headers and headers[column] not in MAPPED:
            return [{"deleteDimension": {"range": span(gid, "COLUMNS", column)}}]
        case "move column":
            return _move(gid, "COLUMNS", column, to)
        case "hide":
            hidden: Body = {"range": span(gid, "ROWS", row), "fields": "hiddenByUser"}
            return [{"updateDimensionProperties": hidden | {"properties": {"hiddenByUser": True}}}]
        case "filter":
            return [{"setBasicFilter": {"filter": {"range": _grid(gid, 0, LAST, 0, width)}}}]
        case _:
            return []


def restore(tab: Tab, seen: Seen) -> list[Request]:
    """What mends headers and title."""
    found: list[Request] = [] if seen.title == tab.name else [_title(tab, tab.name)]
    for header in MAPPED:
        found += _type(tab.gid, seen.headers, 0, f"{header}x", header)
    statuses = [at for at, header in enumerate(seen.headers) if header == STATUS]
    for at in statuses[1:]:
        found += cell(tab.gid, 0, at, "State")
    return found


def _type(gid: int, headers: list[str], row: int, header: str, value: Cell) -> list[Request]:
    return cell(gid, row, headers.index(header), value) if header in headers else []


def cell(gid: int, row: int, column: int, value: Cell) -> list[Request]:
    """What types into one cell; row and column count from 0."""
    start: JsonValue = {"sheetId": gid, "rowIndex": row, "columnIndex": column}
    rows: JsonValue = [{"values": [_value(value)]}]
    return [{"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}]


def _value(value: Cell) -> JsonValue:
    if value is None or value == "":
        return {}
    if isinstance(value, bool):
        return {"userEnteredValue": {"boolValue": value}}
    kind = "stringValue" if isinstance(value, str) else "numberValue"
    return {"userEnteredValue": {kind: value}}


def _grid(gid: int, top: int, bottom: int, left: int, right: int) -> Body:
    rows: Body = {"sheetId": gid, "startRowIndex": top, "endRowIndex": bottom}
    return rows | {"startColumnIndex": left, "endColumnIndex": right}


def span(gid: int, dimension: str, at: int) -> Body:
    """One row or column, counted from 0."""
    return {"sheetId": gid, "dimension": dimension, "startIndex": at, "endIndex": at + 1}


def _insert(gid: int, dimension: str, at: int) -> Request:
    return {"insertDimension": {"range": span(gid, dimension, at)}}


def _move(gid: int, dimension: str, at: int, to: int) -> list[Request]:
    if to in (at, at + 1):
        return []
    return [{"moveDimension": {"source": span(gid, dimension, at), "destinationIndex": to}}]


def _paste(source: Body, destination: Body) -> Request:
    places: Body = {"source": source, "destination": destination}
    return {"copyPaste": places | {"pasteType": "PASTE_NORMAL"}}


def _clear(gid: int, row: int, width: int) -> Request:
    return {"updateCells": {"range": _grid(gid, row, row + 1, 0, width), "fields": "*"}}


def _title(tab: Tab, title: str) -> Request:
    properties: JsonValue = {"sheetId": tab.gid, "title": title}
    return {"updateSheetProperties": {"properties": properties, "fields": "title"}}
