"""People at work, for a while; `make soak` lets them work for much longer."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.people.machine import People


def test_all_is_as_the_sheets_have_it_once_people_rest() -> None:
    """Whatever people do at whichever moment: once they rest, Arize and the statuses are right."""
    run_state_machine_as_test(
        People,
        settings=settings(
            max_examples=25,
            stateful_step_count=10,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),  # explaining traces every line
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
