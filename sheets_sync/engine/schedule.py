"""When each verb runs: until nothing is due (`once`), or while the service lives (`run`)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as JobThreads
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from sheets_sync.domain.detection import POLLED_SHARE, reads_asked
from sheets_sync.domain.mapping import Mapping, by_spreadsheet
from sheets_sync.engine.context import Asked, Context
from sheets_sync.engine.deliver import Drain, deliver
from sheets_sync.engine.detect import Detection, watched
from sheets_sync.engine.observe import Observation, observe
from sheets_sync.engine.passes import one_pass
from sheets_sync.engine.report import report
from sheets_sync.engine.unknown import logged
from sheets_sync.errors import StateError
from sheets_sync.store import clock, endpoints, observations, pruning, statuses

log = structlog.get_logger(__name__)

DETECT_EVERY = 0.5
DELIVER_EVERY = 1.0
DELIVER_SLICE = 30.0
ONCE_SLICE = 10.0
REPORT_EVERY = 2.0
"""Seconds between two reports of a spreadsheet that always has something to report."""
REPORT_LOOK_EVERY = 0.5
REPORTED_SHARE = 0.8
"""Of what Google allows; the rest is for turns that were saved."""
SAVED_TURNS = 5
JUMP_WORTH_SAYING = 60.0
"""Seconds; clocks are put back by less all the time."""
OBSERVE_THREADS = 32
"""A sheet that Google does not answer for holds one of them for minutes."""
REPORT_THREADS = 8
CRON_AHEAD = 60
"""So many times of each cron expression are looked at in a forecast."""


def once(
    context: Context, mappings: Sequence[Mapping], drains: Sequence[Drain]
) -> list[Observation]:
    """Observe each spreadsheet, then deliver and report until nothing is due."""
    _begin(context, mappings)
    groups = by_spreadsheet(mappings)
    observed = [
        observation
        for spreadsheet, group in groups.items()
        if not context.stopping.is_set()
        for observation in observe(context, spreadsheet, group)
    ]
    _report_all(context, groups)
    while _deliver_all(context, drains) and not context.stopping.is_set():
        _report_all(context, groups)
    return observed


def run(context: Context, mappings: Sequence[Mapping], drains: Sequence[Drain]) -> None:
    """Observe, deliver and report, each on its own schedule, until a stop is asked for."""
    _begin(context, mappings)
    log.info("running", mappings=[mapping.name for mapping in mappings])
    act: Callable[[], object]
    unusable: dict[str, str] = {}
    groups = by_spreadsheet(mappings)
    detection = Detection(context, groups)
    readers = Crowd(context, OBSERVE_THREADS, unusable)
    reporters = Crowd(context, REPORT_THREADS, unusable)
    with readers, reporters, _scheduler(deliver_threads=len(drains)) as scheduler:
        schedule = partial(_schedule, context, scheduler, unusable)
        by_cron: dict[Asked, Callable[[], bool]] = {}
        act = partial(_read_due, context, detection, readers, by_cron)
        schedule("detect changes", IntervalTrigger(seconds=DETECT_EVERY), act)
        if detection.drive_poll is not None:
            every = IntervalTrigger(seconds=detection.drive_poll)
            schedule("ask Drive", every, detection.ask_drive)
        for spreadsheet, group in groups.items():
            for poll, polled in _by_cron(group).items():
                name = f"observe {spreadsheet} {poll}"
                read = partial(_observe_by_cron, context, name, spreadsheet, polled)
                start = by_cron[Asked(spreadsheet, poll)] = partial(readers.start, name, read)
                trigger = CronTrigger.from_crontab(poll, timezone=UTC)
                first = _first_by_cron(context, name, trigger, polled)
                schedule(f"detect {spreadsheet} {poll}", trigger, start, first)
        act = partial(
            _report_due, context, groups, reporters, Turns(reports_a_minute(context, groups))
        )
        schedule("report", IntervalTrigger(seconds=REPORT_LOOK_EVERY), act)
        for drain in drains:
            every = IntervalTrigger(seconds=DELIVER_EVERY)
            act = partial(_deliver_slice, context, drain)
            schedule(f"deliver {drain.endpoint}", every, act)
        act = partial(_follow_clock, context)
        schedule("keep to the clock", IntervalTrigger(minutes=1), act)
        schedule("keep no old history", IntervalTrigger(days=1), partial(_prune, context))
        context.stopping.wait()
        log.info("stopping", after="the requests in flight")
    detection.hand_over()
    _forget_other_crons(context, groups)
    log.info("stopped")


class Crowd(ThreadPoolExecutor):
    """Threads that act on spreadsheets; what is under way is not started again."""

    def __init__(self, context: Context, threads: int, unusable: dict[str, str]) -> None:
        super().__init__(threads)
        self._context, self._unusable = context, unusable
        self._under_way: set[str] = set()

    def start(self, name: str, act: Callable[[], object]) -> bool:
        """Act soon, unless the act of this name is under way; whether it will."""
        if name in self._under_way:
            return False
        self._under_way.add(name)
        self.submit(self._act, name, act)
        return True

    def _act(self, name: str, act: Callable[[], object]) -> None:
        try:
            _guarded(self._context, name, act, self._unusable)
        finally:
            self._under_way.discard(name)


@dataclass
class Turns:
    """Whose statuses may be written, so that backlogs never use up what Google allows a minute.

    Else an edit's status would wait for the next minute, wherever the edit was made.
    """

    a_minute: float
    """The reports that all spreadsheets have together."""
    free_at: dict[str, float] = field(default_factory=dict)
    """When each spreadsheet has its next turn, on a clock that nobody sets."""

    def of(self, waiting: Collection[str], now: float) -> dict[str, float]:
        """Those whose turn it is, each with its next one.

        Those that always have something to report share the minute. One that was quiet for long
        has saved some turns: its edit is shown at once as queued, and at once as synced.
        """
        free_at = {spreadsheet: self.free_at.get(spreadsheet, now) for spreadsheet in waiting}
        busy = sum(at > now - REPORT_EVERY for at in free_at.values())
        every = max(REPORT_EVERY, busy * 60 / self.a_minute)
        return {
            spreadsheet: max(at, now - SAVED_TURNS * every) + every
            for spreadsheet, at in free_at.items()
            if at <= now
        }


def reports_a_minute(context: Context, groups: dict[str, list[Mapping]]) -> float:
    """How many the budget allows: each is a read, beside those that look for edits, and a write."""
    reads = context.reads_per_minute
    polled = min(reads_asked([*watched(groups).values()]), POLLED_SHARE * reads)
    return REPORTED_SHARE * min(reads - polled, context.writes_per_minute)


def cron_reads(mappings: Sequence[Mapping]) -> float:
    """The reads that cron expressions ask for in the busiest of the next minutes."""
    starts: Counter[datetime] = Counter()
    begin = datetime.now(UTC)
    for group in by_spreadsheet(mappings).values():
        for poll in _by_cron(group):
            trigger, last = CronTrigger.from_crontab(poll, timezone=UTC), None
            for _ in range(CRON_AHEAD):
                last = trigger.get_next_fire_time(last, last or begin)
                if last is None:
                    break
                starts[last] += 1
    return max(starts.values(), default=0)


@one_pass()
def _begin(context: Context, mappings: Sequence[Mapping]) -> None:
    """Let go of what is not configured any more, of old history and of a future taken back."""
    with context.state.writing() as connection:
        kept = {mapping.name for mapping in mappings} | context.families
        observations.retire_mappings(connection, kept)
        endpoints.keep_only(connection, {(mapping.arize, mapping.model_id) for mapping in mappings})
    _follow_clock(context)
    _prune(context)


def _follow_clock(context: Context) -> None:
    """Let nothing wait for as long as the clock was put back."""
    with context.state.writing() as connection:
        ahead = clock.follow_back(connection, context.clock())
    if ahead > JUMP_WORTH_SAYING:
        log.warning("the clock was put back", seconds=round(ahead))


def _prune(context: Context) -> None:
    """Let go of old history."""
    with context.state.writing() as connection:
        pruned = pruning.prune(connection, context.clock())
    if pruned:
        log.info("old attempts forgotten", attempts=pruned)


def _deliver_all(context: Context, drains: Sequence[Drain]) -> bool:
    """One slice of each endpoint's outbox side by side; whether anything was posted."""
    until = context.clock() + ONCE_SLICE
    with ThreadPoolExecutor(max(1, len(drains))) as pool:
        slices = [pool.submit(deliver, context, drain, until) for drain in drains]
        return sum(posted.result() for posted in slices) > 0


