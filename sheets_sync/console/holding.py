"""A held plan, shown old to new before it is approved."""

from __future__ import annotations

from nicegui import ui

from sheets_sync.console.frame import (
    Console,
    Words,
    counted,
    heading,
    moment,
    quiet_button,
    said,
    tell,
)
from sheets_sync.domain.annotation import MetricValue
from sheets_sync.operations import interventions
from sheets_sync.operations.interventions import HeldPlan
from sheets_sync.operations.overview import MappingView
from sheets_sync.store.holds import HeldRow

MOST_ROWS = 500
"""Shown of a plan; the others are counted."""


class Hold:
    """Says that a mapping is held, and lets the plan be seen and approved."""

    def __init__(self, console: Console, mapping: str) -> None:
        self._console = console
        self._mapping = mapping
        with ui.element("section").classes("banner held") as self._banner:
            self._reason = said("")
            quiet_button("See the plan", self._open)
        self._banner.set_visibility(False)
        with ui.dialog() as self._dialog, ui.card().classes("plan"):
            self._content = ui.element("div").classes("plan-rows")
            with ui.element("div").classes("actions"):
                self._approve = console.button("Approve this plan", self._let_go)
                quiet_button("Leave it on hold", self._dialog.close)
        self._shown = ""

    def show(self, view: MappingView) -> None:
        """As the mapping stands now."""
        self._reason.set_text(
            f"On hold: {view.held}. Nothing of it is sent until somebody approves it, or until "
            "the sheet says again what Arize has."
        )
        self._banner.set_visibility(bool(view.held))

    def _open(self) -> None:
        held = interventions.held(self._console.desk().state, self._mapping)
        if held is None:
            tell("It is not on hold any more.")
            return
        self._shown = held.digest
        self._content.clear()
        with self._content:
            _plan(held)
        self._approve.set_visibility(held.kind != "lost")
        self._dialog.open()

    def _let_go(self) -> None:
        if interventions.approve(self._console.desk().state, self._mapping, self._shown):
            tell("Approved. It is sent at once.")
            self._dialog.close()
        else:
            tell("The plan has changed since it was shown; look at it again.", is_bad=True)
            self._open()


def _plan(held: HeldPlan) -> None:
    heading(f"{held.mapping}: {held.reason}", 2)
    said(f"On hold since {moment(held.since)}. Plan {held.digest}.", "faint")
    if held.kind == "lost":
        said(
            "Arize may hold all of this already. Stop the service, then take it so with "
            f"sheets-sync rebuild {held.mapping!r} --adopt, or send it again without notes with "
            f"sheets-sync rebuild {held.mapping!r} --resend."
        )
    with ui.element("table").classes("changes"):
        with ui.element("thead"), ui.element("tr"):
            for title in ("Row", "Arize has", "would become"):
                Words("th", title)
        with ui.element("tbody"):
            for row in held.rows[:MOST_ROWS]:
                _change(row)
    if (left := len(held.rows) - MOST_ROWS) > 0:
        said(f"And {counted(left, 'row')} more; sheets-sync approve shows them all.")


def _change(row: HeldRow) -> None:
    new = "gone from the sheet; Arize keeps it"
    if row.asked is not None:
        new = ", ".join(map(_by, row.asked.metrics))
        new += f', note "{row.asked.note}"' if row.asked.note else ""
    with ui.element("tr"):
        for text in (f"{row.number}: {row.key}", ", ".join(map(_by, row.holds)) or "nothing", new):
            Words("td", text)


def _by(value: MetricValue) -> str:
    return f"{value.shown} by {value.updated_by}" if value.updated_by else value.shown
