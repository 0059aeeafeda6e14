"""How far long work is, for people on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sheets_sync.errors import StateError

LOOK_EVERY = 0.5


@contextmanager
def showing(doing: str, waiting: Callable[[], int]) -> Iterator[None]:
    """Show how many are done, how fast and how long the rest will take; `waiting` says how many.

    What was done is what is no longer waiting, so what comes in meanwhile makes the whole longer.
    Nothing is shown where standard error is no terminal.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
    )

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        console=Console(file=sys.stderr),
        transient=True,
    )
    done = threading.Event()

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


def _pace(done: int, left: int, seconds: float) -> str:
    if not done:
        return ""
    still = timedelta(seconds=round(seconds * left / done))
    return f"{60 * done / seconds:,.0f} a minute, {still} left"
