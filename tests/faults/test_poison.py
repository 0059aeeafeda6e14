"""A row that Arize always refuses delays no other, whatever the words of the refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.domain.delivery import Dialect
from sheets_sync.sandbox.server import Sandbox
from tests.faults.weather import Weather
from tests.sandbox_client import Control
from tests.service import Service, answer, span

ROWS = 30
POISON = span(17)
ADEQUACY = {
    "name": "Adequacy",
    "label": {"column": "Adequacy", "values": ["Satisfactory", "Needs Improvement"]},
    "config_id": "Q29uZmlnOjE=",
}
WORDINGS = [
    ("Label is not allowed", None),
    ("Unauthorized: this span is closed", None),
    ("Forbidden for this span: developer access", None),
    ("Log in", "UNAUTHENTICATED"),
    ("Too many requests for this span", None),
    ("Slow down", "TOO_MANY_REQUESTS"),
    ("Not yours", "FORBIDDEN"),
    ("Model not found", None),
    ("Project does not exist", None),
    ("Internal server error", None),
    ("It broke", "INTERNAL_SERVER_ERROR"),
    ("Complexity of this span is too high", None),
]


@pytest.mark.parametrize(("dialect", "batch_size"), [("seed", 3), ("config", 1)])
@pytest.mark.parametrize(("words", "code"), WORDINGS, ids=str)
def test_all_others_arrive_at_once(  # noqa: PLR0917 - the ways and three fixtures
    words: str,
    code: str | None,
    dialect: Dialect,
    batch_size: int,
    sandbox: Sandbox,
    control: Control,
    tmp_path: Path,
) -> None:
    """In the same `once`, by as many requests as without it, but for one question to Arize."""
    service = Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(number, "Satisfactory") for number in range(1, ROWS + 1)],
        arize={"batch_size": batch_size, "dialect": dialect},
        mapping={"annotations": [ADEQUACY]},
    )
    control.set(dialect=dialect)
    control.fault("arize", action="graphql_error", record=POISON, message=words, code=code)
    service.once()
    statuses = service.statuses()
    assert words in statuses.pop(POISON)
    assert len(statuses) == ROWS - 1
    assert all(status.startswith("Synced") for status in statuses.values())
    calls = control.calls().arize
    assert calls.mutations == ROWS
    assert calls.requests <= ROWS / batch_size + 1


@pytest.mark.parametrize(
    ("words", "code", "poisoned"),
    [
        ("Unauthorized: this span is closed", None, 5),
        ("Slow down", "TOO_MANY_REQUESTS", 1),
        ("Model not found", None, 5),
        ("Not yours", "FORBIDDEN", 1),
        ("Internal server error", None, 1),
        ("Internal server error", None, 5),
    ],
)
def test_later_edits_do_not_wait_for_its_retries(  # noqa: PLR0917 - the ways and three fixtures
    words: str, code: str | None, poisoned: int, sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """However often it is tried again, an edit of another row is there after the same pass.

    Several such rows may look like an outage once, when nothing else was accepted in between; the
    next pass sends what waited.
    """
    weather = Weather(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(number, "Satisfactory", 1) for number in range(1, 9)],
        arize={"batch_size": 1},
    )
    for number in range(1, poisoned + 1):
        control.fault(
            "arize", action="graphql_error", record=span(number), message=words, code=code
        )
    weather.judge(dict.fromkeys(range(1, 9), ("Satisfactory", 1.0)))
    app, drains = weather.open()
    weather.go(app, drains, step=60)
    for turn in range(9):
        score = float(turn % 2 + 2)
        weather.judge({8: ("Satisfactory", score)})
        weather.go(app, drains, step=60)
        if poisoned > 1 and weather.scores()[span(8)] != score:
            weather.go(app, drains, step=60)
        assert weather.scores()[span(8)] == score
    for _ in range(12):
        weather.go(app, drains, step=700)
    assert words in weather.statuses()[span(1)]
    weather.stack.close()
