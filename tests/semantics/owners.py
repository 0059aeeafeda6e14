"""Stories of several rows that speak of the same record, in tabs, spreadsheets and mappings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from tests.semantics.story import Story
from tests.service import HEADERS, STARTED, Cell, span

TABS = ("Review", "Copy", "Other")
"""The first two are tabs of one spreadsheet, the third stands in a spreadsheet of its own."""


@dataclass
class Owners(Story):
    """Three empty tabs, each with a mapping of its own."""

    rows: tuple[()] = ()
    names: dict[str, str] = field(default_factory=lambda: {tab: tab.lower() for tab in TABS})
    """The mapping's name of each tab that has one."""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABS, 1))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.change({"addSheet": {"properties": {"title": "Copy"}}})
        self.expert.type_rows(self.spreadsheet, "Copy!A1", [HEADERS])
        self.elsewhere = self.control.add_spreadsheet([HEADERS], title="Else", worksheet="Other")

    def phrases(self) -> dict[str, Callable[..., object]]:
        """What is said of one row, and what the tables of owners say beside it."""
        tab, place = r"(Review|Copy|Other)", r"(Review|Copy|Other) (\d+)"
        text = r"([A-C]|Goood|blank)"
        return super().phrases() | {
            rf'{tab} {text}(?: "(.*)")?(?: by (\w+))?(?: of (\d+))?': self.add,
            rf"{place} is {text}": lambda where, row, label: self.put(where, f"D{row}", label),
            rf"{place} by (\w+)": lambda where, row, name: self.put(where, f"G{row}", name),
            rf"{place} deleted": lambda where, row: self.delete(where, int(row)),
            rf"sort {tab}": self.sort,
            rf"{tab} not mapped": self.unmap,
            rf"{tab} mapped as (\w+)": self.rename,
        }

    def add(
        self, tab: str, label: str, note: str | None, reviewer: str | None, record: str | None
    ) -> None:
        """An expert writes another row."""
        self.counts[tab] += 1
        word = "" if label == "blank" else label
        row: list[Cell] = [span(int(record or 1)), "Answer", STARTED, word, "", note or ""]
        place = f"{tab}!A{self.counts[tab]}"
        self.expert.type_rows(self.book(tab), place, [[*row, reviewer or "Ada"]])

    def put(self, tab: str, cell: str, text: str) -> None:
        """An expert types into a cell."""
        self.expert.type(self.book(tab), f"{tab}!{cell}", "" if text == "blank" else text)

    def delete(self, tab: str, row: int) -> None:
        """An expert deletes a row."""
        self.counts[tab] -= 1
        gid = self.number(tab)
        rows: dict[str, JsonValue] = {"sheetId": gid, "dimension": "ROWS"}
        rows |= {"startIndex": row - 1, "endIndex": row}
        self.ask(tab, "deleteDimension", {"range": rows})

    def sort(self, tab: str) -> None:
        """An expert sorts by label."""
        self.ask(
            tab,
            "sortRange",
            {
                "range": {"sheetId": self.number(tab), "startRowIndex": 1, "endRowIndex": 9},
                "sortSpecs": [{"dimensionIndex": 3, "sortOrder": "ASCENDING"}],
            },
        )

    def unmap(self, tab: str) -> None:
        """The operator takes a mapping out of the configuration."""
        del self.names[tab]
        self.stop()

    def rename(self, tab: str, name: str) -> None:
        """The operator gives a mapping another name."""
        self.names[tab] = name
        self.stop()

    def ask(self, tab: str, request: str, body: JsonValue) -> None:
        """One request of a human."""
        self.expert.change(self.book(tab), {request: body})

    def book(self, tab: str) -> str:
        """The spreadsheet that a tab is in."""
        return self.elsewhere if tab == "Other" else self.spreadsheet

    def number(self, tab: str) -> int:
        """The tab's gid."""
        found = self.expert.ask("GET", f"{self.book(tab)}?fields=sheets.properties")
        assert isinstance(found, dict)
        sheets: Any = found["sheets"]
        titles = {sheet["properties"]["title"]: sheet["properties"] for sheet in sheets}
        return int(titles[tab].get("sheetId", 0))

    def mappings(self) -> list[dict[str, Any]]:
        """One for each tab."""
        (only,) = super().mappings()
        return [
            only | {"name": name, "worksheet": tab, "spreadsheet": self.book(tab)}
            for tab, name in self.names.items()
        ]

    def shown(self, tab: str) -> str:
        """The statuses of a tab's rows, as the tables have them."""
        headers, *rows = self.expert.read(self.book(tab), tab)
        if "Sync status" not in headers:
            return ""
        at = headers.index("Sync status")
        return " / ".join(row[at] if len(row) > at and row[at] else "-" for row in rows)

    @property
    def held(self) -> str:
        """What Arize holds of the first record."""
        found = [a for a in self.control.annotations() if a.record_id == span(1)]
        return ", ".join(
            str(a.label) if a.name == "Adequacy" else f"{a.name}: {a.label}" for a in found
        )
