"""Acts that replicas share: each is queued under its name, and one replica does it.

Procrastinate keeps the queue in the state's own database. An act waits there once at the most
(queueing lock), and is done by one replica at a time (lock). It says no more than what is to be
looked at, so one that is lost with its replica is made good by the next that is started.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from typing import Any, LiteralString, Self

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import (
    AlreadyEnqueued,
    ConnectorException,
    ProcrastinateException,
)
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from procrastinate.worker import Worker
from sqlalchemy import text

from sheets_sync.store.database import State
from sheets_sync.store.postgres import CONNECT
from sheets_sync.store.replicas import LEASE

log = structlog.get_logger(__name__)

Act = Callable[[float], object]
"""Does it, unless that was begun since this time (epoch seconds)."""

HEARTBEAT = 3.0
LOOK_EVERY = 1.0
"""Seconds until a worker sees that an act of the same name has ended elsewhere."""
NEVER = 86_400.0
"""Seconds until a worker looks whether it was asked to give up what it does: nobody asks."""
CONNECT_AGAIN = 5.0
START_WITHIN = 10.0
_CONNECTIONS = 6
_UNDER_WAY = text("SELECT lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
_QUEUED = text("SELECT lock FROM procrastinate_jobs WHERE status = 'todo'")
_LET_GO = "DELETE FROM procrastinate_jobs WHERE id = ANY(%(ended)s) AND status = 'doing'"
_LEASED: LiteralString = (
    "SELECT name FROM leases WHERE until >= extract(epoch FROM clock_timestamp())"
)
_EXISTS = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")


class Queue:
    """Starts acts wherever there is room, and does what others have started, in its threads.

    `acts` are known by their names; the first word of a name is its kind. `threads` is for each
    kind how many acts are done together here.
    """

    def __init__(self, state: State, acts: Mapping[str, Act], threads: Mapping[str, int]) -> None:
        self._state, self._acts, self._threads = state, acts, threads
        self._doing: set[str] = set()
        self._ended: set[int] = set()
        """By their numbers in the queue."""
        self._app = _app(state)
        for kind in threads:
            self._app.task(name=kind, queue=kind, pass_context=True)(self._act)
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_unheard)
        self._thread = threading.Thread(target=self._run, name="queue")
        self._stopping = asyncio.Event()

    def __enter__(self) -> Self:
        self._make_tables()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def start(self, name: str, since: float) -> bool:
        """Let it be done soon, once; whether it will be."""
        started = asyncio.run_coroutine_threadsafe(self._start(name, since), self._loop)
        try:
            return started.result(START_WITHIN)
        except TookTooLong:
            started.cancel()
            return False

    def under_way(self) -> set[str]:
        """The names of all that is to be done soon, or is being done."""
        with self._state.reading() as connection:
            return set(connection.execute(_UNDER_WAY).scalars())

    def queued(self) -> set[str]:
        """The names of what is to be done soon, and need not be started again."""
        with self._state.reading() as connection:
            return set(connection.execute(_QUEUED).scalars())

    async def _start(self, name: str, since: float) -> bool:
        kind = name.partition(" ")[0]
        task = self._app.configure_task(kind, lock=name, queueing_lock=name)
        try:
            await task.defer_async(name=name, since=since)
        except AlreadyEnqueued:
            return True
        except ProcrastinateException:  # it is out of reach, or not open yet
            return False
        return True

    def doing(self) -> list[str]:
        """The names of what is being done here."""
        return sorted(self._doing)

    def _act(self, context: JobContext, name: str, since: float) -> None:
        if name not in self._acts:
            return  # it is another configuration's
        self._doing.add(name)
        try:
            self._acts[name](since)
        finally:
            self._doing.discard(name)
            self._ended.add(context.job.id or 0)

    def _make_tables(self) -> None:
        with self._state.writing() as connection:
            if not connection.execute(_EXISTS).scalar():
                plain = connection.execution_options(no_parameters=True)  # it has percent signs
                plain.exec_driver_sql(self._app.schema_manager.get_schema())

    def _run(self) -> None:
        with ThreadPoolExecutor(sum(self._threads.values()), "act") as pool:
            self._loop.set_default_executor(pool)
            self._loop.run_until_complete(self._work())
        self._loop.close()

    async def _work(self) -> None:
        """Work until a stop is asked for, whatever becomes of the connections meanwhile."""
        while not self._stopping.is_set():
            try:
                async with self._app.open_async():
                    await self._work_together()
            except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
                log.warning("the queue is out of reach", reason=" ".join(str(error).split()))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), CONNECT_AGAIN)

    async def _work_together(self) -> None:
        """Until a stop is asked for, or one of the workers has lost its connection."""
        workers = [
            Worker(
                self._app,
                queues=[kind],
                name=kind,
                concurrency=threads,
                fetch_job_polling_interval=LOOK_EVERY,
                install_signal_handlers=False,
                delete_jobs="always",
                update_heartbeat_interval=HEARTBEAT,
                abort_job_polling_interval=NEVER,
                stalled_worker_timeout=LEASE,
            )
            for kind, threads in self._threads.items()
        ]
        ending = asyncio.Event()
        runs = [worker.run() for worker in workers]  # type: ignore[no-untyped-call]
        tasks = [asyncio.ensure_future(each) for each in (*runs, self._let_go_of_the_dead(ending))]
        stop = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait([*tasks, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        ending.set()
        for worker in workers:  # not cancelled: a worker that begins would lose that
            worker.stop()  # type: ignore[no-untyped-call]
        await asyncio.gather(*tasks, stop, return_exceptions=True)

    async def _let_go_of_the_dead(self, ending: asyncio.Event) -> None:
        """What a dead replica was doing is not done any more: who finds it due starts it anew.

        Nor is what has ended here, should its worker have lost its connection while noting that.
        A worker that lost it before is silent while it ends what it is at, by its lease.
        """
        jobs, ended = self._app.job_manager, set[int]()
        while not ending.is_set():
            await self._app.connector.execute_query_async(_LET_GO, ended=[*ended])
            ended, self._ended = self._ended, set()
            found = await self._app.connector.execute_query_all_async(_LEASED)
            leased = {row["name"] for row in found}
            for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=LEASE):
                if job.lock in leased:
                    continue
                with suppress(ConnectorException):  # another replica was quicker
                    await jobs.finish_job(job, Status.ABORTED, delete_job=True)
            await jobs.prune_stalled_workers(LEASE)
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), HEARTBEAT)


def _unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say briefly that the end of an act could not be noted: it is let go of later."""
    error = context.get("exception")
    if isinstance(error, ConnectorException):
        log.warning("the queue is out of reach", reason=" ".join(str(error).split()))
    else:
        loop.default_exception_handler(context)


def _app(state: State) -> App:
    url = state.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    options = f"{CONNECT['options']} -c synchronous_commit=off"  # what is lost is started anew
    return App(
        connector=PsycopgConnector(
            conninfo=url,
            kwargs={**CONNECT, "options": options},
            min_size=1,
            max_size=_CONNECTIONS,
        )
    )
