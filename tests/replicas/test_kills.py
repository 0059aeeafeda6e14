from __future__ import annotations

from pathlib import Path
from random import Random

from sheets_sync.sandbox.server import Sandbox
from tests.postgres import Postgres
from tests.replicas.stage import Replica, Stage, staged
from tests.sandbox_client import Control

SHEETS = 6
KILLS = 2
BUDGET = 600
SETTLED_WITHIN = 240.0


def idle(stage: Stage) -> Replica:
    """One that delivers nothing: nobody has to wait for what it has under way at Arize."""
    return next(one for one in stage.replicas if one is not stage.posting())


def test_replicas_that_are_killed_cut_off_and_disconnected_lose_nothing(
    sandbox: Sandbox, control: Control, tmp_path: Path, postgres: Postgres, postgres_url: str
) -> None:
    """Nobody reads a sheet or posts a record beside another; in the end all is as judged."""
    chance = Random(1)  # noqa: S311 - no secret depends on it
    with staged(
        sandbox, control, tmp_path, postgres_url, sheets=SHEETS, budget=BUDGET, poll="2s"
    ) as stage:
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        for _ in range(KILLS):
            stage.edit_for(1.0, chance)
            stage.restart(idle(stage))
        postgres.end_connections(postgres_url)
        cut = idle(stage)
        cut.wire.cut()
        stage.edit_for(1.0, chance)
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        cut.wire.mend()
        stage.edit_for(1.0, chance)
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        stage.stop()

    stage.assert_nothing_was_done_twice(BUDGET)
