"""Every commit, request and change of a file, each killed once."""

from __future__ import annotations

from pathlib import Path

from tests.crash.test_kill_points import check, plots, told
from tests.service import short_key

CASES = 24


def run(case: int, folder: Path) -> dict[str, int | float]:
    """The stories of one share of the points."""
    wanted = told(short_key(), folder / "uninterrupted", {})
    fatal_points = plots(wanted.points)[case % CASES :: CASES]
    for number, fatal in enumerate(fatal_points):
        check(told(short_key(), folder / str(number), fatal), wanted, fatal)
    return {"stories": len(fatal_points), "points": sum(map(len, fatal_points))}
