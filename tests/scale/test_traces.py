"""Whichever way the store reads a tab's rows, it gives those of that tab."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from sheets_sync.domain.row import Tab
from sheets_sync.store import places
from sheets_sync.store.database import open_state
from sheets_sync.store.observations import recorded, traces
from sheets_sync.store.schema import deliveries
from tests.domain.mappings import BERLIN


@pytest.mark.parametrize("every", [2, 50], ids=["lying close", "scattered"])
def test_a_tab_among_others_has_its_own_rows(tmp_path: Path, every: int) -> None:
    """Every so many rows of the file are the tab's, the others another's with the same keys."""
    state = open_state(f"sqlite:///{tmp_path}/state.db")
    with state.writing() as connection:
        mine, other = (
            places.tab_id(connection, name, Tab("book", 0, "Review"), BERLIN)
            for name in ("mine", "other")
        )
        rows = [
            {
                "tab_id": mine if n % every == 0 else other,
                "key": f"{n // every * 7 % 101}-{n % every or 1}",
                "number": n,
                "digest": f"{n}",
                "state": "delivered",
                "observed_at": 0.0,
                "kept": [],
            }
            for n in range(200)
        ]
        connection.execute(insert(deliveries), rows)
    with state.reading() as connection:
        found = list(traces(connection, mine))
        keys = {str(row["key"]) for row in rows if row["tab_id"] == mine}
        by_key = recorded(connection, mine, keys, [found[0][1]])
    state.engine.dispose()

    assert sorted(number for _, _, number in found) == list(range(0, 200, every))
    assert {known.number for known in by_key.values()} == set(range(0, 200, every))
