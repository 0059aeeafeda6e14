"""What the sheet, Arize and the state say in the end, as lines that two runs must share.

Left aside: moments, ids, the attempts that led there, and the dialect, which is found out again.
A note is sent at most once; one whose attempt was interrupted counts as sent, provided that its
row says it may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from sqlalchemy import Row, create_engine, select

from sheets_sync.store import schema
from sheets_sync.store.contents import DECIDE_AGAIN
from tests.service import Service

MOMENT = re.compile(r"\d+ [A-Z][a-z]{2} \d\d:\d\d")
DOUBT = "; the note may be missing"

Rows = list[Row[*tuple[Any, ...]]]


@dataclass(frozen=True)
class Facts:
    """The lines, and how many attempts nobody knows the outcome of."""

    lines: list[str]
    interrupted: int

    def differences(self, other: Facts) -> str:
        """What the other run says otherwise; empty where both are the same."""
        return "\n".join(unified_diff(other.lines, self.lines, "wanted", "found", n=0, lineterm=""))


def gather(service: Service, titles: dict[str, str]) -> Facts:
    """All facts; `titles` are the tabs by mapping. Raises `AssertionError` for a lost note."""
    tables = _tables(service)
    known = ("accepted", "refused")
    interrupted = [row for row in tables["attempts"] if row.outcome not in known]
    in_doubt = {
        (row.delivery_id, row.annotation["note"])
        for row in interrupted
        if row.note_fingerprint is not None
    }
    sheets = {title: service.expert.read(service.spreadsheet, title) for title in titles.values()}
    places = {row.id: row for row in tables["tabs"]}
    statuses = {
        (mapping, line[0]): line[sheets[title][0].index("Sync status") :]
        for mapping, title in titles.items()
        for line in sheets[title][1:]
    }
    notes: dict[str, set[str]] = {}
    for annotation in service.control.annotations():
        assert len(annotation.notes) == len(set(annotation.notes)), f"sent twice: {annotation}"
        notes[annotation.record_id] = set(annotation.notes)
    for row in tables["deliveries"]:
        asked = row.annotation and row.annotation["note"]
        if row.state == "delivered" and asked and asked not in notes.get(row.record_id, set()):
            status = statuses[places[row.tab_id].mapping, row.key]
            assert (row.id, asked) in in_doubt, f"a note was lost: {row}"
            assert DOUBT in status[0], f"nobody says that the note may be missing: {row} {status}"
    for row in interrupted:
        if row.note_fingerprint is not None:
            notes.setdefault(row.record_id, set()).add(row.annotation["note"])
    lines = [
        *_shown(sheets),
        *(f"notes {record}: {sorted(found)}" for record, found in notes.items() if found),
        *_stored(tables, in_doubt),
        *(
            f"Arize {a.record_id} {a.name}: {a.label} {a.score} {a.text} {a.updated_by}"
            for a in service.control.annotations()
        ),
    ]
    return Facts(sorted(lines), len(interrupted))


def _tables(service: Service) -> dict[str, Rows]:
    engine = create_engine(service.settings()["state"])
    try:
        with engine.connect() as connection:
            return {
                table.name: list(connection.execute(select(table)))
                for table in schema.metadata.sorted_tables
            }
    finally:
        engine.dispose()


def _shown(sheets: dict[str, list[list[str]]]) -> Iterator[str]:
    for title, lines in sheets.items():
        for number, line in enumerate(lines, start=1):
            text = " | ".join(line).replace(DOUBT, "")
            yield f"sheet {title} {number:03}: {MOMENT.sub('<moment>', text)}"


def _stored(tables: dict[str, Rows], in_doubt: set[tuple[int, str]]) -> Iterator[str]:
    tabs = {row.id: row.mapping for row in tables["tabs"]}
    owners = {row.id: f"{tabs[row.tab_id]} {row.key}" for row in tables["deliveries"]}
    doubted = {delivery for delivery, _ in in_doubt}
    for row in tables["deliveries"]:
        yield f"delivery {owners[row.id]}: {_delivery(row, is_doubted=row.id in doubted)}"
    for row in tables["targets"]:
        yield f"receipt {row.record_id} {row.name}: {row.value} of {owners[row.delivery_id]}"
    for row in tables["claims"]:
        yield f"claim {row.record_id} {row.name} {owners[row.delivery_id]}: {row.fingerprint}"
    for name, columns in _COMPARED.items():
        yield from (
            f"{name} {[getattr(row, column) for column in columns]}" for row in tables[name]
        )


_COMPARED = {
    "spreadsheets": ("title", "locale", "zone", "tabs"),
    "mappings": ("name", "trouble", "needs_person", "paused"),
    "holds": ("mapping", "kind", "rows", "digest"),
    "tabs": ("mapping", "title", "zone", "report_due", "unwritable"),
    "outages": ("endpoint", "model_id", "message"),
}


def _delivery(row: Row[*tuple[Any, ...]], *, is_doubted: bool) -> dict[str, object]:
    said: dict[str, object] = row._asdict()
    for name in ("id", "tab_id", "observed_at", "changed_at", "first_tried_at", "reassert_at"):
        del said[name]
    said["digest"] = row.digest != DECIDE_AGAIN
    said["absences"] = min(row.absences, 2)
    said["delivered_at"] = row.delivered_at is not None
    if row.state != "delivered" or row.annotation is None:
        del said["unsettled"]  # nothing is accepted any more that could settle it
    if is_doubted:
        said["note_accepted"] = row.note_attempted
    return said