def _deliver_slice(context: Context, drain: Drain) -> None:
    deliver(context, drain, context.clock() + DELIVER_SLICE)


def _report_all(context: Context, groups: dict[str, list[Mapping]]) -> None:
    with context.state.reading() as connection:
        due = statuses.spreadsheets_to_report(connection)
    for spreadsheet, group in groups.items():
        if spreadsheet in due:
            report(context, spreadsheet, group)


@contextmanager
def _scheduler(deliver_threads: int) -> Iterator[BackgroundScheduler]:
    scheduler = BackgroundScheduler(
        executors={
            "report": JobThreads(1),
            "deliver": JobThreads(deliver_threads),
            "detect": JobThreads(1),
            "ask": JobThreads(1),
            "keep": JobThreads(1),
        },
        timezone=UTC,
    )
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.shutdown(wait=True)


def _schedule(  # noqa: PLR0913, PLR0917 - a run, and what all runs share
    context: Context,
    scheduler: BackgroundScheduler,
    unusable: dict[str, str],
    name: str,
    trigger: BaseTrigger,
    act: Callable[[], object],
    first: datetime | None = None,
) -> None:
    """Run `act` at `first` (now) and at each trigger; never twice at once, missed runs are one."""
    scheduler.add_job(
        lambda: _guarded(context, name, act, unusable),
        trigger,
        executor=name.partition(" ")[0],
        id=name,
        name=name,
        next_run_time=first or datetime.now(UTC),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )


