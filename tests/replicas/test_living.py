from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from sheets_sync.app import opened
from sheets_sync.cli.seeing import Seen
from sheets_sync.store.database import open_state
from sheets_sync.store.replicas import LEASE, alive, may_act, note_alive, note_end
from tests.replicas.conftest import Shared
from tests.state.commands import wait_until

NOW = 1_800_000_000.0


@pytest.fixture
def connection(postgres_url: str) -> Iterator[Connection]:
    """Of an empty state."""
    state = open_state(postgres_url)
    with state.beside() as connection:
        yield connection
    state.engine.dispose()


def acting(connection: Connection, now: float, since: float | None = None) -> list[str]:
    """The replicas whose configuration counts, when all know what there was at `since`."""
    living = alive(connection, now)
    known = now if since is None else since
    return sorted(one.name for one in living if may_act(living, one.configuration, known))


def test_who_is_silent_for_longer_than_its_lease_is_dead(connection: Connection) -> None:
    """And who takes leave is gone at once."""
    for name in ("a", "b", "c"):
        note_alive(connection, name, "v1", [], NOW)
    note_end(connection, "c")
    note_alive(connection, "a", "v1", [], NOW + LEASE)

    assert [one.name for one in alive(connection, NOW + 1)] == ["a", "b"]
    assert [one.name for one in alive(connection, NOW + LEASE + 1)] == ["a"]


def test_those_with_the_newest_configuration_act(connection: Connection) -> None:
    """While it comes to one after the other, the others wait; then all act again."""
    for name in ("a", "b", "c"):
        note_alive(connection, name, "v1", [], NOW)
    before = acting(connection, NOW)
    note_alive(connection, "b", "v2", [], NOW + 1)
    first = acting(connection, NOW + 1)
    note_alive(connection, "c", "v2", [], NOW + 2)
    then = acting(connection, NOW + 2)
    note_alive(connection, "a", "v2", [], NOW + 3)

    assert before == ["a", "b", "c"]
    assert first == ["b"]
    assert then == ["b", "c"]
    assert acting(connection, NOW + 3) == ["a", "b", "c"]


def test_a_restart_with_the_old_configuration_does_not_bring_it_back(
    connection: Connection,
) -> None:
    """As long as another one still has it; going back on purpose makes it the newest again."""
    for name in ("a", "b", "c"):
        note_alive(connection, name, "v1", [], NOW)
    note_alive(connection, "a", "v2", [], NOW + 1)
    note_end(connection, "b")
    note_alive(connection, "b again", "v1", [], NOW + 2)
    restarted = acting(connection, NOW + 2)
    for name in ("b again", "c"):
        note_alive(connection, name, "v2", [], NOW + 3)
    note_alive(connection, "d", "v1", [], NOW + 4)

    assert restarted == ["a"]
    assert acting(connection, NOW + 4) == ["d"]


def test_the_last_one_left_acts_whatever_it_has(connection: Connection) -> None:
    """When those with the newer configuration are gone."""
    note_alive(connection, "old", "v1", [], NOW)
    note_alive(connection, "new", "v2", [], NOW + 1)
    waiting = acting(connection, NOW + 1)
    note_alive(connection, "old", "v1", [], NOW + LEASE)

    assert waiting == ["new"]
    assert acting(connection, NOW + LEASE + 2) == ["old"]


def test_a_new_configuration_acts_once_all_others_know_of_it(connection: Connection) -> None:
    """In between nobody does; where there is no other one it acts at once."""
    note_alive(connection, "a", "v1", [], NOW)
    alone = acting(connection, NOW, since=NOW - 6)
    note_alive(connection, "b", "v2", [], NOW + 1)

    assert alone == ["a"]
    assert acting(connection, NOW + 2, since=NOW) == []
    assert acting(connection, NOW + 7, since=NOW + 1) == ["b"]


def test_one_that_waits_for_its_turn_ends_when_it_is_asked_to(
    shared: Shared, postgres_url: str
) -> None:
    """At once, and without having acted."""
    state = open_state(postgres_url)

    def living() -> int:
        with state.beside() as connection:
            note_alive(connection, "another", "newer", [], state.now())
            return len(alive(connection, state.now()))

    living()
    shared.start(1)
    wait_until(lambda: living() == 2)
    (told,) = shared.stop()
    state.engine.dispose()

    assert told.code == 0, told
    assert "waiting" in told.shown + told.errors
    assert '"running"' not in told.shown + told.errors
    assert shared.control.calls().reads == 0


def test_one_of_them_tells_people(shared: Shared) -> None:
    """The oldest one that lives; alone, or with a file, it is whoever there is."""
    with opened(shared.config(), writes=False) as app:
        state, own = app.context.state, app.context.replica
        alone = Seen(app).tells()
        for name, began in (("older", 0.0), (own, 1.0)):
            with state.beside() as connection:
                note_alive(connection, name, "v1", [], state.now() + began)
        second = Seen(app).tells()
        with state.beside() as connection:
            note_end(connection, "older")
        first = Seen(app).tells()

    assert (alone, second, first) == (True, False, True)
