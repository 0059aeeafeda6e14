"""What all pages have around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

LOOK_EVERY = 0.25
"""Seconds between two looks at what may have changed."""

_LINKS = {"Spreadsheets": "/", "Arize": "/arize", "Faults": "/faults"}
_STYLE = """
<style>
  :root { --protected: repeating-linear-gradient(135deg, #8883 0 1px, transparent 1px 7px); }
  .ag-center-cols-container .ag-cell:not(.ag-cell-focus), .ag-floating-top-container .ag-cell {
    border-right-color: color-mix(in srgb, currentColor 12%, transparent);
  }
  .ag-cell.choices::after { content: "▾"; position: absolute; right: 6px; opacity: 0.5; }
  .ag-select-list { width: max-content !important; }
  .nicegui-content { padding: 0; gap: 0; }
  .q-page, .nicegui-content { height: 100%; min-height: 0; }
  a.plain { color: inherit; text-decoration: none; text-underline-offset: 6px; }
  a.plain:focus-visible, a.plain:hover, a.here { text-decoration: underline; }
</style>
"""


@contextmanager
def framed(title: str, here: str) -> Iterator[None]:
    """A page: its name, the way to the others, and what the block puts below."""
    ui.page_title(f"{title} - sandbox")
    ui.add_head_html(_STYLE)
    ui.colors(primary="#00796b")
    with ui.header().classes("items-center gap-x-5 gap-y-1 px-4 py-2 bg-teal-9"):
        ui.label("Sandbox").classes("font-bold max-sm:hidden")
        for name, path in _LINKS.items():
            link = ui.link(name, path).classes("plain text-white")
            if path == here:
                link.classes("here").props('aria-current="page"')
    with ui.column().classes("w-full p-3 gap-2 no-wrap").style("height: calc(100dvh - 3rem)"):
        yield


def nothing_here(title: str, advice: str) -> None:
    """What stands where there is nothing: why, and what to do."""
    with ui.column().classes("w-full items-center p-8 gap-2 text-center"):
        ui.icon("inbox", size="3rem").classes("opacity-50").props("aria-hidden=true")
        ui.label(title).classes("text-lg")
        ui.label(advice).classes("opacity-80 max-w-xl")
