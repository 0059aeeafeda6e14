"""What a sandbox that is not started empty holds: one small sheet and the spans it speaks of."""

from __future__ import annotations

from datetime import UTC, datetime

from sheets_sync.sandbox.records import Place
from sheets_sync.sandbox.wire import Json
from sheets_sync.sandbox.world import World

MODEL_ID = "TW9kZWw6MTphYmNk"
_STARTED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def fill(world: World) -> None:
    """Put the sample into a world."""
    answers = {
        "e351b661b957e727": "To return an item, open Orders and choose Return.",
        "0a91c2d4e5f60718": "Our shops are open from nine to six.",
        "7be0f1a2934c5d6e": "I do not know.",
    }
    rows: list[list[Json]] = [
        ["Span ID", "Started", "Answer", "Adequacy", "Helpfulness", "Reviewer"]
    ]
    for record_id, answer in answers.items():
        rows.append([record_id, _STARTED.isoformat(), answer, None, None, None])
        world.records.spans[Place(MODEL_ID, "tracing", record_id)] = _STARTED
    world.drive.add_spreadsheet("Support answers", "Review", rows)
