from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from sheets_sync.app import App, opened
from sheets_sync.domain.hold import HoldLimits, Past, judge
from sheets_sync.domain.plan import Change, Plan, Recorded
from sheets_sync.operations import interventions
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.semantics.tables import Line, each_line, table
from tests.service import Cell, Service, answer, span

ROWS = 40
LIMITS = HoldLimits(share=0.25, rows=20)
NAME = "support-answers"


def recorded(number: int) -> Recorded:
    """A delivered row."""
    return Recorded(number, f"key {number}", number, "digest", "delivered", 1, False, None)


@each_line("holds", "The limit")
def test_the_limit_is_a_number_and_a_share(line: Line) -> None:
    """Both must be passed, within the hour, by rows that Arize holds something of."""
    before, now, vanish = (
        int(line[name]) for name in ("changed before, this hour", "change now", "vanish now")
    )
    changes = tuple(
        Change("edited", row.key, row.number, "new", "pending", row, is_risky=True)
        for row in map(recorded, range(1000, 1000 + now))
    )
    vanished = tuple(map(recorded, range(50_000, 50_000 + vanish)))
    plan = Plan(changes, (), (), vanished, (), 0)
    past = Past(int(line["delivered rows"]), frozenset(range(before)), frozenset(), None, False)
    hold = judge(plan, past, 0, LIMITS)

    assert (hold.reason if hold else "no") == line["held"]


class Accident:
    """A sheet of delivered rows, and everything that the page says can happen to it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.now = 1_800_000_000.0
        self.posted = 0

    def once(self) -> None:
        """One pass at the test's own time."""
        with opened(self.service.config(), writes=True) as app:
            self.service.passes(self._timed(app))

    def _timed(self, app: App) -> App:
        return replace(app, context=replace(app.context, clock=lambda: self.now))

    def write(self, column: str, values: list[Cell], first: int = 2) -> None:
        """Type a column of values, from a row on."""
        rows = [[value] for value in values]
        self.service.expert.type_rows(self.service.spreadsheet, f"Review!{column}{first}", rows)

    def paste(self) -> None:
        self.write("E", [0] * 30)
        self.once()

    def sort_labels(self) -> None:
        labels: list[Cell] = ["Needs Improvement" if n % 2 else "Satisfactory" for n in range(ROWS)]
        self.write("D", [*reversed(labels)])
        self.once()

    def delete_rows(self) -> None:
        rows: JsonValue = {
            "sheetId": self.service.gid,
            "dimension": "ROWS",
            "startIndex": 11,
            "endIndex": 41,
        }
        self.service.change({"deleteDimension": {"range": rows}})
        self.once()
        self.once()

    def clear_labels(self) -> None:
        self.write("D", [""] * 30)
        self.once()

    def drip(self, seconds: float) -> None:
        self.write("E", [0] * 12, first=22)
        self.once()
        self.now += seconds
        self.write("E", [0] * 12, first=2)
        self.once()

    def rename_annotation(self) -> None:
        (mapping,) = self.service.mappings()
        first, second = mapping["annotations"]
        self.service.mapping = {"annotations": [first | {"name": "Quality"}, second]}
        self.once()

    def rename_back(self) -> None:
        self.rename_annotation()
        self.service.mapping = {}
        self.once()

    def lose_state(self) -> None:
        for file in self.service.folder.glob("state.db*"):
            file.unlink()
        self.once()

    def lose_state_and_add(self) -> None:
        self.service.expert.type_rows(
            self.service.spreadsheet, "Review!A42", [answer(99, "Satisfactory", 1, "", "Ada")]
        )
        self.lose_state()

    def undo(self) -> None:
        self.write("E", [3] * ROWS)
        self.write("D", self.labels())
        self.once()

    def labels(self) -> list[Cell]:
        """The labels as they were at first."""
        return ["Needs Improvement" if n % 2 else "Satisfactory" for n in range(ROWS)]

    def approve(self) -> None:
        with opened(self.service.config(), writes=True) as app:
            held = interventions.held(app.context.state, NAME)
            assert held is not None
            assert interventions.approve(app.context.state, NAME, held.digest)
        self.once()

    def rebuild(self, *, adopt: bool) -> None:
        with opened(self.service.config(), writes=True) as app:
            interventions.rebuild(self._timed(app).context, app.config.mappings, NAME, adopt=adopt)
        self.once()


