"""The program in a process of its own, that dies by SIGKILL at any point it is told to.

A point is a moment at which something durable is about to change or has just changed: before and
after each commit, before a change of tables, before a request is sent and once its answer has
begun, before a file is opened to be written, made, renamed or removed. They are seen where
SQLAlchemy, urllib3 and the interpreter announce them, so a new one counts by itself.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Literal, Self, assert_never, cast

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from sheets_sync.app import App, opened
from sheets_sync.config import load
from sheets_sync.engine.schedule import once, run
from sheets_sync.observability.logs import configure_logging
from tests.command import NURSERY

REQUEST_LINE = re.compile(rb"([A-Z]+ \S+) HTTP/1\.1\r\n")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES_OF_FILES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link")

ENVIRONMENT = {"ARIZE_API_KEY": "a-key-of-the-sandbox"}


@dataclass
class Points:
    """The points reached since the last order; the process dies at the one numbered `fatal`."""

    fatal: int | None = None
    reached: list[str] = field(default_factory=list)
    counting: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, fatal: int | None) -> None:
        """Count from 1 again."""
        self.fatal, self.reached = fatal, []

    def reach(self, name: str) -> None:
        """Count one more."""
        with self.counting:
            self.reached.append(name)
            if len(self.reached) == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)


class Answers(logging.Handler):
    """urllib3 logs each answer as it begins to come."""

    def __init__(self, reach: Callable[[str], None]) -> None:
        super().__init__()
        self.reach = reach

    def emit(self, record: logging.LogRecord) -> None:
        if '"' in str(record.msg):
            self.reach("http answered: " + record.getMessage().split('"')[1])


def watch(reach: Callable[[str], None]) -> None:
    """Announce every point of this process from now on."""
    sys.dont_write_bytecode = True  # not a matter of this program
    watch_state(reach)
    answers = logging.getLogger("urllib3.connectionpool")
    answers.setLevel(logging.DEBUG)
    answers.propagate = False
    answers.addHandler(Answers(reach))
    sys.addaudithook(lambda name, details: watch_calls(name, details, reach))


def watch_state(reach: Callable[[str], None]) -> None:
    """Announce commits and changes of tables."""

    def changes_tables(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP")):
            reach("migration: " + " ".join(statement.split()[:3]))

    def commits(connection: sqlalchemy.Connection) -> None:
        connection.info["committed"] = True
        reach("commit: before")

    def ends(_: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        if entry.info.pop("committed", False):
            reach("commit: after")

    event.listen(sqlalchemy.Engine, "before_cursor_execute", changes_tables)
    event.listen(sqlalchemy.Engine, "commit", commits)
    event.listen(Pool, "checkin", ends)


def watch_calls(name: str, details: tuple[object, ...], reach: Callable[[str], None]) -> None:
    """Announce what the interpreter audits, if it is a point."""
    if name == "http.client.send":
        if line := REQUEST_LINE.match(bytes(cast(bytes, details[1]))):
            reach(f"http sent: {line[1].decode()}")
    elif name == "open" and isinstance(details[2], int) and details[2] & WRITES:
        reach(f"file: open {details[0]}")
    elif name in CHANGES_OF_FILES:
        reach(f"file: {name} {details[0]}")
    elif name == "sqlite3.connect/handle":
        reach("file: opened by SQLite")


@dataclass(frozen=True)
class Order:
    """What the process is to do next, and the numbers of the points to die at, one a life."""

    later: float | None = 0.0
    """How much later (s) than now it is for the program; None lets it end."""
    fatal: tuple[int, ...] = ()
    verb: Literal["once", "run"] = "once"
    """`run` goes on until it is killed."""


def live(orders: Pipe, path: Path) -> None:
    """The process: one pass for each order, and the points of each as its answer."""
    log = os.open(path.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    configure_logging("info", "json")
    points = Points()
    watch(points.reach)
    with ExitStack() as stack:
        app: App | None = None
        while True:
            order: Order = orders.recv()
            points.begin(next(iter(order.fatal), None))
            if order.later is None:
                break
            app = app or stack.enter_context(opened(load(path, ENVIRONMENT), writes=True))
            act(app, order.verb, order.later)
            orders.send(points.reached)
    orders.send(points.reached)


def act(app: App, verb: Literal["once", "run"], later: float) -> None:
    """Do it in a time that is so many seconds later than now."""
    context = replace(app.context, clock=lambda: time.time() + later)
    match verb:
        case "once":
            once(context, app.config.mappings, app.drains)
        case "run":
            run(context, app.config.mappings, app.drains)
        case never:
            assert_never(never)


class Program:
    """The program on a configuration file; it is started where it does not run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running: tuple[ForkServerProcess, Pipe] | None = None
        self.kills = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def obey(self, order: Order) -> list[str]:
        """Do it; the points that were reached. Killed there, it is started again and does it."""
        self.ask(order)
        try:
            return self.answer()
        except EOFError:
            self.kills += 1
            return self.obey(replace(order, fatal=order.fatal[1:]))

    def ask(self, order: Order) -> None:
        """Begin to do it."""
        if self._running is None:
            here, there = NURSERY.Pipe()
            process = NURSERY.Process(target=live, args=(there, self._path))
            process.start()
            there.close()
            self._running = process, here
        self._running[1].send(order)

    def answer(self) -> list[str]:
        """The points of what was asked, once it is done. Raises `EOFError` if it was killed."""
        assert self._running is not None
        process, orders = self._running
        try:
            points: list[str] = orders.recv()
        except EOFError:
            process.join()
            log = self._path.with_suffix(".log").read_text(encoding="utf-8")
            assert process.exitcode == -signal.SIGKILL, log
            self.kill()
            raise
        return points

    def is_done(self, within: float) -> bool:
        """Whether what was asked is done within so many seconds."""
        assert self._running is not None
        return self._running[1].poll(within)

    def kill(self) -> None:
        """SIGKILL, whatever it does just now."""
        if self._running is not None:
            process, orders = self._running
            process.kill()
            process.join()
            process.close()
            orders.close()
            self._running = None
