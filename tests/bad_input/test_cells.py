from __future__ import annotations

import random

import pytest

from tests.bad_input.odd_cells import odd_sheet
from tests.bad_input.reading import GOOD, HEADERS, read


@pytest.mark.parametrize("seed", range(6))
def test_any_sheet_is_read_or_refused_in_words(seed: int) -> None:
    """A hundred sheets each: all rows get a status, or the sheet an error, and nothing breaks."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    said = [read(odd_sheet(chance, HEADERS, GOOD)) for _ in range(100)]
    assert sum(one.startswith("rows") for one in said) > 20
    assert sum(one.startswith("not read") for one in said) > 5
