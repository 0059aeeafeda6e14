"""A new mapping, made of a sheet's address: columns are chosen, and its plan shows at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import get_args

from nicegui import ui
from starlette.concurrency import run_in_threadpool

from sheets_sync.arize import NamedModel
from sheets_sync.console.frame import (
    Console,
    Words,
    framed,
    heading,
    link_to,
    quiet_button,
    said,
    tell,
)
from sheets_sync.domain.cells import shown
from sheets_sync.domain.proposal import MEANINGS, Use, refused
from sheets_sync.errors import SheetsSyncError
from sheets_sync.operations import drafting
from sheets_sync.operations.drafting import Choices, Preview, Sight

USES: tuple[Use, ...] = get_args(Use)


def add(console: Console) -> None:
    """Serve the page."""

    @ui.page("/new")
    def page() -> None:
        with framed(console, "New mapping"):
            said(
                "Paste the address of a Google Sheet that is shared with the service. Nothing is "
                "sent, and nothing in the sheet changes, until the mapping is saved."
            )
            _Looking(console)


class _Looking:
    """Asks for a sheet, and shows what was found."""

    def __init__(self, console: Console) -> None:
        self._console = console
        with ui.element("div").classes("filters"):
            self._address = ui.input("The sheet's address").props("outlined dense").classes("wide")
            self._address.on("keydown.enter", console.acting(self._look))
            console.button("Look at it", self._look)
        self._content = ui.element("div")

    async def _look(self, tab: int | None = None) -> None:
        desk = self._console.desk()
        self._content.clear()
        with self._content:
            said("Looking at the sheet.", "faint")
        try:
            address = str(self._address.value or "").strip()
            sight = await run_in_threadpool(drafting.look_at, desk, address, tab)
            arize = next(iter(desk.arize))
            found, no_models = await run_in_threadpool(drafting.models, desk, arize)
        except SheetsSyncError as error:
            self._content.clear()
            with self._content:
                said(str(error), "banner", "broken")
            return
        self._content.clear()
        with self._content:
            self._tabs(sight)
            _Draft(self._console, sight, found, no_models)

    def _tabs(self, sight: Sight) -> None:
        """Another tab of the same sheet can be chosen."""
        if len(sight.book.tabs) > 1:
            titles = {tab.gid: tab.title for tab in sight.book.tabs}
            chosen = ui.select(titles, label="Tab", value=sight.seen.tab.gid)
            chosen.props("outlined dense").classes("choice")
            chosen.on_value_change(self._console.acting(lambda: self._look(chosen.value)))


class _Draft:
    """What is chosen so far, and what comes of it."""

    def __init__(
        self, console: Console, sight: Sight, found: Sequence[NamedModel], no_models: str
    ) -> None:
        self._console = console
        self._sight = sight
        self._proposal = sight.proposal
        self._models = found
        tab = sight.seen.tab.title
        heading(f"{sight.book.title}: tab {tab}, headers in row {sight.seen.header_row}", 2)
        _first_rows(sight)
        heading("Which column is what", 2)
        self._reasons: list[Words] = []
        self._uses = self._columns()
        with ui.element("div").classes("filters"):
            self._name = self._input("Name", sight.name)
            endpoints = [*console.desk().arize]
            self._arize = ui.select(endpoints, label="Arize", value=endpoints[0])
            self._arize.props("outlined dense").on_value_change(console.acting(self._ask_models))
            self._arize.set_visibility(len(endpoints) > 1)
            self._model = ui.select(
                {},
                label="Model at Arize: one of these, or its id",
                with_input=True,
                new_value_mode="add-unique",
                key_generator=str,
                on_change=self._show,
            )
            self._model.props("outlined dense").classes("choice model")
            self._start = self._input("One start time, as 2026-11-24T10:15:00Z", "")
        self._no_models = said("", "faint")
        heading("What becomes of the first rows", 2)
        self._open = said("", "banner", "paused").props("role=status")
        self._rows = ui.element("ul").classes("history preview")
        heading("The configuration", 2)
        self._text = Words("pre").classes("yaml").props('tabindex="0" aria-label="Configuration"')
        with ui.element("div").classes("actions"):
            quiet_button("Copy", self._copy)
            self._save = console.button("Save", self._keep)
        self._cannot = said(drafting.can_save(console.desk()), "faint")
        self._list_models(found, no_models)
        self._show()

    def _input(self, label: str, value: str) -> ui.input:
        found = ui.input(label, value=value, on_change=self._show)
        return found.props("outlined dense debounce=200").classes("choice")

    def _columns(self) -> list[ui.select]:
        """One line for each column: an example of it, and what it is."""
        selects = []
        with ui.element("ul").classes("columns"):
            for at, look in enumerate(self._proposal.looks):
                with ui.element("li"):
                    Words("strong", look.name)
                    Words("span", shown(look.cells[0]) if look.cells else "").classes("faint")
                    select = ui.select(MEANINGS, on_change=partial(self._choose, at))
                    select.props(f'outlined dense options-dense aria-label="{_plain(look.name)}"')
                    selects.append(select)
                    self._reasons.append(Words("span").classes("faint"))
        return selects

    def _choose(self, at: int) -> None:
        use = next((one for one in USES if one == self._uses[at].value), None)
        if use is None or use == self._proposal.guesses[at].use:
            return
        if said_no := refused(self._proposal.looks[at], use):
            tell(said_no, is_bad=True)
        else:
            self._proposal = self._proposal.corrected(at, use)
        self._show()

    async def _ask_models(self) -> None:
        desk = self._console.desk()
        self._list_models(*await run_in_threadpool(drafting.models, desk, str(self._arize.value)))
        self._show()

    def _list_models(self, found: Sequence[NamedModel], no_models: str) -> None:
        self._models = found
        only = found[0].id if len(found) == 1 else None
        self._model.set_options({model.id: model.name for model in found}, value=only)
        self._no_models.set_text(no_models)

    @property
    def _choices(self) -> Choices:
        model = self._model.value and str(self._model.value).strip()
        return Choices(
            str(self._name.value or "").strip() or self._sight.name,
            str(self._arize.value),
            model or None,
            str(self._start.value or "").strip() or None,
        )

    def _show(self) -> None:
        lines = zip(self._uses, self._reasons, self._proposal.guesses, strict=True)
        for select, reason, guess in lines:
            select.set_value(guess.use)
            reason.set_text(guess.why)
        self._start.set_visibility(not self._proposal.of("time"))
        found = drafting.preview(self._sight, self._proposal, self._choices, self._models)
        self._text.set_text(found.text)
        self._open.set_text(f"Still to be chosen: {'; '.join(found.open)}." if found.open else "")
        self._open.set_visibility(bool(found.open))
        self._save.set_enabled(self._may_save(found))
        self._rows.clear()
        with self._rows:
            _preview(found)

    def _may_save(self, found: Preview) -> bool:
        visitor = self._console.visitor()
        may_act = visitor is not None and visitor.may_act
        return may_act and not found.open and not drafting.can_save(self._console.desk())

    def _copy(self) -> None:
        ui.clipboard.write(self._text.text)
        tell("Copied.")

    async def _keep(self) -> None:
        name = self._choices.name
        path = await run_in_threadpool(drafting.save, self._console.desk(), name, self._text.text)
        self._save.disable()
        tell(f"Saved as {path}. It is read within moments.")
        ui.navigate.to(link_to("mapping", name=name))


def _first_rows(sight: Sight) -> None:
    """As the sheet has them."""
    with (
        ui.element("div").classes("scrolled").props('tabindex="0" aria-label="First rows"'),
        ui.element("table").classes("changes first-rows"),
    ):
        with ui.element("thead"), ui.element("tr"):
            for look in sight.proposal.looks:
                Words("th", look.name)
        with ui.element("tbody"):
            for cells in sight.first_rows:
                with ui.element("tr"):
                    for cell in cells:
                        Words("td", cell)


def _preview(found: Preview) -> None:
    for row in found.rows:
        with ui.element("li"):
            Words("span", f"row {row.number}").classes("faint number")
            Words("span", row.key).classes("key")
            Words("span", row.says).classes("word wrong" if row.is_wrong else "")


def _plain(text: str) -> str:
    """Fit for an attribute."""
    return text.replace('"', "'").replace("\\", "/")
