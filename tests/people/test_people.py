"""People at work, for a while; `make soak` lets them work for much longer."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.people.accidents import Accidents
from tests.people.machine import People

SHORT = settings(
    max_examples=4,
    stateful_step_count=10,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),  # explaining traces every line
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def test_all_is_as_the_sheets_have_it_once_people_rest() -> None:
    """Whatever people do at whichever moment: once they rest, Arize and the statuses are right."""
    run_state_machine_as_test(People, settings=SHORT)


def test_nothing_of_an_accident_is_sent_before_somebody_approves() -> None:
    """Many rows changed or cut at once are held; what is pasted back was never gone."""
    run_state_machine_as_test(
        Accidents, settings=settings(SHORT, max_examples=5, stateful_step_count=5)
    )
