"""People at work at every point between and within the three verbs, by other examples each case."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.people.accidents import Accidents
from tests.people.machine import FIGURES, People

CASES = 80
EXAMPLES = 25


def run(case: int, folder: Path) -> Counter[str]:
    """Some examples; the assertion shows the steps of the first that fails, as it was found."""
    del folder  # the machine makes its own in memory
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    FIGURES.clear()
    examples = settings(
        max_examples=EXAMPLES,
        stateful_step_count=12,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # shrinking takes minutes
        suppress_health_check=list(HealthCheck),
    )
    few = settings(examples, max_examples=EXAMPLES // 5, stateful_step_count=5)
    try:
        run_state_machine_as_test(seed(case)(People), settings=examples)
        run_state_machine_as_test(seed(case)(Accidents), settings=few)
    except AssertionError as broken:
        steps = "\n".join(getattr(broken, "__notes__", []))
        raise AssertionError(f"{broken}\n{steps}") from broken
    return FIGURES
