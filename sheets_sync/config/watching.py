"""Notices that the files of a configuration have changed, however that was done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import NamedTuple

from watchfiles import watch

LOOK_EVERY = 1.0
"""Seconds between two looks where nothing tells of changes, as on some mounts and behind links."""
SETTLED = 0.2
"""Seconds without a further change after which the files count as written."""


class _Written(NamedTuple):
    """What tells one version of a file from another; links are followed."""

    path: Path
    inode: int
    modified_ns: int
    size: int


def versions(path: Path, ended: Event) -> Iterator[None]:
    """Yield now, and whenever the file or any `*.yaml` of the folder has changed, until `ended`.

    A file may be written in place or replaced, and any link on the way to it may be exchanged.
    """
    known = _written(path)
    yield
    for _ in _hints(path, ended):
        found = _written(path)
        while found != known and not ended.is_set():
            known = found
            ended.wait(SETTLED)
            found = _written(path)
            if found == known:
                yield


def _hints(path: Path, ended: Event) -> Iterator[object]:
    """Moments to look: whenever anything in the folder changes, and from time to time."""
    while not ended.is_set():
        try:
            yield from watch(
                path if path.is_dir() else path.parent,
                watch_filter=None,
                debounce=int(SETTLED * 1000),
                stop_event=ended,
                rust_timeout=int(LOOK_EVERY * 1000),
                yield_on_timeout=True,
                raise_interrupt=False,
                recursive=False,
            )
        except (OSError, RuntimeError):  # there is no such folder now, or nobody can tell of it
            ended.wait(LOOK_EVERY)


def _written(path: Path) -> list[_Written]:
    """A version of each file that is there now."""
    found: list[_Written] = []
    try:
        files = sorted(path.glob("*.y*ml")) if path.is_dir() else [path]
    except OSError:
        return found
    for file in files:
        try:
            seen = file.stat()
        except OSError:
            continue
        found.append(_Written(file, seen.st_ino, seen.st_mtime_ns, seen.st_size))
    return found
