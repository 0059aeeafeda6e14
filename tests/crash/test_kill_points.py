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

Fatal = Mapping[int, tuple[int, ...]]
"""The points to die at, by chapter."""
SHARES = 4
"""The points are dealt to so many tests, which run side by side."""
ONE_IN = 8
"""Of the stories one in so many is told here, and all of them in the soak."""
FLOOR = {"commit": 60, "http sent": 22, "http answered": 22, "file": 5, "migration": 15}
"""So many points of each kind at least; fewer would mean that some are not seen any more."""


@contextmanager
def fresh(key: RSAPrivateKey, folder: Path) -> Iterator[Tabs]:
    """The two tabs, as they are at first, on a sandbox of their own."""
    folder.mkdir()
    with Sandbox(key=key) as sandbox, Control(sandbox.contact) as control:
        yield Tabs(sandbox.contact, control, folder)


def told(key: RSAPrivateKey, folder: Path, fatal: Fatal) -> Told:
    """The story on a sandbox of its own."""
    with fresh(key, folder) as tabs:
        return tell(tabs, fatal)


def check(found: Told, wanted: Told, fatal: Fatal) -> None:
    """Killed there, it ended as if nothing had happened, at the cost of the posts in flight."""
    killed = [f"{n}: {wanted.points[at][n - 1]}" for at, numbers in fatal.items() for n in numbers]
    different = found.facts.differences(wanted.facts)
    assert not different, f"killed at {killed}\n{different}"
    assert found.kills == len(killed), killed
    assert found.facts.interrupted <= BATCH * found.kills, killed
    assert found.posts <= wanted.posts + found.facts.interrupted, killed


def plots(points: Sequence[Sequence[str]]) -> list[Fatal]:
    """Stories that have every point between them: one of the first chapter, one of a later one."""
    places = [
        (chapter, number)
        for chapter, reached in enumerate(points)
        for number, point in enumerate(reached, start=1)
        if not is_of_migration(point)
    ]
    first = [{chapter: (number,)} for chapter, number in places if chapter == 0]
    later = [{chapter: (number,)} for chapter, number in places if chapter > 0]
    none: dict[int, tuple[int, ...]] = {}
    return [one | other for one, other in zip_longest(first, later, fillvalue=none)]


def is_of_migration(point: str) -> bool:
    """Whether tables were being made or changed."""
    return point.startswith("migration")


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_any_point_and_started_again_it_ends_the_same(
    share: int, sandbox_key: RSAPrivateKey, tmp_path: Path
) -> None:
    """Same sheet, annotations, deliveries and receipts; only what was in flight is posted again."""
    wanted = told(sandbox_key, tmp_path / "uninterrupted", {})
    kinds = Counter(point.split(":")[0] for chapter in wanted.points for point in chapter)
    assert all(kinds[kind] >= least for kind, least in FLOOR.items()), kinds
    for number, fatal in enumerate(plots(wanted.points)[share :: SHARES * ONE_IN]):
        check(told(sandbox_key, tmp_path / str(number), fatal), wanted, fatal)


def test_killed_at_each_step_of_making_the_state_it_is_made_in_the_end(
    sandbox_key: RSAPrivateKey, tmp_path: Path
) -> None:
    """A life for each statement that makes a table or an index, all on one state file."""
    wanted = told(sandbox_key, tmp_path / "uninterrupted", {})
    opening = enumerate(wanted.points[0], start=1)
    fatal = {0: tuple(number for number, point in opening if is_of_migration(point))}
    check(told(sandbox_key, tmp_path / "killed", fatal), wanted, fatal)
