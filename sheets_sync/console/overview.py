"""Every mapping at a glance, the last day, the replicas, and what is used of the budgets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from nicegui import ui
from starlette.concurrency import run_in_threadpool

from sheets_sync.console.frame import (
    WORDS,
    Console,
    Options,
    Words,
    counted,
    framed,
    heading,
    link_to,
    moment,
    roughly,
    said,
    zone,
)
from sheets_sync.console.replicas import Replicas
from sheets_sync.domain.delivery import State
from sheets_sync.errors import StateError
from sheets_sync.operations.budget import Share
from sheets_sync.operations.overview import MappingView, Overview
from sheets_sync.operations.trend import last_day
from sheets_sync.store.trend import Span

LOOK_EVERY = 2.0
"""Seconds."""
DAY_EVERY = 30.0
"""The plot reads a day's attempts."""
COUNTED: tuple[State, ...] = ("delivered", "pending", "held", "rejected", "failed")
ALWAYS = ("delivered", "pending", "failed")
"""Shown even where there is none."""
GREEN, RED, GREY = "#2e9e5b", "#d64545", "#888888"


def add(console: Console) -> None:
    """Serve the page."""
    day = _Day(console)

    @ui.page("/")
    def page() -> None:
        with framed(console, "Overview"):
            banners = ui.element("section").props('aria-label="What needs you"')
            lines = _Lines()
            budgets = _Budgets()
            replicas = Replicas()
            heading("The last day", 2)
            summary = said("", "summary")
            plot = ui.echart(_plot(())).classes("plot").props('role="img"')

            def look() -> None:
                desk = console.desk()
                seen = desk.overview()
                _warn(banners, seen)
                lines.show(seen.mappings)
                budgets.show(desk.shares())
                replicas.show(seen)
                spans = day.known
                summary.set_text(_summary(spans))
                drawn = _plot(spans)
                if plot.options != drawn:
                    plot.options.update(drawn)

            console.every(LOOK_EVERY, look)
            ui.timer(LOOK_EVERY, day.read)


class _Day:
    """The last day, read once for all who look."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._until = 0.0
        self.known: Sequence[Span] = ()

    async def read(self) -> None:
        """Aside, since it takes a second where half a million attempts are kept."""
        if time.monotonic() < self._until:
            return
        self._until = time.monotonic() + DAY_EVERY
        with suppress(StateError):  # the page says it already
            self.known = await run_in_threadpool(last_day, self._console.desk())


def _warn(banners: ui.element, seen: Overview) -> None:
    """What concerns more than one mapping."""
    texts = [f"The newest configuration is not used: {problem}" for problem in seen.refused]
    texts += [
        f"Arize {outage.endpoint}{f', model {outage.model_id}' if outage.model_id else ''}: "
        f"{outage.message}; asked again at {moment(outage.until)}"
        for outage in seen.outages
    ]
    shown = [banner.text for banner in banners if isinstance(banner, Words)]
    if texts != shown:
        banners.clear()
        with banners:
            for text in texts:
                said(text, "banner broken")


class _Lines:
    """One line for each mapping, rewritten in place so that nobody loses what he has focused."""

    def __init__(self) -> None:
        self._list = ui.element("ul").classes("mappings").props('aria-label="Mappings"')
        self._lines: dict[str, _Line] = {}

    def show(self, views: Sequence[MappingView]) -> None:
        if [view.name for view in views] != [*self._lines]:
            self._list.clear()
            with self._list:
                self._lines = {view.name: _Line(view.name) for view in views}
        for view in views:
            self._lines[view.name].show(view)


class _Line:
    def __init__(self, name: str) -> None:
        with ui.element("li"), ui.link(target=link_to("mapping", name=name)).classes("mapping"):
            ui.label(name).classes("mapping-name")
            self._standing = ui.label().classes("chip")
            with ui.element("span").classes("counts"):
                self._counts = {state: ui.label().classes(f"count {state}") for state in COUNTED}
            self._lag = ui.label().classes("lag")
            self._read = ui.label().classes("read")
            self._wrong = ui.label().classes("wrong-text")

    def show(self, view: MappingView) -> None:
        self._standing.set_text(view.standing)
        self._standing.classes(replace=f"chip {view.standing.replace(' ', '-')}")
        for state, label in self._counts.items():
            number = view.states.get(state, 0)
            label.set_text(f"{number:,} {WORDS[state]}")
            label.classes(add="" if number else "none", remove="none" if number else "")
            label.set_visibility(bool(number) or state in ALWAYS)
        self._lag.set_text("" if view.lag is None else f"lag {roughly(view.lag.median)}")
        read = "never read" if view.read_at is None else f"read {moment(view.read_at)} {zone()}"
        self._read.set_text(read)
        wrong = _wrong(view)
        self._wrong.set_text(wrong)
        self._wrong.classes(replace=f"wrong-text {view.standing.replace(' ', '-')}")
        self._wrong.set_visibility(bool(wrong))


def _wrong(view: MappingView) -> str:
    """Why it is as it is, and what to do."""
    if view.trouble:
        return view.trouble
    if view.unwritable:
        return f"Statuses are not written: {view.unwritable}"
    if view.held:
        return f"On hold: {view.held}. Open it to see the plan and approve it."
    return "Nothing is sent until it is resumed." if view.paused else ""


class _Budgets:
    """A bar for each kind of request."""

    def __init__(self) -> None:
        heading("Requests in the last minute", 2)
        self._list = ui.element("ul").classes("budgets").props('aria-label="Budgets"')
        self._bars: list[tuple[ui.label, ui.linear_progress]] = []

    def show(self, shares: Sequence[Share]) -> None:
        if len(shares) != len(self._bars):
            self._list.clear()
            with self._list:
                self._bars = [_bar() for _ in shares]
        for (label, bar), share in zip(self._bars, shares, strict=True):
            who = " ".join(filter(None, (share.service.title(), share.endpoint)))
            label.set_text(f"{who} {share.kind}: {share.used:.0f} of {share.allowed:.0f}")
            bar.set_value(min(1.0, share.used / share.allowed))


def _bar() -> tuple[ui.label, ui.linear_progress]:
    with ui.element("li"):
        label = ui.label()
        bar = ui.linear_progress(0, show_value=False, size="6px").props("instant-feedback")
    return label, bar.props('aria-hidden="true"')


def _summary(spans: Sequence[Span]) -> str:
    synced, refused = sum(s.accepted for s in spans), sum(s.refused for s in spans)
    if not spans:
        return "Counting."
    if not synced and not refused:
        return "Nothing was sent yet. Rows appear here once experts have judged some."
    return f"{counted(synced, 'row')} synced, {refused:,} refused."


def _plot(spans: Sequence[Span]) -> Options:
    def bars(name: str, color: str, values: Sequence[int]) -> Options:
        return {
            "name": name,
            "type": "bar",
            "stack": "rows",
            "itemStyle": {"color": color},
            "data": list(values),
        }

    axis = {"axisLabel": {"color": GREY}, "axisLine": {"lineStyle": {"color": GREY}}}
    return {
        "animation": False,
        "aria": {"enabled": True},
        "grid": {"left": 48, "right": 12, "top": 32, "bottom": 28},
        "legend": {"textStyle": {"color": GREY}, "top": 4, "right": 12},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "category",
            "data": [f"{moment(span.begin)[7:12]}" for span in spans],
            **axis,
        },
        "yAxis": {"type": "value", "minInterval": 1, **axis, "splitLine": {"show": False}},
        "series": [
            bars("synced", GREEN, [span.accepted for span in spans]),
            bars("refused", RED, [span.refused for span in spans]),
        ],
    }
