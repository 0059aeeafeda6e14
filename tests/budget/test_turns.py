"""Google's ceiling without waiting: the windows and turns are told what time it is."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.errors import TransientError
from sheets_sync.google.budget import Budget, Project, Purpose, Turns, Waiting, Window

ACCOUNT, PROJECT = 6, 10


@dataclass(frozen=True)
class Asked:
    """A request as it went out: when it started, ended, and was counted by Google."""

    account: int
    started: float
    ended: float
    counted: float


def end(request: Waiting, now: float) -> None:
    """Let a request have its answer."""
    for window in request.windows:
        window.under_way -= 1
        window.ended.append(now)


@given(
    latencies=st.lists(
        st.tuples(
            st.integers(0, 1),
            st.floats(0, 90, allow_subnormal=False),
            st.floats(0, 1, allow_subnormal=False),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_no_sixty_seconds_hold_more_than_google_allows(
    latencies: list[tuple[int, float, float]],
) -> None:
    """Whenever Google counts a request between its start and its end, no limit is passed."""
    turns, shared, windows = Turns(), Window(PROJECT), [Window(ACCOUNT), Window(ACCOUNT)]
    wanted = {}
    for number, (account, latency, share) in enumerate(latencies):
        request = Waiting(f"{number}", "observe", (windows[account], shared))
        wanted[request] = (account, latency, share)
        turns.waiting.append(request)
    now, under_way, asked = 0.0, list[tuple[float, Waiting]](), list[Asked]()
    while turns.waiting:
        while (ready := turns.next(now)) is not None:
            turns.start(ready)
            account, latency, share = wanted[ready]
            under_way.append((now + latency, ready))
            asked.append(Asked(account, now, now + latency, now + latency * share))
        moments = [at for at, _ in under_way]
        free_at = turns.free_at(now)
        if not turns.waiting:
            break
        now = min(moments if free_at is None else [*moments, free_at])
        for at, request in [pair for pair in under_way if pair[0] <= now]:
            under_way.remove((at, request))
            end(request, at)

    for one in asked:
        within = [a for a in asked if one.counted <= a.counted < one.counted + 60]
        assert len(within) <= PROJECT
        assert sum(a.account == one.account for a in within) <= ACCOUNT


def served(waiting: Sequence[tuple[str, Purpose]], turns: int) -> list[tuple[str, Purpose]]:
    """Who had the first turns, where each asks again as soon as it was served."""
    queue, window, order = Turns(), Window(10**6), list[tuple[str, Purpose]]()
    queue.waiting += [Waiting(name, purpose, (window,)) for name, purpose in waiting]
    for _ in range(turns):
        request = queue.next(0)
        assert request is not None
        queue.start(request)
        order.append((request.spreadsheet, request.purpose))
        queue.waiting.append(request)
    return order


def test_one_that_asks_much_does_not_starve_the_others() -> None:
    """Nine waiting reads of one spreadsheet and one of another take turns."""
    waiting: list[tuple[str, Purpose]] = [("big", "observe")] * 9
    order = served([*waiting, ("small", "observe")], 10)
    assert Counter(name for name, _ in order) == {"big": 5, "small": 5}


def test_observing_goes_before_reporting_and_reporting_goes_on() -> None:
    """Of four reads three look for edits, while both kinds wait."""
    order = served([("a", "report"), ("b", "observe"), ("c", "report")], 40)
    assert order[0] == ("b", "observe")
    assert Counter(purpose for _, purpose in order) == {"observe": 30, "report": 10}
    assert Counter(name for name, _ in order)["a"] == 5


def test_writes_never_wait_for_reads_nor_reads_for_writes() -> None:
    """With no write left the reads go on, and the other way round."""
    project = Project(2, 2)
    budget, stopping = project.budget("ada"), threading.Event()
    purposes: tuple[Purpose, ...] = ("write", "write", "observe")
    for purpose in purposes:
        with budget.turn("1AbC", purpose, stopping):
            pass
    stopping.set()
    with pytest.raises(TransientError, match="stopped"), budget.turn("1AbC", "write", stopping):
        pass
    with budget.turn("1AbC", "report", stopping):
        pass


def test_accounts_of_one_project_share_its_limit() -> None:
    """Six accounts of one project ask as often as five, and each no more than its own limit."""
    project, stopping = Project(1, 1, clock=lambda: 0.0), threading.Event()
    stopping.set()
    for name in "abcde":
        with project.budget(name).turn("1AbC", "observe", stopping):
            pass
    for name in "fa":
        with (
            pytest.raises(TransientError, match="stopped"),
            project.budget(name).turn("1AbC", "observe", stopping),
        ):
            pass


def test_a_place_is_free_a_minute_after_the_answer() -> None:
    """Counted from the end, since nobody knows when in between Google counted it."""
    now, stopping = [0.0], threading.Event()
    budget = Project(1, 1, clock=lambda: now[0]).budget("ada")
    stopping.set()
    with budget.turn("1AbC", "observe", stopping):
        now[0] = 30
    for now[0], free in ((30 + 61.1, False), (30 + 61.3, True)):
        if free:
            with budget.turn("1AbC", "observe", stopping):
                pass
        else:
            with pytest.raises(TransientError), budget.turn("1AbC", "observe", stopping):
                pass


def test_a_stop_ends_the_wait_at_once() -> None:
    """Who waits for the next minute is told within half a second."""
    budget, stopping = Project(1, 1).budget("ada"), threading.Event()
    with budget.turn("1AbC", "observe", stopping):
        pass
    waiting = threading.Thread(target=_refused, args=(budget, stopping))
    waiting.start()
    stopping.set()
    waiting.join(2)
    assert not waiting.is_alive()


def _refused(budget: Budget, stopping: threading.Event) -> None:
    with pytest.raises(TransientError), budget.turn("1AbC", "observe", stopping):
        pass
