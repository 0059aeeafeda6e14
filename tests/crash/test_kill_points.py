"""Every point at which the program could be killed, in one story that needs all it can do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.sandbox.server import Sandbox
from tests.crash.story import BATCH, Tabs, Told, tell
from tests.sandbox_client import Control

SHARES = 8
"""The points are dealt to so many tests, which run side by side."""
FLOOR = {"commit": 80, "http sent": 22, "http answered": 22, "file": 5}
"""So many points of each kind at least; fewer would mean that some are not seen any more."""


@contextmanager
def fresh(key: RSAPrivateKey, folder: Path) -> Iterator[Tabs]:
    """The two tabs, as they are at first, on a sandbox of their own."""
    folder.mkdir()
    with Sandbox(key=key) as sandbox, Control(sandbox.contact) as control:
        yield Tabs(sandbox.contact, control, folder)


def told(key: RSAPrivateKey, folder: Path, fatal: Mapping[int, int] | None = None) -> Told:
    """The story on a sandbox of its own."""
    with fresh(key, folder) as tabs:
        return tell(tabs, fatal)


def plots(points: Sequence[Sequence[str]]) -> list[dict[int, int]]:
    """Stories that have every point between them: one of the first chapter, one of a later one."""
    first = [{0: fatal} for fatal in range(1, len(points[0]) + 1)]
    later = [
        {chapter: fatal}
        for chapter in range(1, len(points))
        for fatal in range(1, len(points[chapter]) + 1)
    ]
    none: dict[int, int] = {}
    return [one | other for one, other in zip_longest(first, later, fillvalue=none)]


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_any_point_and_started_again_it_ends_the_same(
    share: int, sandbox_key: RSAPrivateKey, tmp_path: Path
) -> None:
    """Same sheet, annotations, deliveries and receipts; at most one batch more for each kill."""
    wanted = told(sandbox_key, tmp_path / "uninterrupted")
    kinds = Counter(point.split(":")[0] for chapter in wanted.points for point in chapter)
    assert all(kinds[kind] >= least for kind, least in FLOOR.items()), kinds
    for number, fatal in enumerate(plots(wanted.points)[share::SHARES]):
        found = told(sandbox_key, tmp_path / str(number), fatal)
        killed = [f"{n}: {wanted.points[chapter][n - 1]}" for chapter, n in fatal.items()]
        different = found.facts.differences(wanted.facts)
        assert not different, f"killed at {killed}\n{different}"
        assert found.kills == len(fatal), killed
        assert found.facts.interrupted <= BATCH * found.kills, killed
        assert found.posts <= wanted.posts + found.facts.interrupted, killed
