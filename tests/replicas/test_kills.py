from __future__ import annotations

from pathlib import Path
from random import Random

from sheets_sync.sandbox.server import Sandbox
from tests.postgres import Postgres
from tests.replicas.stage import REPLICAS, staged
from tests.sandbox_client import Control

SHEETS = 6
BUDGET = 600
SETTLED_WITHIN = 240.0


def test_replicas_that_are_killed_cut_off_and_disconnected_lose_nothing(
    sandbox: Sandbox, control: Control, tmp_path: Path, postgres: Postgres, postgres_url: str
) -> None:
    """Nobody reads a sheet or posts a record beside another; in the end all is as judged."""
    chance = Random(1)  # noqa: S311 - no secret depends on it
    with staged(
        sandbox, control, tmp_path, postgres_url, sheets=SHEETS, budget=BUDGET, poll="2s"
    ) as stage:
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        for replica in chance.sample(stage.replicas, REPLICAS - 1):
            stage.edit_for(1.0, chance)
            stage.restart(replica)
        postgres.end_connections(postgres_url)
        cut = chance.choice(stage.replicas)
        cut.wire.cut()
        stage.edit_for(1.0, chance)
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        cut.wire.mend()
        stage.edit_for(1.0, chance)
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        stage.stop()

    stage.assert_nothing_was_done_twice(BUDGET)
