"""How the demo ends before its end: everything that it started ends with it."""

from __future__ import annotations

import signal
import threading

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_on_signals(stopping: threading.Event, *, waits: bool) -> None:
    """Leave in order when told to end, once; a reader's Ctrl-C is no failure."""

    def end(number: int, _: object) -> None:
        for ignored in _ENDS:
            signal.signal(ignored, signal.SIG_IGN)
        stopping.set()
        raise SystemExit(0 if waits and number == signal.SIGINT else 128 + number)

    for number in _ENDS:
        signal.signal(number, end)
