"""How far long work is, for people on a terminal: nothing on a pipe, and nothing with `--json`."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sheets_sync.errors import StateError

if TYPE_CHECKING:
    from rich.progress import Progress

LOOK_EVERY = 0.5


class Tell(Protocol):
    """Told how many are done of how many, and maybe what is done now."""

    def __call__(self, done: int, total: int, doing: str = "") -> None:
        """Show it."""


@contextmanager
def counting(doing: str, *, hidden: bool = False, spins: bool = True) -> Iterator[Tell]:
    """Show how many are done, how fast and how long the rest will take, whenever that is told.

    What does not spin costs nothing in between: for what is measured.
    """
    if hidden or not sys.stderr.isatty():
        yield _untold
        return
    bar, began = _bar(spins=spins), time.monotonic()
    with bar:
        task = bar.add_task(doing, total=None, pace="")

        def tell(done: int, total: int, doing: str = doing) -> None:
            pace = _pace(done, total - done, time.monotonic() - began)
            bar.update(task, description=doing, total=total or None, completed=done, pace=pace)
            if not spins:
                bar.refresh()

        yield tell


def _untold(done: int, total: int, doing: str = "") -> None:
    """Where nobody looks."""


@contextmanager
def showing(doing: str, waiting: Callable[[], int], *, hidden: bool = False) -> Iterator[None]:
    """The same of work that tells nothing; `waiting` says how many are to be done.

    What was done is what is no longer waiting, so what comes in meanwhile makes the whole longer.
    """
    if hidden or not sys.stderr.isatty():
        yield
        return
    bar, done = _bar(), threading.Event()

    def follow() -> None:
        task = bar.add_task(doing, total=None, pace="")
        began, most, left = time.monotonic(), 0, 0
        while not done.wait(LOOK_EVERY):
            try:
                now = waiting()
            except StateError:  # the work itself meets it and says so
                return
            began = began if most else time.monotonic()
            most, left = most + max(0, now - left), now
            pace = _pace(most - left, left, time.monotonic() - began)
            bar.update(task, total=most or None, completed=most - left, pace=pace)

    with bar:
        following = threading.Thread(target=follow, name="progress", daemon=True)
        following.start()
        try:
            yield
        finally:
            done.set()
            following.join()


def _bar(*, spins: bool = True) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        console=Console(file=sys.stderr),
        auto_refresh=spins,
        transient=True,
    )


def _pace(done: int, left: int, seconds: float) -> str:
    if not done:
        return ""
    still = timedelta(seconds=round(seconds * left / done))
    return f"{60 * done / seconds:,.0f} a minute, {still} left"
