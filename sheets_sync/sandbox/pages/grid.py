"""One spreadsheet as a grid in which people type, as others and the service do elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from urllib.parse import quote

from nicegui import ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments

from sheets_sync.sandbox.a1 import column_index, column_letters, quoted
from sheets_sync.sandbox.drive import File
from sheets_sync.sandbox.google_api.resource import Viewer
from sheets_sync.sandbox.grid import Sheet
from sheets_sync.sandbox.pages.cells import choices
from sheets_sync.sandbox.pages.frame import LOOK_EVERY, framed, nothing_here
from sheets_sync.sandbox.pages.rows import Tab, used_rows
from sheets_sync.sandbox.pages.serving import Ask
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Answer, Json
from sheets_sync.sandbox.world import World

_SCRIPT = f"<script>{files(__package__).joinpath('sheet.js').read_text('utf-8')}</script>"
_PERSON = "Ada"
_ROW_NUMBER = "#"
_WIDTHS = 100, 220
_PIXELS_PER_LETTER = 8


def page(world: World, ask: Ask) -> Callable[[str, str], None]:
    """The page of a spreadsheet, by its id and who looks at it."""

    def show(spreadsheet_id: str, person: str = _PERSON) -> None:
        file = world.drive.files.get(spreadsheet_id)
        title = "No such spreadsheet" if file is None else file.name
        with framed(title, ""):
            if file is None or file.spreadsheet is None:
                nothing_here(
                    title, "It may have been deleted. The list of all is under Spreadsheets."
                )
                return
            ui.add_head_html(_SCRIPT)
            _Page(world, ask, file, person).show()

    return show


class _Page:
    """One person at one spreadsheet, in one window."""

    def __init__(self, world: World, ask: Ask, file: File, person: str) -> None:
        self._world, self._ask, self._file = world, ask, file
        self._person = person.strip() or _PERSON
        self._tab = Tab(file.content.sheets[0].sheet_id)
        self._at: tuple[int, str] | None = None
        self._seen: Spreadsheet | None = None
        self._columns: list[Json] = []
        self._titles: dict[int, str] = {}
        self._is_ready = False

    def show(self) -> None:
        """Everything from the title to the grid, kept up to date."""
        with ui.row().classes("bar"):
            ui.label(self._file.name).classes("title")
            self._where = ui.label().classes("address mono dim")
            for icon, words, act in (
                ("add", "Insert a row above", partial(self._insert, 0)),
                ("playlist_add", "Insert a row below", partial(self._insert, 1)),
                ("delete_outline", "Delete the row", self._delete),
                ("arrow_downward", "Sort by the column, A to Z", partial(self._sort, "ASCENDING")),
                ("arrow_upward", "Sort by the column, Z to A", partial(self._sort, "DESCENDING")),
            ):
                button = ui.button(icon=icon, on_click=act)
                button.props(f'flat dense aria-label="{words}"').tooltip(words)
            ui.space()
            name = ui.input("You are", value=self._person, on_change=self._renamed)
            name.props("dense outlined maxlength=40").classes("narrow")
        self._grid = self._made()
        self._tabs = ui.tabs(on_change=self._tab_chosen).props("dense align=left no-caps")
        ui.timer(LOOK_EVERY, self._look)

    def _made(self) -> ui.aggrid:
        cells: dict[str, Json] = {
            "editable": True,
            "sortable": False,
            "suppressMovable": True,
            ":valueGetter": "sheet.entered",
            ":valueSetter": "sheet.accept",
            ":valueFormatter": "sheet.shown",
            ":cellStyle": "sheet.style",
            "cellClassRules": {":choices": "sheet.offers"},
            ":tooltipValueGetter": "sheet.note",
            ":cellRendererSelector": "sheet.renderer",
            ":cellEditorSelector": "sheet.editor",
        }
        options: dict[str, Json] = {
            "columnDefs": [],
            "rowData": [],
            "defaultColDef": cells,
            ":getRowId": "sheet.name",
            "enterNavigatesVerticallyAfterEdit": True,
            "stopEditingWhenCellsLoseFocus": True,
            "tooltipShowDelay": 300,
            "rowHeight": 30,
            "headerHeight": 30,
            "animateRows": False,
            "suppressNoRowsOverlay": True,
        }
        grid = ui.aggrid(options, auto_size_columns=False)
        grid.classes("rest")
        grid.on("gridReady", self._ready)
        grid.on("cellFocused", self._focused)
        ui.on("typed", self._typed)
        return grid

    def _ready(self) -> None:
        self._is_ready = True
        self._open(self._tab.sheet_id)

    def _open(self, sheet_id: int) -> None:
        """Show a tab from its beginning."""
        self._tab = Tab(sheet_id)
        self._at, self._seen, self._columns = None, None, []
        self._where.set_text("")
        self._look()

    def _look(self) -> None:
        content = self._file.content
        if not self._is_ready or content is self._seen:
            return
        sheet = content.sheet(self._tab.sheet_id)
        if sheet is None:
            self._open(content.sheets[0].sheet_id)
            return
        self._seen = content
        viewer = Viewer(self._caller, self._file.owner)
        changes = self._tab.look(content, sheet, viewer, self._world.clock.now())
        self._name_tabs(content)
        columns = [*_columns(sheet, self._tab.columns)]
        if len(columns) != len(self._columns):
            self._columns = columns
            self._grid.run_grid_method("setGridOption", "columnDefs", columns)
        if changes.rows or changes.order is not None:
            sent = json.dumps([self._grid.id, changes.rows, changes.order, self._tab.frozen])
            ui.run_javascript(f"sheet.show(...{sent})")
        self._say_where()

    @property
    def _caller(self) -> str:
        return f"human:{self._person}"

    @property
    def _sheet(self) -> Sheet:
        return self._file.content.sheet(self._tab.sheet_id) or self._file.content.sheets[0]

    def _renamed(self, event: ValueChangeEventArguments[str | None]) -> None:
        self._person = (event.value or "").strip() or _PERSON
        self._seen = None  # another person may edit other cells
        ui.navigate.history.replace(f"?person={quote(self._person)}")

    def _name_tabs(self, content: Spreadsheet) -> None:
        titles = {sheet.sheet_id: sheet.title for sheet in content.sheets}
        if titles == self._titles:
            return
        self._titles = titles
        self._tabs.clear()
        with self._tabs:
            for sheet_id, title in titles.items():
                ui.tab(str(sheet_id), title)
        self._tabs.set_value(str(self._tab.sheet_id))

    def _tab_chosen(self) -> None:
        if isinstance(chosen := self._tabs.value, str) and int(chosen) != self._tab.sheet_id:
            self._open(int(chosen))

    def _focused(self, event: GenericEventArguments) -> None:
        index, letters = event.args["rowIndex"], event.args["colId"]
        if index is None:
            return
        first = 0 if event.args["rowPinned"] else self._tab.frozen
        self._at = self._tab.name(first + index), letters
        self._say_where()

    def _say_where(self) -> None:
        place = self._tab.place(self._at[0]) if self._at else None
        letters = "" if self._at is None or self._at[1] == _ROW_NUMBER else self._at[1]
        self._where.set_text("" if place is None else f"{letters}{place + 1}")

    def _typed(self, event: GenericEventArguments) -> None:
        """Write what was typed into a cell; the row is shown anew, whatever came of it."""
        name, letters, value = (event.args[key] for key in ("name", "column", "value"))
        place = self._tab.place(name)
        if place is None:
            ui.notify("This row is gone; what you typed was not written.", type="negative")
            return
        entered = str(value).upper() if isinstance(value, bool) else value or ""
        cell = quote(f"{quoted(self._sheet.title)}!{letters}{place + 1}", safe="")
        self._tab.doubt(name)
        self._write("PUT", f"/values/{cell}?valueInputOption=USER_ENTERED", {"values": [[entered]]})

    def _insert(self, below: int) -> None:
        if (row := self._row()) is not None:
            rows = self._rows(row + below)
            self._change({"insertDimension": {"range": rows, "inheritFromBefore": below == 1}})

    def _delete(self) -> None:
        if (row := self._row()) is not None:
            self._change({"deleteDimension": {"range": self._rows(row)}})

    def _sort(self, order: str) -> None:
        if self._row() is None or self._at is None:
            return
        area: Json = {
            "sheetId": self._tab.sheet_id,
            "startRowIndex": max(self._tab.frozen, 1),
            "endRowIndex": max(used_rows(self._sheet), 2),
        }
        column = 0 if self._at[1] == _ROW_NUMBER else column_index(self._at[1])
        specs: Json = [{"dimensionIndex": column, "sortOrder": order}]
        self._change({"sortRange": {"range": area, "sortSpecs": specs}})

    def _row(self) -> int | None:
        """Where the chosen cell's row stands, counted from 0; else says to choose one."""
        place = self._tab.place(self._at[0]) if self._at else None
        if place is None:
            ui.notify("Choose a cell first.", type="warning")
        return place

    def _rows(self, at: int) -> Json:
        sheet = self._tab.sheet_id
        return {"sheetId": sheet, "dimension": "ROWS", "startIndex": at, "endIndex": at + 1}

    def _change(self, request: Json) -> None:
        self._write("POST", ":batchUpdate", {"requests": [request]})

    def _write(self, method: str, path: str, body: Json) -> None:
        """Ask the sandbox's Google as this person; a refusal is shown in its own words."""
        url = f"/v4/spreadsheets/{self._file.file_id}{path}"
        answer = self._ask(method, url, body, self._caller)
        if answer.status >= 400:
            ui.notify(_words(answer), type="negative", multi_line=True, timeout=8000)
        self._seen = None
        self._look()


