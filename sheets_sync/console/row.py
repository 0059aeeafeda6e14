"""One row: what its sheet says beside what Arize has, and all that happened to it."""

from __future__ import annotations

from collections.abc import Iterator

from nicegui import ui

from sheets_sync.console.frame import (
    WORDS,
    Console,
    Words,
    framed,
    heading,
    link_to,
    moment,
    said,
    zone,
)
from sheets_sync.domain.annotation import Annotation, MetricValue
from sheets_sync.operations.browsing import RowHistory, history
from sheets_sync.store.review import PastAttempt

LOOK_EVERY = 1.0
"""Seconds."""


def add(console: Console) -> None:
    """Serve the page."""

    @ui.page("/row")
    def page(mapping: str = "", key: str = "") -> None:
        with framed(console, key):
            ui.link(f"All rows of {mapping}", link_to("mapping", name=mapping))
            content = ui.element("div")
            known: list[RowHistory | None] = []

            def look() -> None:
                found = history(console.desk(), mapping, key)
                if known == [found]:
                    return
                known[:] = [found]
                content.clear()
                with content:
                    if found is None:
                        said(f"No row of {mapping!r} has the key {key!r}.", "banner")
                    else:
                        _show(found)

            console.every(LOOK_EVERY, look)


def _show(found: RowHistory) -> None:
    past = found.delivery
    with ui.element("div").classes("standing"):
        word = WORDS[past.state]
        ui.label(word).classes(f"word {word}")
        ui.label(found.status or "nothing to send").classes("status-text")
        ui.link(f"Row {past.number} of tab {past.tab}", found.cell, new_tab=True).props(
            'rel="noopener noreferrer"'
        )
    heading("Side by side", 2)
    _side_by_side(found)
    heading("History", 2)
    with ui.element("ol").classes("history"):
        for at, what, told, kind in sorted(_events(found), key=lambda event: event[0]):
            with ui.element("li"):
                Words("time", f"{moment(at)} {zone()}").classes("faint")
                Words("span", what).classes(f"word {kind}")
                Words("span", told)


def _side_by_side(found: RowHistory) -> None:
    asked = (
        {metric.name: metric for metric in found.delivery.asked.metrics}
        if (found.delivery.asked)
        else {}
    )
    held = {one.value.name: one for one in found.held}
    with ui.element("table").classes("changes"):
        with ui.element("thead"), ui.element("tr"):
            for title in ("", "The sheet says", "Arize has", "since"):
                Words("th", title).classes(title if title == "since" else "")
        with ui.element("tbody"):
            for name in dict.fromkeys((*asked, *held)):
                with ui.element("tr"):
                    Words("th", name)
                    Words("td", _value(asked[name]) if name in asked else "nothing")
                    Words("td", _value(held[name].value) if name in held else "nothing")
                    since = moment(held[name].at) if name in held else ""
                    Words("td", since).classes("since")
            note = found.delivery.asked.note if found.delivery.asked else None
            if note:
                with ui.element("tr"):
                    Words("th", "Note")
                    Words("td", note)
                    Words("td", _of_note(found))
                    Words("td", "").classes("since")
    if found.delivery.problems:
        said(f"The sheet says what cannot be sent: {found.delivery.problems}", "banner")


def _of_note(found: RowHistory) -> str:
    """Arize answers nothing of notes but that the mutation was accepted."""
    sent = [attempt for attempt in found.delivery.attempts if attempt.with_note]
    if not sent:
        return "not sent"
    last = sent[-1]
    is_same = found.delivery.asked is not None and last.annotation.note == found.delivery.asked.note
    what = "the same" if is_same else f'"{last.annotation.note}"'
    return what if last.outcome == "accepted" else f"{what}, perhaps: no answer said so"


def _events(found: RowHistory) -> Iterator[tuple[float, str, str, str]]:
    """When, what, in which words, and of which kind."""
    past = found.delivery
    yield past.observed_at, "read", past.problems or "as it stands above", ""
    before: Annotation | None = None
    for attempt in past.attempts:
        if before is not None and (edit := _edit(before, attempt.annotation)):
            yield attempt.intended_at, "edited", edit, ""
        before = attempt.annotation
        contents = ", ".join(map(_named, attempt.annotation.metrics))
        note = ", with the note" if attempt.with_note else ""
        yield attempt.intended_at, "posted", f"{contents}{note}", "queued"
        yield _answer(attempt)


def _edit(old: Annotation, new: Annotation) -> str:
    """What a later attempt says otherwise."""
    known = {value.name: value for value in old.metrics}
    changes = [
        f"{_named(known[value.name]) if value.name in known else 'nothing'} -> {_named(value)}"
        for value in new.metrics
        if value.name not in known or known[value.name].fingerprint != value.fingerprint
    ]
    changes += [_named(one) + " -> nothing" for one in old.metrics if one.name not in _names(new)]
    return ", ".join(changes + (["another note"] if new.note != old.note else []))


def _names(annotation: Annotation) -> set[str]:
    return {value.name for value in annotation.metrics}


def _answer(attempt: PastAttempt) -> tuple[float, str, str, str]:
    at = attempt.answered_at or attempt.intended_at
    kind = {"accepted": "synced", "refused": "refused"}.get(attempt.outcome or "", "wrong")
    return at, attempt.outcome or "in flight", attempt.message, kind


def _named(value: MetricValue) -> str:
    return f"{value.shown} by {value.updated_by}" if value.updated_by else value.shown


def _value(value: MetricValue) -> str:
    shown = f"{value.value:g}" if isinstance(value.value, float) else value.value
    return f"{shown} by {value.updated_by}" if value.updated_by else shown
