"""The real command line in a process of its own, borne with all libraries imported already.

It begins as a fresh interpreter would: with the words, environment, folder, streams and signals
that it is given and nothing set up, but without the second that importing takes.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TextIO

NURSERY = get_context("forkserver")
"""Bears each process with everything imported."""
NURSERY.set_forkserver_preload(
    [
        "rich.live",
        "sheets_sync.app",
        "sheets_sync.operations.checking",
        "sheets_sync.operations.interventions",
        "sheets_sync.operations.overview",
        "sheets_sync.operations.planning",
        "tests.command",
        "tests.crash.program",
        "typer.main",
    ]
)  # nothing of sheets_sync.cli, which looks at its environment as it is imported


def _main() -> None:
    from sheets_sync.cli import main  # noqa: PLC0415 - it looks at its environment

    main()


class Command:
    """A command that was started: what `subprocess.Popen` is for a fresh interpreter."""

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path | None = None,
        main: Callable[[], object] = _main,
    ) -> None:
        shown, shows = _pipe()
        errors, complains = _pipe()
        self._process = NURSERY.Process(
            target=_live,
            args=(main, [*words], {**environment}, folder or Path.cwd(), shows, complains),
            daemon=True,  # it does not outlive the tests
        )
        self._process.start()
        shows.close()
        complains.close()
        readers = ThreadPoolExecutor(2)
        self._shown, self._errors = readers.submit(_all, shown), readers.submit(_all, errors)
        readers.shutdown(wait=False)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or the number of the signal that ended it, below zero."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """As another process does."""
        os.kill(self.pid, number)

    def communicate(self, timeout: float = 60) -> tuple[str, str]:
        """Wait for its end; all that it said. Raises `TimeoutError` after so many seconds."""
        self._process.join(timeout)
        if self.returncode is None:
            raise TimeoutError(f"it has not ended within {timeout} seconds")
        return self._shown.result(timeout), self._errors.result(timeout)


def _pipe() -> tuple[TextIO, Connection]:
    here, there = os.pipe()
    return os.fdopen(here, encoding="utf-8"), Connection(there, readable=False)


def _all(stream: TextIO) -> str:
    with stream:
        return stream.read()


def _live(  # noqa: PLR0917 - all that a process has
    main: Callable[[], object],
    words: list[str],
    environment: dict[str, str],
    folder: Path,
    shows: Connection,
    complains: Connection,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    tempfile.tempdir = None
    os.chdir(folder)
    sys.argv = ["sheets-sync", *words]
    for number, stream in ((1, shows), (2, complains)):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
