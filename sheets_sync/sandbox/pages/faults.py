"""A panel of what may go wrong: each typical fault is a switch; and what was called so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from sheets_sync.sandbox.faults import Fault, Faults, InForce, Service
from sheets_sync.sandbox.pages.frame import LOOK_EVERY, framed
from sheets_sync.sandbox.wire import Json
from sheets_sync.sandbox.world import Calls, World


@dataclass(frozen=True)
class _Typical:
    name: str
    words: str
    fault: Fault


def _typical(service: Service, name: str, words: str, **details: Json) -> _Typical:
    return _Typical(name, words, Fault.model_validate({"service": service, **details}))


_of_google, _of_arize = partial(_typical, "google"), partial(_typical, "arize")
_SHEETS, _TOKENS, _DRIVE = {"match": "/v4/"}, {"match": "^POST /token"}, {"match": "/drive/v3/"}
_UPDATES = {"match": "updateAnnotations"}
_GOOGLE = (
    _of_google("503", "Sheets is unavailable", action="status", **_SHEETS),
    _of_google("429", "Sheets is asked too often", action="status", status=429, **_SHEETS),
    _of_google("502", "A gateway answers with a page", action="html502", **_SHEETS),
    _of_google("No answer", "Sheets hangs", action="hang", **_SHEETS),
    _of_google("Slow", "Google takes three seconds more", latency_ms=3000),
    _of_google(
        "Answer lost",
        "Statuses are written, and the answer is lost",
        action="drop",
        when="after",
        match="ByDataFilter",
    ),
    _of_google("Drive fails", "Drive answers 503", action="status", **_DRIVE),
    _of_google("No tokens", "The token endpoint answers 503", action="status", **_TOKENS),
)
_ARIZE = (
    _of_arize("503", "Arize is unavailable", action="status"),
    _of_arize("429", "Arize is asked too often", action="status", status=429),
    _of_arize("Key refused", "Arize answers 401", action="status", status=401),
    _of_arize("No answer", "Arize hangs", action="hang"),
    _of_arize("Slow", "Arize takes three seconds more", latency_ms=3000),
    _of_arize(
        "Answer lost",
        "A mutation is applied, and the answer is lost",
        action="drop",
        when="after",
        **_UPDATES,
    ),
    _of_arize(
        "Applied late",
        "The connection is cut; applied ten seconds later",
        action="drop",
        apply_after_ms=10_000,
        **_UPDATES,
    ),
    _of_arize("GraphQL error", "Errors instead of data", action="graphql_error", **_UPDATES),
)
_LENGTHS = {0: "until switched off", 1: "1 request", 3: "3 requests", 10: "10 requests"}


def show(world: World) -> None:
    """The switches, the faults in force, and the counts."""
    with framed("Faults", "/faults"):
        _Page(world).show()


class _Page:
    """What one window shows of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._times = 0
        self._switches: list[tuple[_Typical, ui.switch, ui.label]] = []

    def show(self) -> None:
        """Two columns of switches, kept up to date."""
        with ui.row().classes("bar"):
            ui.label("Faults").classes("title")
            lasts = ui.select(_LENGTHS, label="Each lasts", value=0, on_change=self._lasting)
            lasts.props("dense outlined").classes("entry")
            ui.space()
            ui.button("Switch all off", icon="healing", on_click=self._faults.clear).props(
                "no-caps outline"
            )
        with ui.element("div").classes("panels"):
            for title, typical in (("Google", _GOOGLE), ("Arize", _ARIZE)):
                with ui.card().props("flat bordered").classes("panel"):
                    ui.label(title).classes("strong")
                    for one in typical:
                        self._switch(title, one)
        self._others = ui.label().classes("dim")
        with ui.card().props("flat bordered").classes("panel"):
            with ui.row().classes("bar"):
                ui.label("Calls").classes("strong")
                ui.space()
                ui.button("Count from zero", on_click=self._count_anew).props("flat dense no-caps")
            with ui.row().classes("counts"):
                self._counts = {
                    name: _counter(words)
                    for name, words in {
                        "reads": "reads of Sheets",
                        "writes": "writes to Sheets",
                        "requests": "requests to Arize",
                        "mutations": "mutations",
                        "people": "calls of people",
                    }.items()
                }
        self._look()
        ui.timer(LOOK_EVERY, self._look)

    @property
    def _faults(self) -> Faults:
        return self._world.faults

    def _switch(self, service: str, typical: _Typical) -> None:
        with ui.row().classes("switch"):
            switch = ui.switch(on_change=partial(self._switched, typical))
            switch.props(f'dense color=red-7 aria-label="{service}: {typical.name}"').classes(
                "my-2"
            )
            with ui.column().classes("words"):
                ui.label(typical.name)
                ui.label(typical.words).classes("small dim")
            state = ui.label().classes("state")
        self._switches.append((typical, switch, state))

    def _lasting(self, event: ValueChangeEventArguments[int]) -> None:
        self._times = event.value

    def _switched(self, typical: _Typical, event: ValueChangeEventArguments[bool]) -> None:
        found = self._found(typical)
        if event.value == (found is not None and found.left != 0):
            return
        if found is not None:
            self._faults.in_force.remove(found)
        if event.value:
            fault = typical.fault.model_copy(update={"times": self._times or None})
            self._faults.add(fault)
        self._look()

    def _found(self, typical: _Typical) -> InForce | None:
        return next((one for one in self._faults.in_force if _is(one, typical)), None)

    def _look(self) -> None:
        for typical, switch, state in self._switches:
            found = self._found(typical)
            switch.set_value(found is not None and found.left != 0)
            state.set_text("" if found is None else _state(found))
        kinds = [one for one, _, _ in self._switches]
        others = [one for one in self._faults.in_force if not any(_is(one, kind) for kind in kinds)]
        self._others.set_text("Others, set at /control/faults: " + "; ".join(map(_line, others)))
        self._others.set_visibility(bool(others))
        calls = self._world.calls
        for name, count in {
            "reads": calls.reads,
            "writes": calls.writes,
            "requests": calls.requests,
            "mutations": calls.mutations,
            "people": calls.human.total(),
        }.items():
            self._counts[name].set_text(f"{count:,}")

    def _count_anew(self) -> None:
        self._world.calls = Calls()
        self._look()


def _is(one: InForce, typical: _Typical) -> bool:
    return one.fault.model_copy(update={"times": None}) == typical.fault


def _state(one: InForce) -> str:
    times = "once" if one.fired == 1 else f"{one.fired} times"
    left = {None: "", 0: ", used up"}.get(one.left, f", {one.left} left")
    return f"met {times}{left}" if one.fired else f"not met yet{left}"


def _line(one: InForce) -> str:
    fault = one.fault
    what = fault.action or f"{fault.latency_ms:g} ms later"
    return f"{fault.service} {what} {fault.match or 'everywhere'} ({_state(one)})"


def _counter(words: str) -> ui.label:
    with ui.column().classes("counted"):
        count = ui.label().classes("count")
        ui.label(words).classes("small dim")
    return count
