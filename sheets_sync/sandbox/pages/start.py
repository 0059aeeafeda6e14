"""The list of all spreadsheets."""

from __future__ import annotations

from nicegui import ui

from sheets_sync.sandbox.drive import File
from sheets_sync.sandbox.pages.frame import LOOK_EVERY, framed, nothing_here
from sheets_sync.sandbox.world import World


def show(world: World) -> None:
    """Every spreadsheet with its tabs, and what to do where there is none."""
    with framed("Spreadsheets", "/"):
        listed: list[tuple[str, str, str]] | None = None
        place = ui.column().classes("whole")
        ui.link("All endpoints", "/endpoints").classes("small dim")

        def look() -> None:
            nonlocal listed
            found = [_entry(file) for file in world.drive.files.values() if file.spreadsheet]
            if found == listed:
                return
            listed = found
            place.clear()
            with place:
                _list(found)

        look()
        ui.timer(LOOK_EVERY, look)


def _list(found: list[tuple[str, str, str]]) -> None:
    if not found:
        nothing_here(
            "There is no spreadsheet yet.",
            "Start the sandbox without --empty, create one through the Sheets API, or "
            "POST it to /control/spreadsheets.",
        )
        return
    with ui.list().props("bordered separator").classes("whole"):
        for spreadsheet_id, title, tabs in found:
            with ui.item().props(f'clickable tag=a role=link href="/sheets/{spreadsheet_id}"'):
                with ui.item_section().props("avatar"):
                    ui.icon("grid_on", color="primary").props("aria-hidden=true")
                with ui.item_section():
                    ui.item_label(title)
                    ui.item_label(tabs).props("caption")


def _entry(file: File) -> tuple[str, str, str]:
    tabs = ", ".join(sheet.title for sheet in file.content.sheets)
    return file.file_id, file.name, tabs
