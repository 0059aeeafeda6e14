"""People at work, with the three verbs at every point between their edits."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sheets_sync.app import opened
from sheets_sync.domain.mapping import Mapping, by_spreadsheet
from sheets_sync.engine.context import Context
from sheets_sync.engine.deliver import deliver
from sheets_sync.engine.observe import observe
from sheets_sync.engine.report import report
from sheets_sync.engine.schedule import once
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.token import new_key
from tests.people.desk import STATUS, Desk, Seen, Tab
from tests.people.edits import EDITS, ROWS, SHIFTED, TYPED, Edit, Request, requests, restore
from tests.people.expected import Key, held, judge, said, shown
from tests.sandbox_client import Control
from tests.service import Cell

Rows = Sequence[Sequence[Cell]]
VERBS = st.sampled_from(["observe", "deliver", "report", "report", "once"])
PASSES = 6
"""So many after the last edit, and nothing is left to do: two idle ones are the last."""
FIGURES: Counter[str] = Counter()
DESKS = 20
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there


@dataclass
class Office:
    """A sandbox and the program, which many desks share: both take longer to start than to work."""

    hold_rows: int
    stack: ExitStack = field(default_factory=ExitStack)
    desks: int = 0

    def __post_init__(self) -> None:
        memory = MEMORY if MEMORY.is_dir() else None
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(dir=memory)))
        self.contact = self.stack.enter_context(Sandbox(key=key())).contact
        self.control = self.stack.enter_context(Control(self.contact))
        self.control.set(quotas=None, any_record=True)
        desk = self.desk()
        desk.sections = {"hold": {"rows": self.hold_rows}}
        self.app = self.stack.enter_context(opened(desk.config(), writes=True))

    def desk(self, review: Rows = (), copied: Rows = (), others: Rows = ()) -> Desk:
        """A new desk with these rows."""
        self.desks += 1
        return Desk(
            self.contact,
            self.control,
            self.folder,
            rows=review,
            copied=copied,
            others=others,
            number=self.desks,
        )


@cache
def key() -> RSAPrivateKey:
    """One RSA key for all sandboxes of this process."""
    return new_key()


OFFICES: dict[int, Office] = {}


def office(hold_rows: int) -> Office:
    """The office with this limit, a new one after some desks, since a sandbox forgets nothing."""
    found = OFFICES.get(hold_rows)
    if found is None or found.desks > DESKS:
        if found is not None:
            found.stack.close()
        found = OFFICES[hold_rows] = Office(hold_rows)
    return found


class People(RuleBasedStateMachine):
    """A few rows on three tabs."""

    hold_rows = 1000

    def __init__(self) -> None:
        super().__init__()
        self.said: set[tuple[str, str, str | float, str]] = set()
        self.shown: dict[Tab, set[Key]] = {}
        self.pasted: set[Key] = set()
        self.written = 0
        FIGURES["examples"] += 1

    @initialize(
        review=st.lists(ROWS, min_size=2, max_size=5),
        copied=st.lists(ROWS, max_size=3),
        others=st.lists(ROWS, max_size=1),
        verb=st.sampled_from(["once", "observe"]),
    )
    def begin(
        self,
        review: list[list[Cell]],
        copied: list[list[Cell]],
        others: list[list[Cell]],
        verb: str,
    ) -> None:
        """Lay the tabs out; mostly all is synced already."""
        shared = office(self.hold_rows)
        self.control = shared.control
        self.desk = shared.desk(review, copied, others)
        self.app = self.desk.at(shared.app)
        self.verbs: dict[str, Callable[[], None]] = {
            "observe": partial(self._each, observe),
            "deliver": self._deliver,
            "report": partial(self._each, report),
            "once": self._once,
        }
        self.seen = self._look()
        self._do(verb)

    @rule(edit=EDITS)
    def people(self, edit: Edit) -> None:
        """Somebody edits."""
        tab, asked = self._asked(edit)
        if asked:
            self.desk.expert.change(tab.spreadsheet, *asked)
            FIGURES["edits"] += 1
            self.seen = self._look(edited=True)

    @rule(verb=st.one_of(VERBS, VERBS, VERBS, st.just("quiet")))
    def program(self, verb: str) -> None:
        """The program does one thing, or all there is to do."""
        if verb == "quiet":
            self.quiet()
        else:
            self._do(verb)

    @rule(verb=VERBS, edit=EDITS, after=st.integers(1, 3))
    def meanwhile(self, verb: str, edit: Edit, after: int) -> None:
        """Somebody edits after the n-th request of what the program does."""
        tab, asked = self._asked(edit)
        if asked:
            self.desk.between(tab, after, asked)
            self._do(verb, edited=True)
            while self.control.edits_made()[-1] is None:
                self._do("observe", edited=True)
            assert self.control.edits_made()[-1] == 200
            FIGURES["edits meanwhile"] += 1

    @rule(edit=TYPED, shift=SHIFTED, after=st.sampled_from([1, 1, 1, 1, 2, 3, 4]))
    def while_statuses_are_written(self, edit: Edit, shift: Edit, after: int) -> None:
        """A status is due, and its cell moves between being found and being written."""
        self.people(edit)
        self._do("observe")
        self._do("deliver")
        self.meanwhile("report", shift._replace(tab=edit.tab), after)

    def quiet(self) -> None:
        """Nobody edits any more: all is as the sheets have it."""
        self._mend()
        done = [self._done()]
        while len(done) < 3 or len(set(done[-3:])) > 1:
            assert len(done) <= PASSES, "the program writes or posts although nobody edits"
            self._do("once")
            done.append(self._done())
        annotations = self.desk.annotations()
        judge(self.seen, annotations, self.pasted)
        stored = {(*place, *value) for place, value in held(annotations).items()}
        assert stored <= self.said, f"nobody ever said {stored - self.said}"
        FIGURES["quiets"] += 1

    def teardown(self) -> None:
        """In the end all is quiet."""
        if hasattr(self, "seen"):
            self.quiet()

    def _asked(self, edit: Edit) -> tuple[Tab, list[Request]]:
        tab = self.desk.tabs[edit.tab]
        elsewhere = self.desk.tabs[1 - edit.tab] if edit.tab < 2 else tab
        return tab, requests(edit, tab, elsewhere, self.seen[tab])

    def _mend(self) -> None:
        for tab in self.desk.tabs:
            asked = restore(tab, self.seen[tab])
            if asked:
                self.desk.expert.change(tab.spreadsheet, *asked)
        self.seen = self._look(edited=True)

    def _look(self, *, edited: bool = False) -> dict[Tab, Seen]:
        seen = self.desk.see()
        self.said |= said(seen.values())
        for tab, now in seen.items():
            keys = shown(tab, now)
            if keys is not None:
                self.pasted |= keys - self.shown.get(tab, set()) if edited else set()
                self.shown[tab] = keys
        return seen

    def _do(self, verb: str, *, edited: bool = False) -> None:
        """One verb; whatever it writes goes into a marked column with a status header."""
        before = self.seen
        self.desk.now += 61
        self.verbs[verb]()
        self.seen = self._look(edited=edited)
        written = self.desk.written()
        columns = {
            (tab.spreadsheet, shown.title, column)
            for seen in (before, self.seen)
            for tab, shown in seen.items()
            for column in _status_columns(shown)
        }
        for write in written[self.written :]:
            assert write.marked, f"{write} is outside the marked columns"
            at = write.cell.rstrip("0123456789")
            place = (write.spreadsheet_id, write.sheet, at)
            if write.cell == f"{at}1":
                assert write.value == STATUS, f"{write} is a header"
                columns.add(place)
            assert place in columns, f"{write} is outside {columns}"
        FIGURES["cells written"] += len(written) - self.written
        self.written = len(written)
        FIGURES[verb] += 1

    def _each(self, verb: Callable[[Context, str, list[Mapping]], object]) -> None:
        app = self.app
        for spreadsheet, mappings in by_spreadsheet(app.config.mappings).items():
            verb(app.context, spreadsheet, mappings)

    def _deliver(self) -> None:
        for drain in self.app.drains:
            deliver(self.app.context, drain, self.desk.now + 10)

    def _once(self) -> None:
        once(self.app.context, self.app.config.mappings, self.app.drains)

    def _done(self) -> tuple[int, int]:
        return len(self.desk.written()), self.desk.posted()


def _status_columns(seen: Seen) -> list[str]:
    return [chr(ord("A") + at) for at, header in enumerate(seen.headers) if header == STATUS]
