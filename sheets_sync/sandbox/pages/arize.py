"""What Arize holds: every annotation of every record, as it comes in."""

from __future__ import annotations

from datetime import UTC, datetime

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from sheets_sync.sandbox.pages.frame import LOOK_EVERY, framed, nothing_here
from sheets_sync.sandbox.records import Records
from sheets_sync.sandbox.wire import Json
from sheets_sync.sandbox.world import World

_COLUMNS: list[tuple[str, str, int]] = [
    ("Record", "record", 180),
    ("Annotation", "name", 190),
    ("Label", "label", 160),
    ("Score", "score", 80),
    ("Text", "text", 130),
    ("By", "by", 100),
    ("Written", "writes", 90),
    ("At (UTC)", "at", 180),
    ("Notes of the record", "notes", 260),
    ("Model", "model", 200),
]
"""What each column is called, its field, and how wide it is at least."""


def show(world: World) -> None:
    """A table that follows what is applied."""
    with framed("Arize", "/arize"):
        _Page(world.records).show()


class _Page:
    """What one window shows of it."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._applied = -1
        self._shown: dict[str, Json] = {}
        self._is_ready = False

    def show(self) -> None:
        """The filter, the table, and what to do where it is empty."""
        with ui.row().classes("bar"):
            ui.label("Arize").classes("title")
            self._counted = ui.label().classes("dim")
            ui.space()
            entry = ui.input("Filter", on_change=self._filter)
            entry.props("dense outlined clearable").classes("entry")
        self._empty = ui.column().classes("whole")
        with self._empty:
            nothing_here(
                "Arize holds no annotation yet.",
                "Judge a row in a spreadsheet and let sheets-sync run on it: what it posts "
                "appears here.",
            )
        options: dict[str, Json] = {
            "columnDefs": [_column(*column) for column in _COLUMNS],
            "rowHeight": 32,
            "headerHeight": 34,
            "tooltipShowDelay": 300,
            "rowData": [],
            ":getRowId": "(p) => p.data.id",
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "animateRows": False,
        }
        self._grid = ui.aggrid(options, auto_size_columns=False)
        self._grid.classes("rest")
        self._grid.on("gridReady", self._ready)
        self._look()
        ui.timer(LOOK_EVERY, self._look)

    def _ready(self) -> None:
        self._is_ready = True
        self._applied, self._shown = -1, {}
        self._look()

    def _filter(self, event: ValueChangeEventArguments[str | None]) -> None:
        self._grid.run_grid_method("setGridOption", "quickFilterText", event.value or "")

    def _look(self) -> None:
        self._records.apply_due()
        if len(self._records.applied) == self._applied:
            return
        self._applied = len(self._records.applied)
        rows = _rows(self._records)
        self._count(rows)
        if self._is_ready:
            self._fill(rows)

    def _fill(self, rows: dict[str, Json]) -> None:
        new = [row for key, row in rows.items() if key not in self._shown]
        changed = [
            row for key, row in rows.items() if key in self._shown and row != self._shown[key]
        ]
        self._shown = rows
        if new or changed:
            change: Json = {"add": new, "update": changed}
            self._grid.run_grid_method("applyTransaction", change)

    def _count(self, rows: dict[str, Json]) -> None:
        self._empty.set_visibility(not rows)
        self._grid.set_visibility(bool(rows))
        records, writes = len(self._records.records), self._applied
        self._counted.set_text(
            f"{len(rows)} annotations of {records} records, {writes} mutations applied"
        )


def _column(name: str, field: str, width: int) -> Json:
    column: dict[str, Json] = {"headerName": name, "field": field, "tooltipField": field}
    column |= {"minWidth": width, "flex": width}
    return column | ({"sort": "desc"} if field == "at" else {})


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"


def _rows(records: Records) -> dict[str, Json]:
    """Every annotation by a key of its own."""
    applied = {
        (mutation.place, change.name): at
        for at, mutation in records.applied
        for change in mutation.changes
    }
    return {
        key: {
            "id": key,
            "record": place.record_id,
            "model": f"{place.model_id} {place.environment}",
            "name": name,
            "label": held.label,
            "score": held.score,
            "text": held.text,
            "by": held.updated_by,
            "writes": held.writes,
            "at": _moment(applied[place, name]),
            "notes": " · ".join(record.notes),
        }
        for place, record in records.records.items()
        for name, held in record.annotations.items()
        if (key := f"{place.model_id} {place.environment} {place.record_id} {name}")
    }
