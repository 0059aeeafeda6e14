"""A sample of the stories that `make soak` tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import kills


@pytest.mark.parametrize("case", range(5))
def test_killed_at_random_moments_it_ends_the_same(case: int, tmp_path: Path) -> None:
    """Ten kills in each story of random edits, some of them while the program recovers."""
    assert kills.run(case, tmp_path)["kills"] == 10
