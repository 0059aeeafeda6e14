"""Who shares the state, what each is at, and what waits for one with room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from nicegui import ui

from sheets_sync.console.frame import heading, moment, said, zone
from sheets_sync.operations.overview import Overview, ReplicaView


class Replicas:
    """A line for each, rewritten in place; nothing where the state is not shared."""

    def __init__(self) -> None:
        with ui.element("section") as self._section:
            heading("Replicas", 2)
            self._list = ui.element("ul").classes("replicas").props('aria-label="Replicas"')
            self._queue = said("", "queue")
        self._lines: dict[str, _Line] = {}

    def show(self, seen: Overview) -> None:
        """As they are now."""
        if [one.name for one in seen.replicas] != [*self._lines]:
            self._list.clear()
            with self._list:
                self._lines = {one.name: _Line(one.name) for one in seen.replicas}
        for one in seen.replicas:
            self._lines[one.name].show(one)
        self._queue.set_text(f"Queue: {_kinds(seen.waiting)}")
        self._section.set_visibility(bool(seen.replicas))


class _Line:
    def __init__(self, name: str) -> None:
        with ui.element("li"):
            ui.label(name).classes("replica-name")
            self._standing = ui.label()
            self._doing = ui.label()
            self._since = ui.label().classes("read")
            self._seen = ui.label().classes("read")
            self._waits = ui.label(
                "Others have a newer configuration. It acts again once it has that too."
            ).classes("wrong-text waits")

    def show(self, replica: ReplicaView) -> None:
        is_current = replica.is_current
        self._standing.set_text("newest configuration" if is_current else "waits")
        self._standing.classes(replace="chip" if is_current else "chip waits")
        kinds = Counter(name.partition(" ")[0] for name in replica.doing)
        self._doing.set_text(f"now: {_kinds(kinds)}")
        self._since.set_text(f"since {moment(replica.began_at)} {zone()}")
        self._seen.set_text(f"seen {moment(replica.seen_at)} {zone()}")
        self._waits.set_visibility(not is_current)


def _kinds(acts: Mapping[str, int]) -> str:
    """As `status` says them: `deliver 1, observe 3`."""
    return ", ".join(f"{kind} {number}" for kind, number in sorted(acts.items())) or "nothing"
