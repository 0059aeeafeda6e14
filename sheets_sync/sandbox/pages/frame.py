"""What all pages have around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from nicegui import ui

LOOK_EVERY = 0.25
"""Seconds between two looks at what may have changed."""

_LINKS = {"Spreadsheets": "/", "Arize": "/arize", "Faults": "/faults"}
_STYLE = f"<style>{files(__package__).joinpath('pages.css').read_text('utf-8')}</style>"


@contextmanager
def framed(title: str, here: str) -> Iterator[None]:
    """A page: its name, the way to the others, and what the block puts below."""
    ui.page_title(f"{title} - sandbox")
    ui.add_head_html(_STYLE)
    ui.colors(primary="#00796b")
    with ui.header().classes("top"):
        ui.label("Sandbox").classes("name")
        for name, path in _LINKS.items():
            link = ui.link(name, path)
            if path == here:
                link.classes("here").props('aria-current="page"')
    yield


def nothing_here(title: str, advice: str) -> None:
    """What stands where there is nothing: why, and what to do."""
    with ui.column().classes("nothing"):
        ui.icon("inbox", size="3rem").classes("dim").props("aria-hidden=true")
        ui.label(title).classes("title")
        ui.label(advice).classes("dim")
