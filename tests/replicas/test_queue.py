from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from sheets_sync.store import leases
from sheets_sync.store.database import State
from sheets_sync.store.queue import HEARTBEAT, LOOK_EVERY, Act, Queue
from sheets_sync.store.replicas import LEASE
from tests.postgres import Postgres, libpq
from tests.state.commands import wait_until

TICKS = 10


class Work:
    """Counts how often it was done, and how many did it at once."""

    def __init__(self, lasts: float = 0.0) -> None:
        self._lasts = lasts
        self._lock = threading.Lock()
        self.done = self.most = self._at_once = 0

    def __call__(self, _: float) -> None:
        with self._lock:
            self._at_once += 1
            self.most = max(self.most, self._at_once)
        time.sleep(self._lasts)
        with self._lock:
            self._at_once -= 1
            self.done += 1


@pytest.fixture
def queue(state: State) -> Callable[[dict[str, Act]], Queue]:
    """A replica that knows these acts."""
    return lambda acts: Queue(state, acts, {"observe": 4, "deliver": 1})


def start(queue: Queue, name: str) -> None:
    """Start it as soon as the queue is open."""
    wait_until(lambda: queue.start(name, 0.0))


def test_what_all_find_due_is_done_by_one_at_a_time(
    queue: Callable[[dict[str, Act]], Queue],
) -> None:
    """Ten ticks of two replicas while it is being done are one more, after that."""
    work = Work(lasts=0.5)
    acts: dict[str, Act] = {"observe a": work}
    with queue(acts) as one, queue(acts) as other:
        start(one, "observe a")
        start(other, "observe a")
        for _ in range(TICKS):
            assert one.start("observe a", 0.0)
            assert other.start("observe a", 0.0)
        wait_until(lambda: not one.under_way())

    assert 1 <= work.done <= 3
    assert work.most == 1


def test_different_acts_are_done_together_by_whoever_has_room(
    queue: Callable[[dict[str, Act]], Queue],
) -> None:
    """Eight at once, four in each of two replicas."""
    work = Work(lasts=1.0)
    acts: dict[str, Act] = {f"observe {n}": work for n in range(8)}
    with queue(acts) as one, queue(acts) as other:
        for name in acts:
            start(one, name)
        assert other.under_way() <= acts.keys()
        wait_until(lambda: not one.under_way())

    assert work.done == 8
    assert 4 < work.most <= 8


def test_an_act_of_another_configuration_is_let_go(
    queue: Callable[[dict[str, Act]], Queue],
) -> None:
    """Who knows it will find it due again."""
    with queue({}) as one:
        start(one, "observe nobody")
        wait_until(lambda: not one.under_way())


def doing_by_a_silent_worker(url: str) -> None:
    """Let "deliver x" be done by a worker that says nothing any more."""
    with psycopg.connect(libpq(url)) as connection:
        connection.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - make_interval(secs => %s)) RETURNING id) "
            "INSERT INTO procrastinate_jobs "
            "(queue_name, task_name, lock, status, worker_id, args) "
            "SELECT 'deliver', 'deliver', 'deliver x', 'doing', id, "
            """'{"name": "deliver x", "since": 0}' FROM dead""",
            [LEASE + 1],
        )


def test_what_a_dead_replica_was_doing_is_free_after_its_lease(
    queue: Callable[[dict[str, Act]], Queue], postgres_url: str
) -> None:
    """Its lock holds nobody up, and its act is done by who is left."""
    work = Work()
    with queue({"deliver x": work}) as one:
        start(one, "deliver x")
        wait_until(lambda: work.done == 1)
        doing_by_a_silent_worker(postgres_url)
        began = time.monotonic()
        start(one, "deliver x")
        wait_until(lambda: work.done == 2)
        lasted = time.monotonic() - began

    assert lasted < LEASE


@pytest.mark.long
def test_what_a_living_replica_is_at_is_not_free(
    queue: Callable[[dict[str, Act]], Queue], state: State, postgres_url: str
) -> None:
    """Although its worker is silent, since it has lost its connection and ends what it does."""
    work = Work()
    with queue({"deliver x": work}) as one:
        start(one, "deliver x")
        wait_until(lambda: work.done == 1)
        with state.beside() as connection:
            lease = leases.take(connection, "deliver x", "another")
        assert lease
        doing_by_a_silent_worker(postgres_url)
        start(one, "deliver x")
        time.sleep(2 * HEARTBEAT + LOOK_EVERY)
        meanwhile = work.done
        with state.beside() as connection:
            leases.give_back(connection, lease)
        wait_until(lambda: work.done == 2)

    assert meanwhile == 1


def test_a_queue_goes_on_when_its_connections_are_lost(
    queue: Callable[[dict[str, Act]], Queue], postgres: Postgres, postgres_url: str
) -> None:
    """As after a restart of the server."""
    work = Work()
    with queue({"observe a": work}) as one:
        start(one, "observe a")
        wait_until(lambda: work.done == 1)
        postgres.end_connections(postgres_url)
        wait_until(lambda: one.start("observe a", 0.0) and work.done > 1)


@pytest.mark.long
def test_an_act_whose_end_could_not_be_noted_holds_nobody_up(
    queue: Callable[[dict[str, Act]], Queue], postgres: Postgres, postgres_url: str
) -> None:
    """Its replica lives, so that it is not among the work of the dead."""
    work = Work(lasts=0.5)
    with queue({"observe a": work}) as one:
        start(one, "observe a")
        wait_until(lambda: one.doing() == ["observe a"])
        with psycopg.connect(libpq(postgres_url)) as connection:
            connection.execute("LOCK TABLE procrastinate_jobs IN SHARE MODE")
            wait_until(lambda: postgres.end_connections(postgres_url, "finish_job") == 1)
        start(one, "observe a")
        wait_until(lambda: work.done == 2)


def test_a_queue_that_has_just_begun_can_be_ended(
    queue: Callable[[dict[str, Act]], Queue],
) -> None:
    """Whatever it is at by then."""
    for pause in (0.0, 0.01, 0.02, 0.05, 0.1, 0.2):
        with queue({}):
            time.sleep(pause)
