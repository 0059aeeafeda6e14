from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.semantics.story import Story
from tests.semantics.tables import Line, each_line, plain

TOPIC = "notes"
KNOWN = 'A; note "N1"; pass; 1 minute'

Keeping = Literal["append", "overwrite"]
SAYS: dict[Keeping, str] = {"append": "adds", "overwrite": "replaces"}


@pytest.fixture(params=SAYS)
def keeping(request: pytest.FixtureRequest) -> Keeping:
    """What Arize does with the earlier notes of a record."""
    found: Keeping = request.param
    return found


@pytest.fixture
def story(keeping: Keeping, sandbox: Sandbox, control: Control, tmp_path: Path) -> Iterator[Story]:
    """A row that says nothing yet."""
    control.set(notes=keeping)
    begun = Story(sandbox.contact, control, tmp_path)
    with begun.stack:
        yield begun


def check(story: Story, keeping: Keeping, line: Line, beginning: str = "") -> None:
    """Tell the story and hold its end against the line."""
    story.tell(beginning)
    story.sent.clear()
    story.tell(plain(line["story"]))
    found = {"sent": ", ".join(story.sent), SAYS[keeping]: story.notes, "status": story.status}
    assert found == {column: plain(line[column]) for column in found}


@each_line(TOPIC, "A note that is known at Arize")
def test_a_note_that_arrived(story: Story, keeping: Keeping, line: Line) -> None:
    """It is sent when its own cell changed, and only then."""
    check(story, keeping, line, KNOWN)


@each_line(TOPIC, "A note whose fate is not known")
def test_a_note_without_an_answer(story: Story, keeping: Keeping, line: Line) -> None:
    """It is never sent again unless somebody asks, and the status says so."""
    check(story, keeping, line, KNOWN)


@each_line(TOPIC, "A note that Arize certainly did not take")
def test_a_note_that_was_refused(story: Story, keeping: Keeping, line: Line) -> None:
    """It is still to be sent."""
    check(story, keeping, line, KNOWN)


@each_line(TOPIC, "Changed while on its way")
def test_a_note_that_changes_meanwhile(story: Story, keeping: Keeping, line: Line) -> None:
    """Each note that was written and seen is sent once."""
    check(story, keeping, line, KNOWN)


@each_line(TOPIC, "The first note of a row")
def test_a_first_note(story: Story, keeping: Keeping, line: Line) -> None:
    """A note alone is not due."""
    check(story, keeping, line)
