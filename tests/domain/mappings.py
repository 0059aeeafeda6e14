"""Mappings that several tests speak of."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sheets_sync.domain.columns import Column
from sheets_sync.domain.convert import Converter
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.row import Cell

BERLIN = ZoneInfo("Europe/Berlin")


def review_mapping(**changes: Any) -> Mapping:
    """A mapping of support answers, with some keys changed."""
    keys: dict[str, Any] = {
        "name": "support-answers",
        "spreadsheet": "1AbCdEfGhIjKlMnOp",
        "worksheet": "Review",
        "model_id": "TW9kZWw6MTpBYkNk",
        "record_id": "Span ID",
        "start_time": {"column": "Started", "lookback": "1h"},
        "updated_by": {"column": "Reviewer", "default": "unknown"},
        "note": "Comment",
        "annotations": [
            {
                "name": "Adequacy",
                "label": {
                    "column": "Adequacy",
                    "values": ["Satisfactory", "Needs Improvement"],
                    "aliases": {"ok": "Satisfactory"},
                },
                "required": True,
            },
            {"name": "Helpfulness", "score": {"column": "Helpfulness", "min": 0, "max": 5}},
        ],
        "when": {"column": "Done", "equals": True},
    }
    return Mapping.model_validate(keys | changes)


GOOD: dict[Column, Cell] = {
    "Span ID": "e351b661b957e727",
    "Started": "2024-11-15T10:15:30Z",
    "Reviewer": "Ada",
    "Comment": "Clear.",
    "Adequacy": "Satisfactory",
    "Helpfulness": 4,
    "Done": True,
}


def cells(mapping: Mapping, changes: dict[Column, Cell] | None = None) -> tuple[Cell, ...]:
    """The cells of a good row, some of them changed, in the mapping's order."""
    row = GOOD | (changes or {})
    return tuple(row.get(column) for column in mapping.columns)


def converter(mapping: Mapping | None = None, zone: ZoneInfo = BERLIN) -> Converter:
    """A converter for the mapping."""
    return Converter.of(mapping or review_mapping(), zone)
