from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.replicas import LEASE
from tests.replicas.stage import staged
from tests.sandbox_client import Control
from tests.state.commands import wait_until

SHEETS = 4
BUDGET = 600
ANSWERS_AFTER = LEASE + 10
SETTLED_WITHIN = 240


@pytest.mark.long
def test_who_is_cut_off_while_arize_is_slow_is_not_overtaken_before_the_answer(
    sandbox: Sandbox, control: Control, tmp_path: Path, postgres_url: str
) -> None:
    """Its lease runs out before, and nobody posts the same rows; in the end all is as judged."""
    with staged(
        sandbox, control, tmp_path, postgres_url, sheets=SHEETS, budget=BUDGET, poll="2s"
    ) as stage:
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        control.end_faults()
        control.fault("arize", latency_ms=1000 * ANSWERS_AFTER)
        stage.edit(Random(1))  # noqa: S311 - no secret depends on it
        wait_until(lambda: stage.posting() is not None)
        cut = stage.posting()
        assert cut
        cut.wire.cut()
        time.sleep(ANSWERS_AFTER)
        control.end_faults()
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        meanwhile = control.calls().arize.mutations
        cut.wire.mend()
        stage.stop()

    stage.assert_nothing_was_done_twice(BUDGET)
    assert meanwhile == control.calls().arize.mutations
