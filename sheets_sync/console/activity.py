"""What was done last, as it happens: looks that changed something, and attempts."""

from __future__ import annotations

from nicegui import ui

from sheets_sync.console.frame import (
    Console,
    Words,
    framed,
    heading,
    link_to,
    moment,
    said,
    zone,
)
from sheets_sync.operations.browsing import Activity, latest
from sheets_sync.store.activity import Pass, Try

LOOK_EVERY = 1.0
"""Seconds."""
MOST = 50
"""Of each kind."""
_KINDS = {"accepted": "synced", "refused": "refused", "": "queued"}


def add(console: Console) -> None:
    """Serve the page."""

    @ui.page("/activity")
    def page() -> None:
        with framed(console, "Activity"):
            said(f"The newest first, times in {zone()}; it follows what happens.", "faint")
            content = ui.element("div").classes("activity")
            known: list[Activity] = []

            def look() -> None:
                found = latest(console.desk(), MOST)
                if known != [found]:
                    known[:] = [found]
                    content.clear()
                    with content:
                        _show(found)

            console.every(LOOK_EVERY, look)


def _show(found: Activity) -> None:
    with ui.element("section"):
        heading("Posted to Arize", 2)
        with ui.element("ul").classes("history tries"):
            for tried in found.tries:
                _try(tried)
        if not found.tries:
            said("Nothing was posted yet. Rows appear here as soon as experts judge some.")
    with ui.element("section"):
        heading("Read with changes", 2)
        with ui.element("ul").classes("history passes"):
            for passed in found.passes:
                _pass(passed)
        if not found.passes:
            said("No sheet has changed yet. A look that finds nothing new is not listed.")


def _try(one: Try) -> None:
    with ui.element("li"):
        Words("time", moment(one.intended_at)).classes("faint")
        word = one.outcome or "in flight"
        Words("span", word).classes(f"word {_KINDS.get(one.outcome or '', 'wrong')}")
        with ui.element("span"):
            ui.link(one.mapping, link_to("mapping", name=one.mapping))
            Words("span", f", row {one.number} ")
            ui.link(one.key, link_to("row", mapping=one.mapping, key=one.key))
            Words("span", f": {one.message}" if one.message else "")


def _pass(one: Pass) -> None:
    counts = [f"{number} {kind}" for kind, number in one.counts.items() if number]
    with ui.element("li"):
        Words("time", moment(one.at)).classes("faint")
        with ui.element("span"):
            ui.link(one.mapping, link_to("mapping", name=one.mapping))
            Words("span", f": {', '.join(counts) or 'nothing'}")
