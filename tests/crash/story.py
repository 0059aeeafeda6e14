"""Two tabs that need everything the program can do, and what experts do to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue, TypeAdapter

from tests.crash.facts import Facts, gather
from tests.crash.program import Order, Program
from tests.service import HEADERS, STARTED, Cell, Service, answer

UNKNOWN = "0000000000000000"
"""A record that Arize does not have."""

REVIEW: Sequence[Sequence[Cell]] = (
    answer(1, "Satisfactory", 3, "Note 1", "Ada"),
    answer(2, "ok", 4, "", "Bo"),
    answer(3, "Goood", 1, "Note 3", "Ada"),
    answer(4, "Needs Improvement", 0, "Note 4", "Ada"),
    answer(5, "Satisfactory", 2, "", "Ada"),
    answer(6, "Satisfactory", 2, "", "Ada"),
    answer(6, "Needs Improvement", 2, "", "Bo"),
    answer(7, "Satisfactory", 5, "", "Ada"),
    [UNKNOWN, "Answer", STARTED, "Satisfactory", 5, "", "Ada"],
    answer(8, "", 3, "", "Ada"),
)
"""To be edited, cleared, mended, noted anew, deleted; doubled; a rival, unknown, waiting."""
SECOND: Sequence[Sequence[Cell]] = (
    answer(7, "Needs Improvement", 5, "", "Cy"),
    *(answer(number, "Satisfactory", 1, f"Note {number}", "Cy") for number in range(11, 16)),
)
"""A rival, and what is changed at once and therefore held."""

BATCH = 3


@dataclass
class Tabs(Service):
    """`Review` without a status column, `Second` with one that is not marked yet."""

    rows: Sequence[Sequence[Cell]] = REVIEW
    second: Sequence[Sequence[Cell]] = SECOND
    arize: dict[str, Any] = field(default_factory=lambda: {"concurrency": 1, "batch_size": BATCH})
    sections: dict[str, Any] = field(default_factory=lambda: {"hold": {"share": 0.25, "rows": 5}})

    def __post_init__(self) -> None:
        super().__post_init__()
        self.change({"addSheet": {"properties": {"title": "Second", "sheetId": 2}}})
        self.expert.type_rows(
            self.spreadsheet, "Second!A1", [[*HEADERS, "Sync status"], *self.second]
        )
        self.config()

    def settings(self) -> dict[str, Any]:
        state = self.folder / "state" / "sheets-sync.db"
        return super().settings() | {"state": f"sqlite:///{state}"}

    def mappings(self) -> list[dict[str, Any]]:
        (review,) = super().mappings()
        return [review, review | {"name": "second", "worksheet": "Second"}]

    def edit(self) -> None:
        """What experts do once all of it is synced."""
        self.type("E2", 5)
        self.type("E3", "")
        self.type("D4", "Satisfactory")
        self.type("F5", "Note 4, again")
        place: JsonValue = {
            "sheetId": self.gid,
            "dimension": "ROWS",
            "startIndex": 5,
            "endIndex": 6,
        }
        self.change({"deleteDimension": {"range": place}})
        self.expert.type_rows(self.spreadsheet, "Second!E3", [[4]] * 5)

    def marks(self) -> list[tuple[str, int]]:
        """The columns that carry developer metadata: title of the tab, and index."""
        found = self.expert.ask(
            "GET",
            f"{self.spreadsheet}?fields=sheets(properties.title,data.columnMetadata.developerMetadata)",
        )
        sheets = TypeAdapter(dict[str, list[dict[str, Any]]]).validate_python(found)["sheets"]
        return [
            (sheet["properties"]["title"], index)
            for sheet in sheets
            for data in sheet.get("data", [])
            for index, column in enumerate(data.get("columnMetadata", []))
            for _ in column.get("developerMetadata", [])
        ]


TITLES = {"support-answers": "Review", "second": "Second"}
SETTLED = 600.0
"""Seconds after which an attempt without an answer has been made good."""


CHAPTERS = (Order(0), Order(SETTLED), Order(2 * SETTLED), Order(3 * SETTLED), Order(None))
"""All is synced; what was edited is synced; it is gone for good; nothing changes; the end."""


@dataclass(frozen=True)
class Told:
    """How a story ended: the facts, the posts it took, the points of each chapter, the kills."""

    facts: Facts
    posts: int
    points: list[list[str]]
    kills: int


def tell(tabs: Tabs, fatal: Mapping[int, tuple[int, ...]]) -> Told:
    """The whole story; in chapter `c` the process dies at the points `fatal[c]`, one a life.

    Raises `AssertionError` where the last look changes anything.
    """
    points: list[list[str]] = []
    posts = 0
    with Program(tabs.path) as program:
        for chapter, order in enumerate(CHAPTERS):
            if chapter == 1:
                tabs.edit()
            if chapter == 3:
                posts = tabs.control.calls().arize.mutations
                tabs.control.forget_calls()
            points.append(program.obey(replace(order, fatal=fatal.get(chapter, ()))))
    calls = tabs.control.calls()
    assert (calls.writes, calls.arize.mutations) == (0, 0), "a further pass changed something"
    assert set(tabs.marks()) == {("Review", 7), ("Second", 7)}
    return Told(gather(tabs, TITLES), posts, points, program.kills)
