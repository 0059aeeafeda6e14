from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.semantics.story import Story
from tests.semantics.tables import Line, each_line, plain, table

TOPIC = "edits"
TITLE = "Edits, while and after they are sent"


@pytest.fixture
def story(sandbox: Sandbox, control: Control, tmp_path: Path) -> Iterator[Story]:
    """A row that says nothing yet."""
    begun = Story(sandbox.contact, control, tmp_path)
    yield begun
    begun.stop()


def check(story: Story, line: Line, beginning: str = "") -> None:
    """Tell the story and hold its end against the line."""
    story.tell(beginning)
    story.sent.clear()
    story.tell(plain(line["story"]))
    found = {
        "sent": ", ".join(story.sent),
        "Arize holds": story.held,
        "status": story.status,
    }
    assert found == {column: plain(line[column]) for column in found}


@each_line(TOPIC, "Back to what Arize had")
def test_an_edit_that_is_undone(story: Story, line: Line) -> None:
    """Whatever may have arrived in between, A stands in the end, and is sent only where needed."""
    check(story, line, "A; pass; 1 minute")


@each_line(TOPIC, "Something else instead")
def test_an_edit_that_is_overtaken(story: Story, line: Line) -> None:
    """The newest content stands in the end."""
    check(story, line, "A; pass; 1 minute")


@each_line(TOPIC, "Emptied")
def test_an_edit_that_is_emptied(story: Story, line: Line) -> None:
    """Nothing more is sent, and the status says what Arize keeps."""
    check(story, line, "A; 4; pass; 1 minute")


@each_line(TOPIC, "Never synced before")
def test_a_row_that_is_new(story: Story, line: Line) -> None:
    """What was never accepted is never called synced or kept."""
    check(story, line)


@each_line(TOPIC, "Late")
def test_a_post_that_is_late(story: Story, line: Line) -> None:
    """Once a late server must have settled, the newest content stands."""
    check(story, line, "A; pass; 1 minute")


@each_line(TOPIC, "Sent again on purpose")
def test_what_is_sent_again_on_purpose(story: Story, line: Line) -> None:
    """It stays due until it is accepted."""
    check(story, line, "A; pass; 1 minute")


def test_every_step_is_explained(story: Story) -> None:
    """The page's first table lists all that its stories can say."""
    explained = {
        step for line in table(TOPIC, TITLE) for step in re.findall(r"`(.+?)`", line["step"])
    }
    for pattern in story.phrases():
        assert any(re.fullmatch(pattern, step) for step in explained), pattern
