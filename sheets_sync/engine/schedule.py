"""When each verb runs: until nothing is due (`once`), or while the service lives (`run`)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import Lock

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as JobThreads
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from sheets_sync.domain.mapping import Mapping, by_spreadsheet
from sheets_sync.engine.context import Asked, Context
from sheets_sync.engine.crowds import Act, Crowd, act_alone, crowd
from sheets_sync.engine.deliver import Drain, deliver
from sheets_sync.engine.detect import Detection
from sheets_sync.engine.observe import Observation, observe
from sheets_sync.engine.others import Others, revision_of
from sheets_sync.engine.passes import one_pass
from sheets_sync.engine.presence import BEAT_EVERY, Presence
from sheets_sync.engine.report import report
from sheets_sync.engine.turns import Turns, reports_a_minute
from sheets_sync.engine.unknown import logged
from sheets_sync.errors import StateError
from sheets_sync.store import (
    clock,
    endpoints,
    observations,
    outbox,
    outcomes,
    pruning,
    statuses,
)
from sheets_sync.store.looks import Looked

log = structlog.get_logger(__name__)

DETECT_EVERY = 0.5
DELIVER_EVERY = 1.0
DELIVER_SLICE = 30.0
ONCE_SLICE = 10.0
REPORT_LOOK_EVERY = 0.5
JUMP_WORTH_SAYING = 60.0
"""Seconds; clocks are put back by less all the time."""
OBSERVE_THREADS = 32
"""A sheet that Google does not answer for holds one of them for minutes."""
REPORT_THREADS = 8
CRON_AHEAD = 60
"""So many times of each cron expression are looked at in a forecast."""
_TELLING = Lock()
"""Acts that meet the same trouble at once tell of it once."""


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
    """Observe, deliver and report, each on its own schedule, until a stop is asked for.

    Replicas that share the state find due what is due, each by itself; one of them does it.
    """
    presence = Presence(context)
    if not presence.await_turn():
        return
    _begin(context, mappings)
    who = {"replica": context.replica} if context.state.is_shared else {}
    log.info("running", mappings=[mapping.name for mapping in mappings], **who)
    groups = by_spreadsheet(mappings)
    detection = Detection(context, groups)
    unusable: dict[str, str] = {}
    acts = _acts(context, detection, groups, drains)
    alone = {name: partial(act_alone, context, name, act) for name, act in acts.items()}
    guarded = {n: partial(_guarded, context, n, act, unusable) for n, act in alone.items()}
    threads = {"observe": OBSERVE_THREADS, "report": REPORT_THREADS, "deliver": len(drains)}
    with crowd(context, guarded, threads) as doers, _scheduler(len(drains)) as scheduler:
        presence.doing = doers.doing
        schedule = partial(_schedule, context, scheduler, unusable)
        by_cron: dict[Asked, Callable[[], bool]] = {}
        act: Callable[[], object] = partial(_read_due, context, detection, doers, by_cron, presence)
        schedule("detect changes", IntervalTrigger(seconds=DETECT_EVERY), act)
        if detection.drive_poll is not None:
            every = IntervalTrigger(seconds=detection.drive_poll)
            schedule("ask Drive", every, detection.ask_drive)
        for spreadsheet, group in groups.items():
            for poll, polled in _by_cron(group).items():
                name = _cron_name(spreadsheet, poll)
                start = by_cron[Asked(spreadsheet, poll)] = partial(_start, context, doers, name)
                trigger = CronTrigger.from_crontab(poll, timezone=UTC)
                first = _first_by_cron(context, name, trigger, polled)
                schedule(f"detect {spreadsheet} {poll}", trigger, start, first)
        turns = Turns(reports_a_minute(context, groups), presence)
        act = partial(_report_due, context, groups, doers, turns)
        schedule("report", IntervalTrigger(seconds=REPORT_LOOK_EVERY), act)
        for drain in drains:
            every = IntervalTrigger(seconds=DELIVER_EVERY)
            act = partial(_deliver_due, context, doers, drain.endpoint)
            schedule(f"start delivering to {drain.endpoint}", every, act)
        schedule("say it lives", IntervalTrigger(seconds=BEAT_EVERY), presence.follow)
        act = partial(_follow_clock, context)
        schedule("keep to the clock", IntervalTrigger(minutes=1), act)
        schedule("keep no old history", IntervalTrigger(days=1), partial(_prune, context))
        context.stopping.wait()
        log.info("stopping", after="the requests in flight")
    detection.hand_over()
    _forget_other_crons(context, groups)
    log.info("stopped")


def _acts(
    context: Context,
    detection: Detection,
    groups: dict[str, list[Mapping]],
    drains: Sequence[Drain],
) -> dict[str, Act]:
    """All that there is to do, by name."""
    acts: dict[str, Act] = {}
    for spreadsheet, group in groups.items():
        acts[f"observe {spreadsheet}"] = partial(detection.read, spreadsheet)
        acts[f"report {spreadsheet}"] = partial(_report, context, spreadsheet, group)
        for poll, polled in _by_cron(group).items():
            name = _cron_name(spreadsheet, poll)
            acts[name] = partial(_observe_by_cron, context, name, spreadsheet, polled)
    for drain in drains:
        acts[f"deliver {drain.endpoint}"] = partial(_deliver_slice, context, drain)
    return acts


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


def _deliver_due(context: Context, doers: Crowd, endpoint: str) -> None:
    now = context.clock()
    with context.state.reading() as connection:
        is_due = outbox.waiting_tabs(connection, endpoint, now) or outcomes.has_leftovers(
            connection, endpoint
        )
    if is_due:
        doers.start(f"deliver {endpoint}", now)


def _deliver_slice(context: Context, drain: Drain, _: float) -> None:
    deliver(context, drain, context.clock() + DELIVER_SLICE)


def _report(context: Context, spreadsheet: str, group: Sequence[Mapping], _: float) -> None:
    report(context, spreadsheet, group)


def _start(context: Context, doers: Crowd, name: str) -> bool:
    return doers.start(name, _minute(context.clock()))


def _minute(now: float) -> float:
    """Its beginning: what was begun since another replica's same tick is not begun again."""
    return now - now % 60


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
            "start": JobThreads(deliver_threads),
            "say": JobThreads(1),
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
    context: Context,
    name: str,
    act: Callable[..., object],
    unusable: dict[str, str],
    *asked: float,
) -> None:
    """Act; what is wrong with the state is said once, and once that it is usable again.

    `unusable` is what each run met last, by the run's name.
    """
    context.pulse.beat()
    if context.stopping.is_set():
        return
    try:
        act(*asked)
        if unusable.pop(name, None) and not unusable:
            log.info("the state is usable again")
    except StateError as trouble:
        with _TELLING:
            is_new = str(trouble) not in unusable.values()
            unusable[name] = str(trouble)
        if is_new:
            log.error("nothing is recorded or sent", trouble=str(trouble))  # noqa: TRY400 - for people
    except Exception as error:  # noqa: BLE001 - the next run tries again
        logged(error)


