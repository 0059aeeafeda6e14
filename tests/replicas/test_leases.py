from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update

from sheets_sync.domain.ledger import Use
from sheets_sync.errors import StateError
from sheets_sync.store import leases, schema
from sheets_sync.store.database import State, open_state
from sheets_sync.store.leases import Lease
from sheets_sync.store.ledger import SharedLedger
from sheets_sync.store.replicas import LEASE

ACT = "deliver x"
POST = 60.0
USES = [Use("posts", 1, 100)]


def later(state: State, seconds: float) -> None:
    """Let all leases end so much earlier."""
    table = schema.leases
    with state.beside() as connection:
        connection.execute(update(table).values(until=table.c.until - seconds))


def taken(state: State, replica: str) -> Lease | None:
    """By this replica, if it is free."""
    with state.beside() as connection:
        return leases.take(connection, ACT, replica)


@pytest.fixture
def lease(state: State) -> Lease:
    """That of "one"."""
    lease = taken(state, "one")
    assert lease
    return lease


@pytest.fixture
def other(postgres_url: str) -> Iterator[State]:
    """The state as another replica has it."""
    state = open_state(postgres_url)
    yield state
    state.engine.dispose()


def test_one_of_all_that_ask_gets_it(state: State, other: State) -> None:
    """And another one when it was given back."""
    with ThreadPoolExecutor(8) as pool:
        asked = pool.map(lambda n: taken((state, other)[n % 2], str(n)), range(16))
        (lease,) = filter(None, asked)
    with state.beside() as connection:
        leases.give_back(connection, lease)

    assert taken(other, "other")


def test_a_silent_one_is_overtaken_and_fenced(state: State, other: State, lease: Lease) -> None:
    """It may neither ask a service nor write into the state, and its return takes nothing back."""
    ledger = SharedLedger(state, "one")
    later(state, LEASE + 1)
    assert taken(other, "other")

    with leases.under(lease):
        with pytest.raises(StateError, match=f"taken over `{ACT}`"):
            ledger.take(USES, "x", 0)
        with pytest.raises(StateError, match=f"taken over `{ACT}`"), state.writing():
            pytest.fail("it writes")
    with state.beside() as connection:
        leases.give_back(connection, lease)
        asked = connection.execute(select(func.count()).select_from(schema.requests)).scalar()

    assert asked == 0
    assert taken(state, "one") is None


def test_it_is_kept_by_signs_of_life_and_by_requests(
    state: State, other: State, lease: Lease
) -> None:
    """Each is a lease from then on."""
    later(state, LEASE - 1)
    with state.beside() as connection:
        leases.renew(connection, "one", [ACT])
    later(state, LEASE - 1)
    after_a_sign = taken(other, "other")
    with leases.under(lease):
        assert SharedLedger(state, "one").take(USES, "x", 0)
    later(state, LEASE - 1)
    after_a_request = taken(other, "other")
    later(state, 2)

    assert after_a_sign is after_a_request is None
    assert taken(other, "other")


def test_nobody_takes_over_while_a_post_may_be_under_way(
    state: State, other: State, lease: Lease
) -> None:
    """Until it has lasted for as long as it can, or has ended, and with it the last one."""
    ledger = SharedLedger(state, "one")
    with leases.under(lease):
        posts = [ledger.take(USES, "x", POST) for _ in range(2)]
        for post in posts:
            later(state, LEASE + 1)
            assert taken(other, "other") is None
            ledger.end(post or "")
    later(state, LEASE + 1)
    after_all = taken(other, "other")
    assert after_all
    with leases.under(after_all):
        assert SharedLedger(other, "other").take(USES, "x", POST)
    later(state, POST)
    while_it_may_last = taken(state, "one")
    later(state, LEASE + 1)

    assert while_it_may_last is None
    assert taken(state, "one")