@one_pass()
def _guarded(
    context: Context, name: str, act: Callable[[], object], unusable: dict[str, str]
) -> None:
    """Act; what is wrong with the state is said once, and once that it is usable again.

    `unusable` is what each run met last, by the run's name.
    """
    context.pulse.at = time.monotonic()
    if context.stopping.is_set():
        return
    try:
        act()
        if unusable.pop(name, None) and not unusable:
            log.info("the state is usable again")
    except StateError as trouble:
        if str(trouble) not in unusable.values():
            log.error("nothing is recorded or sent", trouble=str(trouble))  # noqa: TRY400 - for people
        unusable[name] = str(trouble)
    except Exception as error:  # noqa: BLE001 - the next run tries again
        logged(error)


def _read_due(
    context: Context,
    detection: Detection,
    readers: Crowd,
    by_cron: dict[Asked, Callable[[], bool]],
) -> None:
    for asked in [*context.asked]:
        if asked.cron is None:
            detection.ask(asked.spreadsheet)
        elif asked in by_cron and not by_cron[asked]():  # being read: again after that
            continue
        context.asked.discard(asked)
    for spreadsheet in detection.due(OBSERVE_THREADS):
        if not readers.start(f"observe {spreadsheet}", partial(detection.read, spreadsheet)):
            detection.put_back(spreadsheet)  # its thread is about to end


def _observe_by_cron(
    context: Context, name: str, spreadsheet: str, mappings: Sequence[Mapping]
) -> None:
    began = context.clock()
    observe(context, spreadsheet, mappings)
    if not context.stopping.is_set():
        context.read.by_cron[name] = mappings, began


def _forget_other_crons(context: Context, groups: dict[str, list[Mapping]]) -> None:
    """What this run did not look at was let go of: should it come again, it is read at once."""
    polled = {f"observe {s} {poll}" for s, group in groups.items() for poll in _by_cron(group)}
    for name in context.read.by_cron.keys() - polled:
        del context.read.by_cron[name]


def _first_by_cron(
    context: Context, name: str, trigger: CronTrigger, mappings: Sequence[Mapping]
) -> datetime | None:
    """When it is due after an earlier run of this process; None (now) if that knew no such one."""
    known, begun = context.read.by_cron.get(name, (None, 0.0))
    if known != mappings:
        return None
    due: datetime | None = trigger.get_next_fire_time(None, datetime.fromtimestamp(begun, UTC))
    return due


def _report_due(
    context: Context, groups: dict[str, list[Mapping]], reporters: Crowd, turns: Turns
) -> None:
    with context.state.reading() as connection:
        due = statuses.spreadsheets_to_report(connection) & groups.keys()
    for spreadsheet, free_at in turns.of(due, time.monotonic()).items():
        act = partial(report, context, spreadsheet, groups[spreadsheet])
        if reporters.start(f"report {spreadsheet}", act):
            turns.free_at[spreadsheet] = free_at


def _by_cron(mappings: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    groups: dict[str, list[Mapping]] = {}
    for mapping in mappings:
        if isinstance(mapping.poll, str):
            groups.setdefault(mapping.poll, []).append(mapping)
    return groups
