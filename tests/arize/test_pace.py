from __future__ import annotations

import time
from itertools import pairwise
from threading import Event, Thread

import pytest

from sheets_sync.arize.pace import Pace


@pytest.mark.parametrize(
    ("mutations_per_minute", "requests_per_minute", "batch"),
    [(100_000, 1200, 3), (3600, 100_000, 3)],
)
def test_spaces_batches_evenly(
    mutations_per_minute: int, requests_per_minute: int, batch: int
) -> None:
    """Six batches take five times the limit's own interval, whichever limit is the tighter."""
    pace = Pace(mutations_per_minute, requests_per_minute)
    started = time.monotonic()
    assert all(pace.wait(batch) for _ in range(6))
    interval = 60 * max(batch / mutations_per_minute, 1 / requests_per_minute)
    assert 5 * interval <= time.monotonic() - started < 10 * interval


def test_many_threads_share_one_pace() -> None:
    """Four threads together are no faster than one."""
    pace = Pace(100_000, 1200)
    threads = [Thread(target=lambda: [pace.wait(1) for _ in range(3)]) for _ in range(4)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started >= 11 * 60 / 1200


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_a_full_minute_holds_back_and_a_stop_ends_the_wait(limit: int) -> None:
    """A batch over the window's room waits, also one over the whole limit, until told to stop."""
    stopping = Event()
    pace = Pace(limit, 60_000, stopping)
    assert pace.wait(3)
    answers: list[bool] = []
    waiting = Thread(target=lambda: answers.append(pace.wait(3)))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    stopping.set()
    waiting.join(5)
    assert answers == [False]


def test_no_window_is_overfull_where_the_batch_does_not_divide_the_limit() -> None:
    """With three allowed, batches of two come one to a window, though spacing alone admits two."""
    minute = 0.3
    pace = Pace(4, 60_000, minute=minute)
    left: list[float] = []
    for _ in range(4):
        assert pace.wait(2)
        left.append(time.monotonic())
    assert all(later - earlier > 0.99 * minute for earlier, later in pairwise(left))
