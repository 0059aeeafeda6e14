from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sheets_sync.domain.status import Rival, Standing, standing_status
from tests.domain.mappings import BERLIN

AT = datetime(2026, 11, 24, 9, 15, tzinfo=UTC).timestamp()
DELIVERED = Standing(
    digest="d",
    state="delivered",
    problems="",
    withdrawn=None,
    delivered_at=AT,
    message="",
    retry_at=0.0,
    note_missing=False,
)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Synced 24 Nov 10:15"),
        ({"kept": ("Helpfulness 4",)}, "Synced 24 Nov 10:15; Arize keeps Helpfulness 4"),
        ({"note_missing": True}, "Synced 24 Nov 10:15; the note may be missing"),
        ({"withdrawn": "unticked"}, "Synced 24 Nov 10:15"),
        (
            {"withdrawn": "unfinished", "kept": ('Adequacy "Satisfactory"',)},
            'Cleared here; Arize keeps Adequacy "Satisfactory"',
        ),
        ({"state": "pending", "delivered_at": None}, "Queued"),
        ({"state": "pending"}, "Edited, queued"),
        (
            {"state": "pending", "message": "server fell over", "retry_at": AT + 300},
            "Arize: server fell over, retry at 10:20",
        ),
        (
            {"state": "pending", "trouble": "the key was refused"},
            "Arize: the key was refused, ask ops@example.com",
        ),
        (
            {"state": "failed", "message": "no such record"},
            "Arize did not accept this: no such record",
        ),
        (
            {"state": "rejected", "problems": 'Adequacy: "Goood" is not one of A, B'},
            'Adequacy: "Goood" is not one of A, B',
        ),
        (
            {"state": "held", "message": "312 rows changed at once"},
            "On hold: 312 rows changed at once, ask ops@example.com",
        ),
        ({"state": "orphaned"}, ""),
        (
            {"state": "pending", "rival": Rival("Copy of Review", 12)},
            'Also judged in "Copy of Review" row 12',
        ),
    ],
)
def test_every_standing_has_its_text(changes: dict[str, Any], text: str) -> None:
    """Short, plain, and in the spreadsheet's time zone."""
    assert standing_status(DELIVERED._replace(**changes), BERLIN, "ops@example.com") == text
