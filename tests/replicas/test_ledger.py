from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg

from sheets_sync.domain.ledger import Use
from sheets_sync.store.database import State, open_state
from sheets_sync.store.ledger import LONGEST, MINUTE, SharedLedger
from tests.postgres import libpq

LIMIT = 20
ASKING = 3


def later(url: str, seconds: float) -> None:
    """Let all that was asked be so much longer ago."""
    with psycopg.connect(libpq(url)) as connection:
        connection.execute(
            "UPDATE requests SET began_at = began_at - %(by)s, ended_at = ended_at - %(by)s",
            {"by": seconds},
        )


def test_a_limit_holds_whoever_asks(postgres_url: str) -> None:
    """Replicas that ask all at once get what one would get, and the rest a minute later."""
    use = [Use("reads", 1, LIMIT)]
    ledgers = [SharedLedger(open_state(postgres_url), str(n)) for n in range(ASKING)]

    def ask(number: int) -> str | None:
        return ledgers[number % ASKING].take(use, "sheet", 0)

    with ThreadPoolExecutor(2 * ASKING) as pool:
        taken = [name for name in pool.map(ask, range(3 * LIMIT)) if name is not None]
        for name in taken:
            ledgers[0].end(name)
        at_once = list(pool.map(ask, range(ASKING)))
        later(postgres_url, MINUTE - 1)
        too_soon = list(pool.map(ask, range(ASKING)))
        later(postgres_url, 2)
        again = [name for name in pool.map(ask, range(3 * LIMIT)) if name is not None]
    for ledger in ledgers:
        ledger.state.engine.dispose()

    assert len(taken) == LIMIT
    assert at_once == too_soon == [None] * ASKING
    assert len(again) == LIMIT


def test_what_has_not_ended_counts_until_nobody_can_be_waiting_for_it(
    state: State, postgres_url: str
) -> None:
    """A slow request counts on; that of a dead replica not for ever."""
    ledger = SharedLedger(state, "one")
    assert ledger.take([Use("reads", 1, 1)], "sheet", 0)
    later(postgres_url, MINUTE + 1)
    slow = ledger.take([Use("reads", 1, 1)], "sheet", 0)
    later(postgres_url, LONGEST)

    assert slow is None
    assert ledger.take([Use("reads", 1, 1)], "sheet", 0)


def test_a_request_counts_in_all_its_windows_or_in_none(state: State) -> None:
    """The account has room, the project has none: nothing is taken of the account's."""
    ledger = SharedLedger(state, "one")
    assert ledger.take([Use("project", 2, 3)], "sheet", 0)
    refused = ledger.take([Use("account", 1, 1), Use("project", 2, 3)], "sheet", 0)

    assert refused is None
    assert ledger.take([Use("account", 1, 1), Use("project", 1, 3)], "sheet", 0)
