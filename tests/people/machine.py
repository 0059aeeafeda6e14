"""People at work, with the three verbs at every point between their edits."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sheets_sync.engine.deliver import deliver
from sheets_sync.engine.observe import observe
from sheets_sync.engine.report import report
from sheets_sync.engine.schedule import by_spreadsheet, once
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.token import new_key
from tests.people.desk import STATUS, Desk, Seen, Tab
from tests.people.edits import EDITS, ROWS, Edit, requests, restore
from tests.people.expected import held, judge, said
from tests.sandbox_client import Control
from tests.service import Cell

VERBS = st.sampled_from(["observe", "deliver", "report", "report", "once"])
PASSES = 5
"""So many after the last edit, and nothing is left to do: a row is gone after two."""
FIGURES: Counter[str] = Counter()


@cache
def key() -> RSAPrivateKey:
    """One RSA key for all sandboxes of this process."""
    return new_key()


class People(RuleBasedStateMachine):
    """A few rows on three tabs."""

    hold_rows = 1000

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.contact = self.stack.enter_context(Sandbox(key=key())).contact
        self.control = self.stack.enter_context(Control(self.contact))
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.said: set[tuple[str, str, str | float, str]] = set()
        self.written = 0
        FIGURES["examples"] += 1

    @initialize(
        review=st.lists(ROWS, min_size=2, max_size=5),
        copied=st.lists(ROWS, max_size=3),
        others=st.lists(ROWS, max_size=1),
        begun=st.booleans(),
    )
    def begin(
        self, review: list[list[Cell]], copied: list[list[Cell]], others: list[list[Cell]], begun: bool
    ) -> None:
        """Lay the tabs out; mostly all is synced already."""
        self.desk = Desk(
            self.contact,
            self.control,
            self.folder,
            rows=review,
            copied=copied,
            others=others,
            hold_rows=self.hold_rows,
        )
        self.stack.callback(self.desk.stack.close)
        self.verbs = {
            "observe": partial(self._each, observe),
            "deliver": self._deliver,
            "report": partial(self._each, report),
            "once": self._once,
        }
        self.seen = self._look()
        if begun:
            self._do("once")

    @rule(edit=EDITS)
    def people(self, edit: Edit) -> None:
        """Somebody edits."""
        tab, asked = self._asked(edit)
        if asked:
            self.desk.expert.change(tab.spreadsheet, *asked)
            FIGURES["edits"] += 1
            self.seen = self._look()

    @rule(verb=VERBS)
    def program(self, verb: str) -> None:
        """The program does one thing."""
        self._do(verb)

    @rule(verb=VERBS, edit=EDITS, after=st.integers(1, 3))
    def meanwhile(self, verb: str, edit: Edit, after: int) -> None:
        """Somebody edits after the n-th request of what the program does."""
        tab, asked = self._asked(edit)
        if asked:
            self.desk.between(tab, after, asked)
            self._do(verb)
            while self.control.edits_made()[-1] is None:
                self._do("observe")
            assert self.control.edits_made()[-1] == 200
            FIGURES["edits meanwhile"] += 1
            self.seen = self._look()

    @rule()
    def quiet(self) -> None:
        """Nobody edits any more: all is as the sheets have it."""
        self._mend()
        for _ in range(PASSES):
            before = self._done()
            self._do("once")
        assert self._done() == before, "a further pass has written or posted"
        annotations = self.control.annotations()
        judge(self.seen, annotations)
        stored = {(*place, *value) for place, value in held(annotations).items()}
        assert stored <= self.said, f"nobody ever said {stored - self.said}"
        FIGURES["quiets"] += 1

    def teardown(self) -> None:
        """In the end all is quiet."""
        try:
            if hasattr(self, "seen"):
                self.quiet()
        finally:
            self.stack.close()

    def _asked(self, edit: Edit) -> tuple[Tab, list[dict[str, object]]]:
        tab = self.desk.tabs[edit.tab]
        elsewhere = self.desk.tabs[1 - edit.tab] if edit.tab < 2 else tab
        return tab, requests(edit, tab, elsewhere, self.seen[tab])

    def _mend(self) -> None:
        for tab in self.desk.tabs:
            asked = restore(tab, self.seen[tab])
            if asked:
                self.desk.expert.change(tab.spreadsheet, *asked)
        self.seen = self._look()

    def _look(self) -> dict[Tab, Seen]:
        seen = self.desk.see()
        self.said |= said(seen.values())
        return seen

    def _do(self, verb: str) -> None:
        """One verb; whatever it writes goes below a status header, or is one."""
        before = self.seen
        self.desk.now += 61
        self.verbs[verb]()
        self.seen = self._look()
        written = self.desk.written()
        for write in written[self.written :]:
            columns = {
                column
                for seen in (before, self.seen)
                for tab, shown in seen.items()
                if (tab.spreadsheet, shown.title) == (write.spreadsheet_id, write.sheet)
                for column in _status_columns(shown)
            }
            at = write.cell.rstrip("0123456789")
            assert at in columns, f"{write} is outside {columns}"
            assert write.cell != f"{at}1" or write.value == STATUS, f"{write} is a header"
        FIGURES["cells written"] += len(written) - self.written
        self.written = len(written)
        FIGURES[verb] += 1

    def _each(self, verb) -> None:
        app = self.desk.app
        for spreadsheet, mappings in by_spreadsheet(app.config.mappings).items():
            verb(app.context, spreadsheet, mappings)

    def _deliver(self) -> None:
        for drain in self.desk.app.drains:
            deliver(self.desk.app.context, drain, self.desk.now + 10)

    def _once(self) -> None:
        app = self.desk.app
        once(app.context, app.config.mappings, app.drains)

    def _done(self) -> tuple[int, int]:
        return len(self.desk.written()), len(self.control.mutations())


def _status_columns(seen: Seen) -> list[str]:
    return [
        chr(ord("A") + at)
        for at, header in enumerate(seen.headers)
        if " ".join(header.split()) == STATUS
    ]
