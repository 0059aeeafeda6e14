"""Which spreadsheets are read when: decisions without clock and network."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.domain.detection import (
    HOT,
    POLLED_SHARE,
    QUIET,
    SWEEP,
    SWEPT_SHARE,
    Scheme,
    Watch,
    fits,
    reads_asked,
    scheme,
)
from sheets_sync.domain.mapping import Detect

READS, POLL = 58.8, 30.0
DETECTS: tuple[Detect, ...] = ("auto", "poll", "drive")

moments = st.none() | st.floats(0, 10_000)
watch_lists = st.lists(
    st.builds(
        Watch,
        st.uuids().map(str),
        st.sampled_from([1.0, 10.0, POLL, 600.0]),
        st.sampled_from(DETECTS),
        moments,
        moments,
        moments,
    ),
    max_size=200,
)


def many(count: int, detect: Detect = "auto") -> list[Watch]:
    """So many spreadsheets that were read at the moment 0."""
    return [Watch(f"sheet {number:04}", POLL, detect, 0.0) for number in range(count)]


def names(watches: list[Watch]) -> list[str]:
    """The spreadsheets."""
    return [watch.spreadsheet for watch in watches]


def test_auto_polls_while_the_budget_allows_and_then_asks_drive() -> None:
    """88 spreadsheets at 30 s can be polled, a hundred cannot; `poll` and `drive` are obeyed."""
    assert scheme(many(88), READS, is_drive_usable=True).by_drive == frozenset()
    assert len(scheme(many(100), READS, is_drive_usable=True).by_drive) == 100
    assert scheme(many(100), READS, is_drive_usable=False).by_drive == frozenset()
    assert scheme(many(1000, "poll"), READS, is_drive_usable=True).by_drive == frozenset()
    assert len(scheme(many(2, "drive"), READS, is_drive_usable=True).by_drive) == 2


def test_hot_sheets_are_polled_more_often_than_cold_ones() -> None:
    """Of 60 spreadsheets the one that changed is read every 30 s, the others every 84."""
    watches = many(60)
    watches[7] = replace(watches[7], changed_at=0.0)
    plan = scheme(watches, READS, is_drive_usable=True)
    assert names(plan.due(watches, POLL)) == ["sheet 0007"]
    assert len(plan.due(watches, 83)) == 1
    assert len(plan.due(watches, 85)) == 60


def test_nothing_is_read_of_what_drive_says_nothing() -> None:
    """A thousand idle spreadsheets are left alone until the sweep, which takes its share alone."""
    watches = many(1000)
    plan = scheme(watches, READS, is_drive_usable=True)
    assert plan.sweep > SWEEP
    assert plan.due(watches, plan.sweep - 1) == []
    assert 2 * 1000 * 60 / plan.sweep <= SWEPT_SHARE * READS + 0.01


def test_what_drive_tells_is_read_first_and_then_until_it_is_quiet() -> None:
    """Told at 100: read at once, before all others, and once more after two windows."""
    watches = many(1000, "drive")
    told = watches[3] = replace(watches[3], changed_at=100.0)
    watches[4] = replace(watches[4], read_at=None)
    watches[5] = replace(watches[5], failed_at=0.0)
    plan = scheme(watches, READS, is_drive_usable=True)
    assert names(plan.due(watches, 100)) == ["sheet 0003", "sheet 0004", "sheet 0005"]

    reads, now = list[float](), 100.0
    while now < 1000:
        if plan.due([told], now):
            told = replace(told, read_at=now)
            reads.append(now)
        now += 1
    assert reads == [100 + POLL * n for n in range(len(reads))]
    assert 100 + QUIET <= reads[-1] < 100 + QUIET + POLL


@given(watch_lists, st.floats(0, 20_000), st.floats(1, 1000), st.booleans())
def test_whatever_befalls_every_spreadsheet_has_its_turn(
    watches: list[Watch],
    now: float,
    reads: float,
    usable: bool,  # noqa: FBT001 - drawn
) -> None:
    """None is named twice, and each is due by its longest interval; a clock put back stops none."""
    plan = scheme(watches, reads, is_drive_usable=usable)
    due = plan.due(watches, now)
    assert len(set(names(due))) == len(due) <= len(watches)
    cold = [replace(watch, changed_at=None) for watch in watches]
    longest = max(plan.sweep, plan.stretch(cold, 0) * 600)
    later = max([now, *(w.changed_at or 0 for w in watches), *(w.read_at or 0 for w in watches)])
    later = max([later, *(w.failed_at or 0 for w in watches)]) + HOT + longest + 600
    assert set(names(plan.due(watches, later))) == set(names(watches))


@given(watch_lists, st.floats(1, 1000))
def test_the_budget_holds_where_it_can(watches: list[Watch], reads: float) -> None:
    """What is polled of its own choice fits what is left of the reads, its least share aside."""
    cold = [replace(watch, changed_at=None) for watch in watches]
    plan: Scheme = scheme(cold, reads, is_drive_usable=True)
    polled = [watch for watch in cold if plan.means(watch.spreadsheet) == "poll"]
    firm = reads_asked([watch for watch in polled if watch.detect == "poll"])
    free = reads_asked([watch for watch in polled if watch.detect != "poll"])
    stretched = free / plan.stretch(cold, 0)
    assert stretched <= max(POLLED_SHARE * reads - firm, SWEPT_SHARE * reads) + 1e-6
    assert fits(cold, reads) or not any(watch.detect == "auto" for watch in polled)
