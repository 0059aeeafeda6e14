from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.semantics.owners import TABS, Owners
from tests.semantics.tables import Line, each_line, plain, table

TOPIC = "owners"
TITLE = "Who owns what stands at Arize"


@pytest.fixture
def owners(sandbox: Sandbox, control: Control, tmp_path: Path) -> Iterator[Owners]:
    """Three empty tabs; one row travels at a time, so that what is sent has an order."""
    begun = Owners(sandbox.contact, control, tmp_path)
    begun.arize |= {"batch_size": 1}
    begun.sections = {"hold": {"rows": 100}}
    with begun.stack:
        yield begun


def check(owners: Owners, line: Line) -> None:
    """Tell the story and hold its end against the line."""
    owners.tell(plain(line["story"]))
    found = {
        "sent": ", ".join(owners.sent),
        "Arize holds": owners.held,
        **{tab: owners.shown(tab) for tab in TABS if tab in line},
    }
    assert found == {column: plain(line[column]) for column in found}


@each_line(TOPIC, "Two rows of one tab")
def test_two_rows_of_one_tab(owners: Owners, line: Line) -> None:
    """They have one key, so they are decided together."""
    check(owners, line)


@each_line(TOPIC, "Rows of two tabs, spreadsheets and mappings")
def test_rows_of_two_tabs(owners: Owners, line: Line) -> None:
    """They meet in the store, and name each other's place."""
    check(owners, line)


@each_line(TOPIC, "Handed over")
def test_a_target_that_is_handed_over(owners: Owners, line: Line) -> None:
    """Whoever speaks of it alone owns it, and what was delivered is not sent again."""
    check(owners, line)


@each_line(TOPIC, "Handed over in doubt")
def test_a_target_whose_former_owner_got_no_answer(owners: Owners, line: Line) -> None:
    """The doubt is handed over with it."""
    check(owners, line)


@each_line(TOPIC, "Several annotators of one record")
def test_annotators_that_keep_apart(owners: Owners, line: Line) -> None:
    """Each name is a target of its own."""
    asked = owners.mapping["annotations"]
    asked[0] |= {"name": "Adequacy ({Reviewer})"}
    owners.mapping |= {"key": ["Span ID", "Reviewer"]}
    check(owners, line)


def test_every_step_is_explained(owners: Owners) -> None:
    """The pages' first tables list all that the stories can say."""
    lines = [*table("edits", "Edits, while and after they are sent"), *table(TOPIC, TITLE)]
    explained = {step for line in lines for step in re.findall(r"`(.+?)`", line["step"])}
    for pattern in owners.phrases():
        assert any(re.fullmatch(pattern, step) for step in explained), pattern
