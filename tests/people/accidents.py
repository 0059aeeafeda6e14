"""One tab at which people have accidents, and a service that holds them until somebody approves."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sheets_sync.domain.mapping import by_spreadsheet
from sheets_sync.engine.observe import observe
from sheets_sync.engine.report import report
from sheets_sync.engine.schedule import once
from sheets_sync.store import holds
from tests.people.desk import HEADERS, judged
from tests.people.edits import Request, cell, span
from tests.people.expected import judge
from tests.people.machine import FIGURES, office
from tests.service import Cell

HOLD_ROWS = 3
HOLD_SHARE = 0.25
LABELS = ["Satisfactory", "Needs Improvement"]
HOUR = 3600


class Accidents(RuleBasedStateMachine):
    """Every row is valid and delivered before the next accident."""

    @initialize(rows=st.integers(4, 13))
    def begin(self, rows: int) -> None:
        """Deliver all rows of the tab."""
        shared = office(HOLD_ROWS)
        labels = [LABELS[number % 2] for number in range(rows)]
        lines = [judged(f"r{n}", True, label, 4, "", "Ada") for n, label in enumerate(labels)]
        self.desk = shared.desk(lines)
        self.app = self.desk.at(shared.app)
        self.tab = self.desk.tabs[0]
        self.fresh = rows
        self._pass()
        FIGURES["examples"] += 1

    @rule(first=st.integers(0, 12), rows=st.integers(1, 8), header=st.sampled_from(HEADERS[4:6]))
    def paste(self, first: int, rows: int, header: str) -> None:
        """Some cells of a column change: they are sent at once if few, else held."""
        before = self._lines()
        numbers = self._numbers(first, rows)
        column = self._headers().index(header)
        self._calm()
        values = {number: _another(before[number][column]) for number in numbers}
        self._change(*(cell(self.tab.gid, n, column, v)[0] for n, v in values.items()))
        if self._is_sent_or_held(len(numbers), len(before) - 1):
            return
        self._pass()
        assert {self._status(number) for number in numbers} == {
            f"On hold: {len(numbers)} rows changed at once, ask ops@example.com"
        }
        if first % 2:
            old = {number: before[number][column] for number in numbers}
            self._change(*(cell(self.tab.gid, n, column, v)[0] for n, v in old.items()))
            posted = self.desk.posted()
            self._pass()
            assert not self._held(), "the accident is undone"
            assert self.desk.posted() == posted, "Arize holds all of it"
            FIGURES["undone"] += 1
        self._settle()

    @rule(first=st.integers(0, 12), rows=st.integers(1, 8), looks=st.integers(0, 1))
    def cut_and_paste_back(self, first: int, rows: int, looks: int) -> None:
        """What is back before two looks have missed it was never gone."""
        before = self._lines()
        numbers = self._numbers(first, rows)
        self._calm()
        posted = self.desk.posted()
        self._cut(numbers)
        for _ in range(looks):
            self._pass()
        back = [line for number, line in enumerate(before) if number in numbers]
        self.desk.expert.type_rows(
            self.tab.spreadsheet, f"Review!A{len(before) - len(numbers) + 1}", back
        )
        self._pass()
        self._pass()
        assert not self._held(), "nothing has vanished"
        assert self.desk.posted() == posted, "nothing has changed"
        FIGURES["pasted back"] += 1
        self._settle()

    @rule(first=st.integers(0, 12), rows=st.integers(1, 8))
    def cut(self, first: int, rows: int) -> None:
        """Rows are gone for good: after two looks that is held if they are many."""
        before = self._lines()
        numbers = self._numbers(first, min(rows, max(1, len(before) - 3)))
        self._calm()
        posted = self.desk.posted()
        self._cut(numbers)
        self._observe()
        assert not self._held(), "one look is not enough"
        self._is_sent_or_held(len(numbers), len(before) - 1)
        assert self.desk.posted() == posted, "what is gone asks for nothing"
        self._settle()
        self._add(len(numbers))

    def _add(self, rows: int) -> None:
        lines = self._lines()
        new = [judged(f"r{self.fresh + n}", True, LABELS[0], 4, "", "Ada") for n in range(rows)]
        self.fresh += rows
        self.desk.expert.type_rows(self.tab.spreadsheet, f"Review!A{len(lines) + 1}", new)
        self._pass()
        assert not self._held(), "new rows do not count"
        self._settle()

    def _is_sent_or_held(self, changed: int, delivered: int) -> bool:
        """Look, and hold what is held against the limits; whether it was sent."""
        posted = self.desk.posted()
        self._observe()
        is_many = changed >= HOLD_ROWS and changed > HOLD_SHARE * delivered
        assert bool(self._held()) == is_many, f"{changed} of {delivered} rows"
        self._pass()
        if is_many:
            self._pass()
            assert self.desk.posted() == posted, "what is held is not sent"
            FIGURES["held"] += 1
        else:
            self._settle()
        return not is_many

    def _settle(self) -> None:
        """Approve what is held; then all is as the sheet has it."""
        name = self.app.config.mappings[0].name
        for known in self._held():
            with self.app.context.state.writing() as connection:
                assert holds.approve(connection, name, known.digest, self.desk.now)
            FIGURES["approved"] += 1
        for _ in range(3):
            self._pass()
        assert not self._held(), "it was approved"
        judge(self.desk.see(), self.desk.annotations(), set())
        FIGURES["quiets"] += 1

    def _calm(self) -> None:
        """What was changed before does not count any more."""
        self.desk.now += HOUR

    def _held(self) -> list[holds.Held]:
        mine = {mapping.name for mapping in self.app.config.mappings}
        with self.app.context.state.reading() as connection:
            return [known for known in holds.all_held(connection) if known.mapping in mine]

    def _observe(self) -> None:
        self.desk.now += 61
        for spreadsheet, mappings in by_spreadsheet(self.app.config.mappings).items():
            observe(self.app.context, spreadsheet, mappings)

    def _pass(self) -> None:
        self.desk.now += 61
        once(self.app.context, self.app.config.mappings, self.app.drains)
        for spreadsheet, mappings in by_spreadsheet(self.app.config.mappings).items():
            report(self.app.context, spreadsheet, mappings)

    def _lines(self) -> list[list[Cell]]:
        return self.desk.see()[self.tab].lines

    def _headers(self) -> list[str]:
        return self.desk.see()[self.tab].headers

    def _status(self, number: int) -> Cell:
        return self._lines()[number][-1]

    def _numbers(self, first: int, rows: int) -> list[int]:
        """Indexes of lines in a row."""
        last = len(self._lines())
        start = 1 + first % (last - 1)
        return list(range(start, min(start + rows, last)))

    def _cut(self, numbers: list[int]) -> None:
        gone: list[Request] = [
            {"deleteDimension": {"range": span(self.tab.gid, "ROWS", number)}}
            for number in reversed(numbers)
        ]
        self._change(*gone)

    def _change(self, *asked: Request) -> None:
        self.desk.expert.change(self.tab.spreadsheet, *asked)
        FIGURES["edits"] += len(asked)


def _another(value: Cell) -> Cell:
    if isinstance(value, str):
        return LABELS[1 - LABELS.index(value)]
    return 4 if value == 5 else 5
