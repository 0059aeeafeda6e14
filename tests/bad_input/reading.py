"""The way of a sheet's JSON through the program, up to what would be posted and reported."""

from __future__ import annotations

import json

from pydantic import ValidationError

from sheets_sync.arize.mutation import mutation, unsendable
from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.convert import Converter
from sheets_sync.domain.delivery import Post
from sheets_sync.domain.plan import decide, observe_rows, rows_of
from sheets_sync.domain.row import Snapshot, Tab, lay_out
from sheets_sync.domain.status import status_changes
from sheets_sync.errors import SourceError
from sheets_sync.google.answers import ValueRange
from sheets_sync.google.refusals import wrong_in
from tests.semantics.mappings import BERLIN, adequacy, helpfulness, mapping

MAPPING = mapping(
    annotations=[adequacy(), helpfulness(min=0, max=5), helpfulness() | {"name": "Free"}]
)
HEADERS: list[object] = ["Span ID", "Started", "Reviewer", "Comment", "Adequacy", "Helpfulness"]
GOOD: list[object] = ["a1", "2024-11-15T10:15:30Z", "Ada", "Clear.", "Satisfactory", 4]
TAB = Tab("1tR4cS0mpLe5preadsheet", 0, "Review")


def read(sheet: bytes) -> str:
    """What comes of it: `rows …` or `not read: …`. All else is a defect."""
    try:
        lines = ValueRange.model_validate_json(sheet).values
        layout = lay_out(MAPPING, Snapshot(TAB, BERLIN, lines))
    except ValidationError as error:
        return f"not read: {wrong_in(error)}"
    except SourceError as error:
        return f"not read: {error}"
    snapshot = Snapshot(TAB, BERLIN, lines)
    converter = Converter.of(MAPPING, BERLIN)
    rows = rows_of(converter, layout, snapshot)
    observed = observe_rows(converter, rows, {})
    plan = decide(observed, {}, {}, complete=True, synced=set())
    for found in observed:
        if isinstance(found.conversion, Annotation):
            _carried(found.conversion)
    statuses = status_changes(converter, rows, {}, "ops@example.com")
    for status in statuses.values():
        assert len(status) < 5_000
        status.encode()
    return f"rows: {len(plan.changes)} changed"


def _carried(annotation: Annotation) -> None:
    """It fits into a request and into the state."""
    post = Post("attempt", annotation, with_note=True)
    if unsendable(post, "seed") is None:
        json.dumps(mutation([post], "seed").payload, allow_nan=False).encode()
    assert all(len(str(metric.value)) <= 400 for metric in annotation.metrics)