def _read_due(
    context: Context,
    detection: Detection,
    doers: Crowd,
    by_cron: dict[Asked, Callable[[], bool]],
    presence: Presence,
) -> None:
    for asked in [*context.asked]:
        if asked.cron is None:
            detection.ask(asked.spreadsheet)
        elif asked in by_cron and not by_cron[asked]():  # being read: again after that
            continue
        context.asked.discard(asked)
    room = OBSERVE_THREADS
    if context.state.is_shared:
        names = [name.split(" ") for name in doers.under_way()]
        detection.learn([name[1] for name in names if name[0] == "observe" and len(name) == 2])
        room *= presence.number
    for spreadsheet in detection.due(room):
        if not doers.start(f"observe {spreadsheet}", context.clock()):
            detection.put_back(spreadsheet)  # its thread is about to end


def _observe_by_cron(
    context: Context, name: str, spreadsheet: str, mappings: Sequence[Mapping], since: float
) -> None:
    others = Others(context)
    began, revision = context.clock(), revision_of(mappings)
    if others.looked(name, revision, since):
        return
    observed = observe(context, spreadsheet, mappings)
    is_read = all(observation.plan is not None for observation in observed)
    read_at, failed_at = (began, None) if is_read else (None, began)
    others.tell(name, Looked(revision, read_at, failed_at, None))
    if not context.stopping.is_set():
        context.read.by_cron[name] = mappings, began


def _forget_other_crons(context: Context, groups: dict[str, list[Mapping]]) -> None:
    """What this run did not look at was let go of: should it come again, it is read at once."""
    polled = {_cron_name(s, poll) for s, group in groups.items() for poll in _by_cron(group)}
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
    context: Context, groups: dict[str, list[Mapping]], doers: Crowd, turns: Turns
) -> None:
    with context.state.reading() as connection:
        due = statuses.spreadsheets_to_report(connection) & groups.keys()
    queued = doers.queued() if due else ()
    waiting = {spreadsheet for spreadsheet in due if f"report {spreadsheet}" not in queued}
    for spreadsheet, free_at in turns.of(waiting, time.monotonic()).items():
        if doers.start(f"report {spreadsheet}", context.clock()):
            turns.free_at[spreadsheet] = free_at


def _cron_name(spreadsheet: str, poll: str) -> str:
    return f"observe {spreadsheet} {poll}"


def _by_cron(mappings: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    groups: dict[str, list[Mapping]] = {}
    for mapping in mappings:
        if isinstance(mapping.poll, str):
            groups.setdefault(mapping.poll, []).append(mapping)
    return groups
