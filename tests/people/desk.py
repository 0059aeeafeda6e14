"""Two spreadsheets with three tabs at which people work, and the service that watches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pydantic import JsonValue, TypeAdapter

from sheets_sync.app import App
from tests.sandbox_client import Annotation, Row, Write
from tests.semantics import naive
from tests.semantics.story import BEGIN
from tests.service import STARTED, Cell, Service

HEADERS = [
    "Span ID",
    "Answer",
    "Started",
    "Done",
    "Adequacy",
    "Helpfulness",
    "Comment",
    "Reviewer",
]
MAPPED = [header for header in HEADERS if header != "Answer"]
STATUS = "Sync status"
LONGEST = 30
"""Rows that are looked at."""


class Tab(NamedTuple):
    """Where a tab is. Its title may change, its place may not."""

    name: str
    spreadsheet: str
    gid: int


class Seen(NamedTuple):
    """A tab as people see it: its title just now, and its lines."""

    title: str
    lines: list[list[Cell]]

    @property
    def headers(self) -> list[str]:
        """The first line, as headers are compared."""
        return [" ".join(str(cell).split()) for cell in self.lines[0]] if self.lines else []

    @property
    def rows(self) -> dict[int, dict[str, Cell]]:
        """Row number to what stands under each header that stands there once."""
        return {
            number: {header: line[at] for at, header in self._columns() if at < len(line)}
            for number, line in enumerate(self.lines[1:], 2)
        }

    @property
    def judged(self) -> dict[int, naive.Row]:
        """Row number to its mapped cells; none where a header is missing."""
        if any(self.headers.count(header) != 1 for header in MAPPED):
            return {}
        return {
            number: {header: row.get(header) for header in MAPPED}
            for number, row in self.rows.items()
        }

    def _columns(self) -> list[tuple[int, str]]:
        return [(at, header) for at, header in enumerate(self.headers) if header]


@dataclass
class Desk(Service):
    """The mapping of docs/semantics/due.md on three tabs: Review and Copy, and Other elsewhere."""

    now: float = BEGIN
    rows: Sequence[Row] = ()
    copied: Sequence[Row] = ()
    others: Sequence[Row] = ()
    number: int = 0
    """Desks of one state and one Arize keep apart by it: each has a model of its own."""
    tabs: list[Tab] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.expert = self.control.human("Ada")
        self.spreadsheet = self._spreadsheet("Review", self.rows)
        elsewhere = self._spreadsheet("Other", self.others)
        self.expert.change(
            self.spreadsheet, {"addSheet": {"properties": {"sheetId": 1, "title": "Copy"}}}
        )
        self.expert.type_rows(self.spreadsheet, "Copy!A1", [HEADERS, *self.copied])
        self.tabs = [
            Tab("Review", self.spreadsheet, 0),
            Tab("Copy", self.spreadsheet, 1),
            Tab("Other", elsewhere, 0),
        ]

    def _spreadsheet(self, title: str, rows: Sequence[Row]) -> str:
        return self.control.add_spreadsheet(
            [HEADERS, *rows], title=title, worksheet=title, time_zone="Europe/Berlin"
        )

    @property
    def model(self) -> str:
        """The model at Arize."""
        return f"model-{self.number}"

    def at(self, app: App) -> App:
        """The running program, told to watch this desk in the time of its people."""
        return replace(
            app,
            config=self.config(),
            context=replace(app.context, clock=lambda: self.now),
        )

    def mappings(self) -> list[dict[str, Any]]:
        """One for each tab."""
        (only,) = super().mappings()
        return [
            only
            | {
                "name": f"{tab.name} {self.number}",
                "model_id": self.model,
                "worksheet": tab.name,
                "spreadsheet": tab.spreadsheet,
            }
            | {"when": {"column": "Done"}}
            for tab in self.tabs
        ]

    def see(self) -> dict[Tab, Seen]:
        """All tabs as they are now."""
        seen: dict[Tab, Seen] = {}
        for spreadsheet in dict.fromkeys(tab.spreadsheet for tab in self.tabs):
            told: Any = self.expert.ask(
                "GET",
                f"{spreadsheet}?includeGridData=true&fields=sheets(properties(sheetId,title),"
                "data(rowData(values(effectiveValue))))",
            )
            by_gid = {sheet["properties"].get("sheetId", 0): sheet for sheet in told["sheets"]}
            for tab in self.tabs:
                if tab.spreadsheet == spreadsheet:
                    sheet = by_gid[tab.gid]
                    lines = sheet["data"][0].get("rowData", [])
                    seen[tab] = Seen(sheet["properties"]["title"], [_line(line) for line in lines])
        return seen

    def written(self) -> list[Write]:
        """All cells that the program wrote here, in order."""
        ours = {tab.spreadsheet for tab in self.tabs}
        written = self.control.writes()
        return [
            write
            for write in written
            if write.spreadsheet_id in ours and not write.by.startswith("human")
        ]

    def annotations(self) -> list[Annotation]:
        """All that Arize holds of this desk."""
        return [one for one in self.control.annotations() if one.model_id == self.model]

    def posted(self) -> int:
        """How many mutations of this desk Arize has applied."""
        return sum(mutation.model_id == self.model for mutation in self.control.mutations())

    def between(self, tab: Tab, after: int, requests: Sequence[JsonValue]) -> None:
        """Let an edit come right after the n-th request about the tab's spreadsheet or to Arize."""
        self.control.between(
            f"{tab.spreadsheet}|updateAnnotations",
            f"/v4/spreadsheets/{tab.spreadsheet}:batchUpdate",
            {"requests": [*requests]},
            after=after,
        )


def _line(row: Mapping[str, Any]) -> list[Cell]:
    return [_cell(cell.get("effectiveValue", {})) for cell in row.get("values", [])]


def _cell(value: Mapping[str, Any]) -> Cell:
    """An error stands as it is read."""
    for kind in ("stringValue", "numberValue", "boolValue"):
        if kind in value:
            found: Cell = TypeAdapter(str | float | bool).validate_python(value[kind])
            return found
    return None


def judged(record: str, done: bool, *judgement: Cell) -> list[Cell]:  # noqa: FBT001 - a cell's value
    """A row: label, score, comment and reviewer follow whether it is done."""
    return [record, f"Answer {record}", STARTED, done, *judgement]
