"""What Arize holds: every annotation of every record, as it comes in."""

from __future__ import annotations

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from sheets_sync.sandbox.pages.frame import LOOK_EVERY, framed, nothing_here
from sheets_sync.sandbox.records import Records
from sheets_sync.sandbox.wire import Json
from sheets_sync.sandbox.world import World

_COLUMNS: list[Json] = [
    {
        "headerName": "Record",
        "field": "record",
        "minWidth": 170,
        "flex": 2,
        "cellClass": "font-mono",
    },
    {"headerName": "Annotation", "field": "name", "minWidth": 150, "flex": 2},
    {"headerName": "Label", "field": "label", "minWidth": 130, "flex": 2},
    {"headerName": "Score", "field": "score", "minWidth": 80, "flex": 1, "type": "rightAligned"},
    {"headerName": "Text", "field": "text", "minWidth": 110, "flex": 2},
    {"headerName": "By", "field": "by", "minWidth": 90, "flex": 1},
    {"headerName": "Written", "field": "writes", "minWidth": 90, "flex": 1, "type": "rightAligned"},
    {"headerName": "Notes of the record", "field": "notes", "minWidth": 200, "flex": 3},
    {"headerName": "Model", "field": "model", "minWidth": 150, "flex": 2},
]


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
        with ui.row().classes("w-full items-center gap-x-4 gap-y-1"):
            ui.label("Arize").classes("text-lg font-medium")
            self._counted = ui.label().classes("opacity-80")
            ui.space()
            entry = ui.input("Filter", on_change=self._filter)
            entry.props("dense outlined clearable").classes("w-56")
        self._empty = ui.column().classes("w-full")
        with self._empty:
            nothing_here(
                "Arize holds no annotation yet.",
                "Judge a row in a spreadsheet and let sheets-sync run on it: what it posts "
                "appears here.",
            )
        options: dict[str, Json] = {
            "columnDefs": [*_COLUMNS],
            "defaultColDef": {"sortable": True, "resizable": True, "tooltipValueGetter": None},
            "rowData": [],
            ":getRowId": "(p) => p.data.id",
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "animateRows": False,
        }
        self._grid = ui.aggrid(options, auto_size_columns=False)
        self._grid.classes("w-full grow").style("min-height: 12rem; height: auto")
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


def _rows(records: Records) -> dict[str, Json]:
    """Every annotation by a key of its own."""
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
            "notes": " · ".join(record.notes),
        }
        for place, record in records.records.items()
        for name, held in record.annotations.items()
        if (key := f"{place.model_id} {place.environment} {place.record_id} {name}")
    }
