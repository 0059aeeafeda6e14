"""What all pages have in common: the frame, the words, and that only operators act."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlencode

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from sheets_sync.console.access import Access, Visitor
from sheets_sync.console.guard import NONCE, STYLES
from sheets_sync.domain.delivery import State
from sheets_sync.engine.unknown import logged
from sheets_sync.errors import SheetsSyncError
from sheets_sync.operations.desk import Desk

Act: TypeAlias = Callable[[], Awaitable[None] | None]

WORDS: dict[State, str] = {
    "delivered": "synced",
    "pending": "queued",
    "held": "held",
    "rejected": "wrong",
    "failed": "refused",
    "orphaned": "gone",
}
"""The states as people know them, as `status` says them."""
PAGES = {"Overview": "/", "Activity": "/activity", "New mapping": "/new"}


@dataclass(frozen=True, slots=True)
class Console:
    """What pages are made of."""

    desk: Callable[[], Desk]
    """What runs at the moment."""
    access: Access

    def visitor(self) -> Visitor | None:
        """Who looks at this page, asked anew: a session may have ended since it was opened."""
        return self.access.visitor(ui.context.client.request)

    def acting(self, act: Act) -> Callable[[], Awaitable[None]]:
        """The act for operators alone, whoever asks for it; what goes wrong is said."""

        async def guarded() -> None:
            visitor = self.visitor()
            if visitor is None or not visitor.may_act:
                tell("Only operators may do this. Sign in as one.", is_bad=True)
                return
            try:
                done = act()
                if inspect.isawaitable(done):
                    await done
            except Exception as error:  # noqa: BLE001 - it is said, and whoever acts goes on
                tell(reason(error), is_bad=True)

        return guarded

    def button(self, text: str, act: Act) -> ui.button:
        """A button that is only there to be pressed by operators."""
        pressed = ui.button(text, on_click=self.acting(act)).props("no-caps unelevated")
        visitor = self.visitor()
        if visitor is None or not visitor.may_act:
            pressed.props("disable").tooltip("This is for operators.")
        return pressed

    def every(self, seconds: float, look: Callable[[], None]) -> None:
        """Look now and from time to time; what is wrong with the state is said instead."""
        trouble = ui.label().classes("banner broken").props("role=alert")
        trouble.set_visibility(False)

        def looked() -> None:
            if self.visitor() is None:  # the session has ended
                ui.navigate.to("/login")
                return
            try:
                look()
            except Exception as error:  # noqa: BLE001 - the next look is another matter
                trouble.set_text(reason(error))
                trouble.set_visibility(True)
            else:
                trouble.set_visibility(False)

        looked()
        ui.timer(seconds, looked, immediate=False)


class Words(TextElement):
    """An element of HTML that holds nothing but text."""

    def __init__(self, tag: str, text: str = "") -> None:
        super().__init__(tag=tag, text=text)


@contextmanager
def framed(console: Console, title: str) -> Iterator[None]:
    """A page with its head; `title` may be that of a page that is linked there."""
    ui.page_title(f"{title} - sheets-sync")
    ui.colors(primary="#1f5fbf")
    ui.add_head_html(f'<link rel="stylesheet" href="{STYLES}">')
    with ui.element("header").classes("head"):
        ui.link("sheets-sync", "/").classes("name")
        with ui.element("nav").props('aria-label="Pages"'):
            for name, target in PAGES.items():
                link = ui.link(name, target)
                if name == title:
                    link.props("aria-current=page")
        visitor = console.visitor()
        if visitor is not None and not console.access.is_open:
            with ui.element("form").props('method="post" action="/logout"').classes("who"):
                ui.label(visitor.name)
                if console.access.has_passwords:
                    Words("button", "Sign out").props("type=submit").classes("plain")
    with ui.element("div").classes("page"):
        heading(title)
        yield


def heading(text: str, level: int = 1) -> Words:
    """A heading."""
    return Words(f"h{level}", text)


def said(text: str, *classes: str) -> Words:
    """A paragraph."""
    return Words("p", text).classes(" ".join(classes))


def quiet_button(text: str, act: Callable[[], object]) -> ui.button:
    """A button that changes nothing but what is shown."""
    return ui.button(text, on_click=act, color=None).props("no-caps outline").classes("quiet")


def reason(error: Exception) -> str:
    """What went wrong in words; the traceback of what nobody foresaw is in the log."""
    return str(error) if isinstance(error, SheetsSyncError) else logged(error)


def tell(text: str, *, is_bad: bool = False) -> None:
    """Say in passing what came of an act."""
    ui.notify(text, type="negative" if is_bad else "positive", multi_line=True)


def nonce() -> str:
    """What the page's own styles are known by."""
    found: str = ui.context.client.request.scope[NONCE]
    return found


def link_to(page: str, **query: str) -> str:
    """The address of a page about something."""
    return f"/{page}?{urlencode(query)}"


def moment(at: float | None) -> str:
    """A time as this machine's clock shows it."""
    return "never" if at is None else f"{datetime.fromtimestamp(at).astimezone():%d %b %H:%M:%S}"


def zone() -> str:
    """The time zone of that clock."""
    return f"{datetime.now().astimezone():%Z}"


def roughly(seconds: float) -> str:
    """A duration as it is seen at a glance."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def counted(number: int, what: str) -> str:
    """So many of something: `1 row`, `1,204 rows`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


Options: TypeAlias = dict[str, Any]
"""Of AG Grid or ECharts, as their own pages have them."""