HAPPENINGS: dict[str, Callable[[Accident], None]] = {
    "one value is pasted over 30 scores": Accident.paste,
    "the labels are sorted and nothing else": Accident.sort_labels,
    "30 rows are deleted": Accident.delete_rows,
    "30 labels are cleared": Accident.clear_labels,
    "12 scores change, and half an hour later 12 more": lambda found: found.drip(1800),
    "12 scores change, and two hours later 12 more": lambda found: found.drip(7200),
    "an annotation is renamed in the configuration": Accident.rename_annotation,
    "the configuration is renamed back": Accident.rename_back,
    "the state file is lost": Accident.lose_state,
    "the state file is lost, and one row is new": Accident.lose_state_and_add,
}
ENDS: dict[str, Callable[[Accident], None]] = {
    "undo": Accident.undo,
    "approve": Accident.approve,
    "rebuild --adopt": lambda found: found.rebuild(adopt=True),
    "rebuild --resend": lambda found: found.rebuild(adopt=False),
    "nothing to end": lambda found: found.once(),
}


@pytest.fixture
def accident(sandbox: Sandbox, control: Control, tmp_path: Path) -> Accident:
    """Forty rows, all delivered."""
    service = Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[
            answer(n, "Needs Improvement" if n % 2 else "Satisfactory", 3, f"Note {n}", "Ada")
            for n in range(ROWS)
        ],
        arize={"dialect": "seed", "batch_size": 20},
    )
    found = Accident(service)
    found.once()
    found.posted = len(control.mutations())
    return found


@each_line("holds", "Accidents")
def test_an_accident_is_held_and_ends_as_the_page_says(line: Line, accident: Accident) -> None:
    """Nothing is sent while it is held; in the end Arize and the sheet agree."""
    HAPPENINGS[line["what happens"]](accident)
    service = accident.service
    sent = len(service.control.mutations()) - accident.posted
    shown = service.sheet()[1][7]

    assert shown.startswith(line["row 2 shows"])
    assert sent == int(line["posts"])
    ENDS[line["what ends it"]](accident)
    accident.once()
    texts = [row[7] for row in service.sheet()[1:] if len(row) > 7]
    assert all(text.startswith("Synced") for text in texts)
    notes = [m.note for m in service.control.mutations() if m.note is not None]
    assert len(notes) == len(set(notes))
    said = {row[0]: row[3] for row in service.sheet()[1:]}
    if "renamed in" not in line["what happens"]:
        assert said.items() <= service.labels().items()


def test_every_happening_stands_on_the_page() -> None:
    """No scenario without its line, no line without its scenario."""
    lines = table("holds", "Accidents")

    assert [line["what happens"] for line in lines] == list(HAPPENINGS)


def test_an_approval_lapses_when_the_plan_grows(accident: Accident) -> None:
    """It is bound to what was shown, not to the mapping."""
    accident.paste()
    with opened(accident.service.config(), writes=True) as app:
        shown = interventions.held(app.context.state, NAME)
    assert shown is not None
    assert len(shown.rows) == 30
    accident.write("E", [1], first=40)
    accident.once()
    with opened(accident.service.config(), writes=True) as app:
        assert not interventions.approve(app.context.state, NAME, shown.digest)
    accident.once()

    assert len(accident.service.control.mutations()) == accident.posted


def test_a_held_mapping_freezes_new_rows_too(accident: Accident) -> None:
    """All of its pending deliveries wait, and go once it is over."""
    accident.paste()
    accident.service.expert.type_rows(
        accident.service.spreadsheet, "Review!A42", [answer(99, "Satisfactory", 1, "", "Ada")]
    )
    accident.once()
    assert accident.service.statuses()[span(99)].startswith("On hold")
    accident.undo()

    assert accident.service.labels()[span(99)] == "Satisfactory"


def test_a_paused_mapping_sends_nothing_until_it_is_resumed(accident: Accident) -> None:
    """Its sheet is read and its statuses follow; posts wait."""
    with opened(accident.service.config(), writes=True) as app:
        assert interventions.set_paused(app.context.state, NAME, paused=True)
    accident.write("E", [5])
    accident.once()
    assert len(accident.service.control.mutations()) == accident.posted
    assert accident.service.sheet()[1][7] == "Edited, queued"
    with opened(accident.service.config(), writes=True) as app:
        interventions.set_paused(app.context.state, NAME, paused=False)
    accident.once()

    assert accident.service.scores()[span(0)] == 5.0


def test_a_hold_is_quiet_while_nothing_happens(accident: Accident) -> None:
    """A pass over a held sheet costs one read and writes nothing."""
    accident.delete_rows()
    accident.service.control.forget_calls()
    accident.once()

    calls = accident.service.control.calls()
    assert (calls.reads, calls.writes, calls.arize.requests) == (1, 0, 0)
