from __future__ import annotations

import time
from pathlib import Path
from random import Random

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.replicas import LEASE
from tests.postgres import Postgres
from tests.replicas.stage import HEALED_WITHIN, staged
from tests.sandbox_client import Control

SHEETS = 20
KILLS = 3
BUDGET = 1500


def test_replicas_that_are_killed_and_cut_off_lose_and_double_nothing(
    sandbox: Sandbox, control: Control, tmp_path: Path, postgres: Postgres, postgres_url: str
) -> None:
    """While experts judge, three are killed, one is cut off, and Postgres ends its connections."""
    chance = Random(7)  # noqa: S311 - no secret depends on it
    with staged(
        sandbox, control, tmp_path, postgres_url, sheets=SHEETS, budget=BUDGET, poll="2s"
    ) as stage:
        stage.edit_for(2, chance)
        cut, *others = stage.replicas
        cut.wire.cut()
        mend_at = time.monotonic() + LEASE + 2
        for _ in range(KILLS):
            stage.edit_for(chance.uniform(0.5, 2), chance)
            stage.restart(chance.choice(others))
        stage.edit_for(1, chance)
        postgres.end_connections(postgres_url)
        stage.edit_for(mend_at - time.monotonic(), chance)
        cut.wire.mend()
        stage.edit_for(1, chance)
        stage.wait_until_all_is_as_judged(HEALED_WITHIN)
        stage.stop()

    stage.assert_nothing_was_done_twice(BUDGET)
