"""Admits one `run` or `once` to a state file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from sheets_sync.errors import StateError


class Lock(Protocol):
    """What admits this program to a state."""

    def renew(self) -> None:
        """Take it again if it was lost; raises `StateError` where another program was quicker."""


class SoleWriter:
    """The lock of one state file. The operating system gives it up when the process dies."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._file = state.with_name(state.name + ".lock")
        self._lock = FileLock(self._file, mode=0o600, thread_local=False)
        self._held: tuple[int, int] | None = None
        self._renewing = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold it; raises `StateError` where another process has it or it cannot be made."""
        self._take(timeout=1)  # longer than `is_locked` holds it
        try:
            yield
        finally:
            self._lock.release()

    def renew(self) -> None:
        """Take it again if somebody has removed its file, since that one keeps nobody out.

        Raises `StateError` where another process was quicker.
        """
        with self._renewing:
            if self._held is None or self._held != self._there():
                self._held = None
                self._lock.release()
                self._take(timeout=0)

    def is_free(self) -> bool:
        """Whether nobody holds it now; raises `StateError` where that cannot be found out."""
        if not self._file.exists():
            return True
        try:
            with self._lock.acquire(timeout=0):
                return True
        except Timeout:
            return False
        except OSError as error:
            raise self._unusable(error) from error

    def _take(self, timeout: float) -> None:
        try:
            self._state.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=timeout)
        except Timeout:
            raise StateError(
                f"state {self._state}: another `sheets-sync run` or `once` is using it; "
                "stop that one first"
            ) from None
        except OSError as error:
            raise self._unusable(error) from error
        self._held = self._there()

    def _unusable(self, error: OSError) -> StateError:
        return StateError(
            f"state {self._state}: its lock {self._file} cannot be taken: {error.strerror}; "
            "let this user write there"
        )

    def _there(self) -> tuple[int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