def _words(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    error = body.get("error")
    return str(error["message"]) if isinstance(error, dict) else f"refused with {answer.status}"


def _columns(sheet: Sheet, count: int) -> Iterator[Json]:
    yield {
        "colId": _ROW_NUMBER,
        "headerName": "",
        "initialWidth": 52,
        "pinned": "left",
        "editable": False,
        "cellClass": "row-number",
        ":valueGetter": "sheet.number",
        ":valueFormatter": "(p) => p.value",
    }
    for index in range(count):
        letters = column_letters(index)
        yield {
            "colId": letters,
            "headerName": letters,
            "initialWidth": _width(sheet, index),
            "context": {"index": index},
        }


def _width(sheet: Sheet, column: int) -> int:
    """As wide as somebody made it, or as its first texts need."""
    set_width = sheet.dimensions["COLUMNS"].get(column, {}).get("pixelSize")
    if isinstance(set_width, int):
        return set_width
    cells = [row[column] for row in sheet.rows[:50] if column < len(row)]
    texts = [str(cell.value or "") for cell in cells]
    texts += [choice for cell in cells for choice in choices(cell)]
    longest = max(map(len, texts), default=0)
    least, most = _WIDTHS
    return min(max(least, 40 + _PIXELS_PER_LETTER * longest), most)
