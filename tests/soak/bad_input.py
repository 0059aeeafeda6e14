"""Damaged files, odd cells and damaged answers, many more than each test run has."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

from sheets_sync.sandbox.server import Sandbox
from tests.bad_input.damaged import damaged as damaged_answer
from tests.bad_input.met import NEVER, Met, started
from tests.bad_input.odd_cells import odd_sheet
from tests.bad_input.odd_files import damaged as damaged_file
from tests.bad_input.odd_files import problems_of
from tests.bad_input.reading import GOOD, HEADERS, read
from tests.sandbox_client import Control

CASES = 40
FILES, SHEETS, PASSES = 300, 500, 8


def run(case: int, folder: Path) -> dict[str, int | float]:
    """All is used, or refused in words; after each damage all comes right again."""
    chance = random.Random(case)  # noqa: S311 - no secret
    file = folder / "odd.yaml"
    refused = 0
    for _ in range(FILES):
        file.write_bytes(damaged_file(chance))
        refused += bool(problems_of(file))
    unread = sum(read(odd_sheet(chance, HEADERS, GOOD)).startswith("not") for _ in range(SHEETS))
    with (
        Sandbox() as sandbox,
        Control(sandbox.contact) as control,
        started(sandbox, control, folder) as (program, here),
    ):
        program.go()
        for _ in range(PASSES):
            program.edited()
            here.damage = partial(damaged_answer, chance=chance)
            program.go()
            here.damage = None
            assert_in_words(program)
            program.recovers(here)
        mutations = len(control.mutations())
    return {
        "files": FILES,
        "files refused": refused,
        "sheets": SHEETS,
        "sheets not read": unread,
        "passes with damaged answers": PASSES,
        "mutations": mutations,
    }


def assert_in_words(program: Met) -> None:
    """Nothing that only a programmer reads was logged or recorded."""
    told = "\n".join([*program.told, *program.recorded("deliveries", "mappings", "outages")])
    for never in NEVER:
        assert never not in told, told
