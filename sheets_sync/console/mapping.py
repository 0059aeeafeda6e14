"""One mapping: its rows, and what may be done about them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, get_args

from nicegui import ui
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sheets_sync.console.frame import (
    WORDS,
    Console,
    Options,
    counted,
    framed,
    link_to,
    moment,
    nonce,
    said,
    tell,
    zone,
)
from sheets_sync.console.holding import Hold
from sheets_sync.domain.delivery import State
from sheets_sync.errors import StateError
from sheets_sync.operations import interventions
from sheets_sync.operations.browsing import Line, leaf
from sheets_sync.operations.overview import MappingView
from sheets_sync.store.browsing import Order, Sought

LOOK_EVERY = 1.0
"""Seconds."""
ROWS = "/rows"
MOST_ROWS = 200
"""In one answer."""
STATES: tuple[State, ...] = get_args(State)
SHOWN: tuple[State, ...] = tuple(state for state in STATES if state != "orphaned")
ORDERS: tuple[Order, ...] = get_args(Order)


def add(console: Console) -> None:
    """Serve the page."""

    @ui.page("/mapping")
    def page(name: str = "") -> None:
        with framed(console, name):
            if console.desk().mapping(name) is not None:
                _Mapping(console, name)
                return
            said(
                f"No mapping is called {name!r} now. A new one appears here within moments; "
                "another may have been renamed or removed.",
                "banner",
            )
            ui.link("All mappings", "/")

            def look() -> None:
                if console.desk().mapping(name) is not None:
                    ui.navigate.reload()

            ui.timer(LOOK_EVERY, look)


def rows_route(console: Console) -> Route:
    """What the table fetches: only the rows and the columns that it shows."""

    def rows(request: Request) -> JSONResponse:
        asked = request.query_params
        chosen = asked.get("states", ",".join(SHOWN)).split(",")
        states = [state for state in STATES if state in chosen]
        order: Order = next((one for one in ORDERS if one == asked.get("order")), "number")
        first, most = _whole(asked.get("first")), min(MOST_ROWS, _whole(asked.get("most")))
        sought = Sought(asked.get("mapping", ""), states, asked.get("text", ""))
        is_descending = asked.get("descending") == "true"
        try:
            found = leaf(console.desk(), sought, order, first, most, descending=is_descending)
        except StateError as trouble:
            return JSONResponse({"trouble": str(trouble)}, 503)
        lines = [_cells(sought.mapping, line) for line in found.lines]
        return JSONResponse({"rows": lines, "total": found.total})

    return Route(ROWS, rows)


def _cells(mapping: str, line: Line) -> dict[str, object]:
    return {
        "key": line.key,
        "number": line.number,
        "state": WORDS[line.state],
        "held": ", ".join(value.shown for value in line.held),
        "status": line.status,
        "cell": line.cell,
        "page": link_to("row", mapping=mapping, key=line.key),
    }


class _Mapping:
    """The page while it is open."""

    def __init__(self, console: Console, name: str) -> None:
        self._console = console
        self._name = name
        self._seen: tuple[object, ...] = ()
        with ui.element("div").classes("standing"):
            self._standing = ui.label().classes("chip")
            self._read = ui.label().classes("faint")
        self._trouble = said("", "banner", "broken")
        self._hold = Hold(console, name)
        with ui.element("div").classes("actions"):
            console.button("Sync now", self._sync)
            self._pause = console.button("Pause", self._toggle)
            console.button("Retry selected", self._retry_selected)
            console.button("Retry all refused", self._retry_all)
        with ui.element("div").classes("filters").props('role="search"'):
            self._text = ui.input("Find in rows", on_change=self._filter).props(
                "dense outlined clearable debounce=300"
            )
            with ui.element("div").classes("states").props('role="group" aria-label="States"'):
                self._states = {
                    state: ui.checkbox(WORDS[state], value=state in SHOWN, on_change=self._filter)
                    .props("dense")
                    .classes(f"state {state}")
                    for state in STATES
                }
        self._count = said("", "summary").props("role=status")
        self._empty = said("", "banner")
        self._grid = ui.aggrid(_table(self._query, nonce())).classes("rows")
        console.every(LOOK_EVERY, self._look)

    @property
    def _query(self) -> dict[str, str]:
        chosen = [state for state in STATES if self._states[state].value]
        return {
            "mapping": self._name,
            "states": ",".join(chosen),
            "text": (self._text.value or "").strip(),
        }

    def _look(self) -> None:
        desk = self._console.desk()
        views = {view.name: view for view in desk.overview().mappings}
        view = views.get(self._name) or MappingView(self._name, None)
        self._hold.show(view)
        self._standing.set_text(view.standing)
        self._standing.classes(replace=f"chip {view.standing.replace(' ', '-')}")
        lasts = view.detection and f"; {view.detection}"
        self._read.set_text(f"read {moment(view.read_at)} {zone()}{lasts}")
        trouble = view.trouble or view.unwritable
        self._trouble.set_text(trouble)
        self._trouble.set_visibility(bool(trouble))
        self._pause.set_text("Resume" if view.paused else "Pause")
        self._is_paused = view.paused
        seen = (view.states, _nothing(view), desk.state.version(), self._query)
        if seen != self._seen:
            self._recount(view)
            if self._seen:
                self._grid.run_grid_method("refreshInfiniteCache")
            self._seen = seen

    def _recount(self, view: MappingView) -> None:
        """Something has changed in the state, or other rows are sought."""
        desk, query = self._console.desk(), self._query
        states = [state for state in STATES if self._states[state].value]
        found = leaf(desk, Sought(self._name, states, query["text"]), "number", 0, 0)
        self._count.set_text(f"{counted(found.total, 'row')} shown.")
        is_empty = not sum(view.states.values())
        self._empty.set_text(_nothing(view) if is_empty else "No row is like that.")
        self._empty.set_visibility(not found.total)
        self._grid.set_visibility(not is_empty)

    def _filter(self) -> None:
        self._grid.run_grid_method("updateGridOptions", {"context": self._query})
        self._grid.run_grid_method("purgeInfiniteCache")
        self._seen = ()
        self._look()

    def _sync(self) -> None:
        desk = self._console.desk()
        if (mapping := desk.mapping(self._name)) is not None:
            interventions.sync_now(desk.context, mapping)
            tell("The sheet is read now.")

    def _toggle(self) -> None:
        paused = not self._is_paused
        if interventions.set_paused(self._console.desk().state, self._name, paused=paused):
            tell("Paused. The sheet is read, nothing is sent." if paused else "Resumed.")
        else:
            tell("It was never read yet; try again in a moment.", is_bad=True)

    async def _retry_selected(self) -> None:
        rows = await self._grid.get_selected_rows()
        keys = [str(row["key"]) for row in rows or ()]
        if not keys:
            tell("Select rows first: click them, or press Space on them.", is_bad=True)
            return
        self._retry(keys)

    def _retry_all(self) -> None:
        self._retry(None)

    def _retry(self, keys: Sequence[str] | None) -> None:
        again = interventions.retry(self._console.desk().state, self._name, keys)
        tell(f"{counted(again, 'row')} due again." if again else "No such row was refused.")


def _nothing(view: MappingView) -> str:
    if view.trouble:
        return "Nothing was read yet. Mend what stands above; it is tried again by itself."
    if view.read_at is None:
        return "The sheet was not read yet. It is read within moments."
    return "No row is judged yet. A row appears here once an expert has filled in its judgement."


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0


def _table(query: dict[str, str], nonce: str) -> Options:
    """AG Grid that fetches its rows in blocks, as they are scrolled to."""
    return {
        "styleNonce": nonce,
        "context": query,
        "rowModelType": "infinite",
        "cacheBlockSize": 100,
        "maxBlocksInCache": 20,
        "infiniteInitialRowCount": 1,
        "rowSelection": {"mode": "multiRow", "enableClickSelection": True, "headerCheckbox": False},
        "enableCellTextSelection": True,
        ":getRowId": "params => params.data.key",
        ":datasource": _DATASOURCE.replace("ROWS", ROWS),
        "defaultColDef": {"sortable": False, "resizable": True, "suppressMovable": True},
        "columnDefs": [
            _link("number", "Row", "cell", width=84, sortable=True),
            {
                "field": "state",
                "headerName": "State",
                "width": 104,
                "sortable": True,
                ":cellClass": "params => params.value",
            },
            _link("key", "Key", "page", width=190, sortable=True),
            {"field": "held", "headerName": "Arize has", "minWidth": 220, "flex": 2},
            {"field": "status", "headerName": "The sheet shows", "minWidth": 260, "flex": 3},
        ],
    }


def _link(field: str, title: str, target: str, **more: Any) -> Options:
    """A column of links. Text stays text: a cell of a sheet is never taken for HTML."""
    renderer = _LINK.replace("TARGET", json.dumps(target))
    return {"field": field, "headerName": title, ":cellRenderer": renderer, **more}


_LINK = """params => {
  if (!params.data) return "";
  const link = document.createElement("a");
  link.textContent = params.value;
  link.href = params.data[TARGET];
  if (link.host !== location.host) { link.target = "_blank"; link.rel = "noopener noreferrer"; }
  return link;
}"""
_DATASOURCE = """{
  getRows: async (params) => {
    const [sort] = params.sortModel;
    const asked = new URLSearchParams({
      ...params.context,
      first: params.startRow,
      most: params.endRow - params.startRow,
      order: sort ? sort.colId : "number",
      descending: sort ? sort.sort === "desc" : false,
    });
    const answer = await fetch("ROWS?" + asked);
    if (!answer.ok) { params.failCallback(); return; }
    const found = await answer.json();
    params.successCallback(found.rows, found.total);
  },
}"""
