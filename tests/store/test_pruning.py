from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from sheets_sync.store.database import State, open_state
from sheets_sync.store.pruning import KEPT_EACH, KEPT_FOR, prune
from sheets_sync.store.schema import attempts, deliveries, passes, tabs

NOW = 1_800_000_000.0
OLD = NOW - KEPT_FOR.total_seconds() - 1


@pytest.fixture
def state(state_url: str) -> State:
    """Two rows without attempts."""
    state = open_state(state_url)
    with state.writing() as connection:
        connection.execute(
            insert(tabs).values(id=1, mapping="m", spreadsheet="s", gid=0, title="t", zone="UTC")
        )
        connection.execute(
            insert(deliveries),
            [
                {
                    "id": row,
                    "tab_id": 1,
                    "key": str(row),
                    "number": row,
                    "digest": "",
                    "state": "delivered",
                    "observed_at": OLD,
                    "kept": [],
                }
                for row in (1, 2)
            ],
        )
    return state


def attempt(state: State, name: str, at: float, outcome: str | None, note: str | None) -> None:
    """One try of row 1."""
    with state.writing() as connection:
        connection.execute(
            insert(attempts).values(
                id=name,
                delivery_id=1,
                endpoint="default",
                record_id="r",
                annotation={},
                fingerprint="f",
                note_fingerprint=note,
                intended_at=at,
                outcome=outcome,
            )
        )


def left(state: State) -> set[str]:
    """The attempts that are there after pruning."""
    with state.writing() as connection:
        prune(connection, NOW)
        found = set(connection.execute(select(attempts.c.id)).scalars())
    state.engine.dispose()
    return found


def test_old_attempts_go_but_the_last_few_of_each_row(state: State) -> None:
    """Twenty old ones of one row: the newest five stay."""
    for number in range(20):
        attempt(state, f"{number:02}", OLD + number / 100, "accepted", None)

    assert left(state) == {f"{number:02}" for number in range(20 - KEPT_EACH, 20)}


def test_what_may_still_matter_stays(state: State) -> None:
    """Without a known outcome, with a comment that Arize may hold, or young."""
    attempt(state, "in flight", OLD - 9, None, None)
    attempt(state, "unresolved", OLD - 9, "unresolved", None)
    attempt(state, "comment", OLD - 9, "accepted", "n")
    attempt(state, "refused comment", OLD - 9, "refused", "n")
    attempt(state, "refused", OLD - 9, "refused", None)
    for number in range(KEPT_EACH):
        attempt(state, f"later {number}", NOW - 100, "accepted", None)
        attempt(state, f"young {number}", OLD + 2, "accepted", None)

    gone = {"refused comment", "refused"}
    assert not gone & (kept := left(state))
    assert kept >= {"in flight", "unresolved", "comment"}
    assert sum(name.startswith("young") for name in kept) == KEPT_EACH


def test_old_passes_go(state: State) -> None:
    """Their counts are only for people."""
    with state.writing() as connection:
        for at in (OLD, NOW):
            connection.execute(insert(passes).values(tab_id=1, at=at, counts={}))
        prune(connection, NOW)
        assert list(connection.execute(select(passes.c.at)).scalars()) == [NOW]
    state.engine.dispose()
