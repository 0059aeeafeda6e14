from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import pytest

from sheets_sync.app import opened
from sheets_sync.domain.delivery import State
from sheets_sync.operations import interventions
from sheets_sync.operations.browsing import Lines, history, latest, leaf
from sheets_sync.operations.desk import Desk
from sheets_sync.operations.trend import last_day
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.browsing import Sought
from tests.console.office import desk_of
from tests.sandbox_client import Control
from tests.service import Cell, Service, answer, span

MAPPING = "support-answers"
STATES: tuple[State, ...] = get_args(State)
ROWS: list[list[Cell]] = [
    answer(1, "Satisfactory", 4, "100% clear", "Ada"),
    answer(2, "Goood", 1, "", "Bob"),
    answer(3, "Needs Improvement", 2, "", "Bob"),
    ["unknown", "", "2020-01-01T00:00:00Z", "Satisfactory", 1, "", "Ada"],
]


@pytest.fixture
def desk(sandbox: Sandbox, control: Control, tmp_path: Path, state_url: str) -> Iterator[Desk]:
    """Two rows at Arize, a wrong one, and one that Arize refused; in either kind of state."""
    service = Service(sandbox.contact, control, tmp_path, rows=ROWS, state_url=state_url)
    with opened(service.config(), writes=True) as app:
        service.passes(app)
        yield desk_of(app, service.path)


def sought(
    desk: Desk, states: Sequence[State] = STATES, text: str = "", first: int = 0, rows: int = 9
) -> Lines:
    """By the row."""
    return leaf(desk, Sought(MAPPING, states, text), "number", first, rows)


def numbers(found: Lines) -> list[int]:
    """Of its rows."""
    return [line.number for line in found.lines]


def test_rows_are_leafed_through(desk: Desk) -> None:
    """By state and text, in any order, so many at a time; each as its status cell has it."""
    everything = sought(desk)
    assert (numbers(everything), everything.total) == ([2, 3, 4, 5], 4)
    assert everything.lines[0].status.startswith("Synced")
    assert [value.shown for value in everything.lines[0].held] == [
        'Adequacy "Satisfactory"',
        "Helpfulness 4",
    ]
    assert "is not one of" in everything.lines[1].status
    assert everything.lines[3].status.startswith("Arize did not accept this")
    part = sought(desk, first=1, rows=2)
    assert (numbers(part), part.total) == ([3, 4], 4)
    order = leaf(desk, Sought(MAPPING, ["delivered"]), "key", 0, 9, descending=True)
    assert numbers(order) == [4, 2]


def test_text_is_found_wherever_it_stands(desk: Desk) -> None:
    """In keys, contents and problems; a sign that SQL knows is only a sign."""
    expected = {
        "GOOOD": [3],
        span(3)[:6]: [4],
        "needs improvement": [3, 4],
        "100%": [2],
        "%": [2],
        "nobody wrote this": [],
    }
    assert {text: numbers(sought(desk, text=text)) for text in expected} == expected


def test_a_row_and_what_was_done_last(desk: Desk) -> None:
    """The same that `history` and the log say."""
    found = history(desk, MAPPING, span(1))
    assert found is not None
    assert [attempt.outcome for attempt in found.delivery.attempts] == ["accepted"]
    assert len(found.held) == 2
    assert found.cell.endswith("range=A2")
    assert history(desk, MAPPING, "no such row") is None
    done = latest(desk, 2)
    assert len(done.tries) == 2
    assert [one.mapping for one in done.passes] == [MAPPING]
    spans = last_day(desk)
    assert sum(one.accepted for one in spans) == 2
    assert sum(one.refused for one in spans) == 1


def test_chosen_rows_alone_are_due_again(desk: Desk) -> None:
    """By their keys."""
    assert interventions.retry(desk.state, MAPPING, [span(1)]) == 0
    assert interventions.retry(desk.state, MAPPING, ["unknown", span(1)]) == 1
    assert numbers(sought(desk, ["failed"])) == []
