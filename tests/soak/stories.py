"""One row, and whatever edits, lost answers, late answers and refusals befall it."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.semantics.test_any_story import STEPS, live_through
from tests.service import short_key

CASES = 50
EXAMPLES = 20


def run(case: int, folder: Path) -> Counter[str]:
    """Some stories; the assertion shows the shrunk failing one."""
    del folder  # each story makes its own
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    told: Counter[str] = Counter()

    @seed(case)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS)
    def stories(steps: list[str]) -> None:
        told.update(stories=1, steps=len(steps))
        try:
            live_through(short_key(), steps)
        except AssertionError as broken:
            raise AssertionError(f"{'; '.join(steps)}\n{broken}") from broken

    stories()
    return told
