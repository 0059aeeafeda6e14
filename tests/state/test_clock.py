from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.schema import deliveries, mappings
from tests.sandbox_client import Control
from tests.semantics.story import Story

HOUR, DAY = 3600, 86_400
JUMPS = [HOUR, DAY, 365 * DAY]


@pytest.fixture
def story(sandbox: Sandbox, control: Control, tmp_path: Path) -> Iterator[Story]:
    """A row in its own time."""
    story = Story(sandbox.contact, control, tmp_path)
    with story.stack:
        yield story


def restarted_earlier(story: Story, jump: float) -> None:
    """The machine comes up with its clock put back; Arize's stays."""
    story.stop()
    story.now -= jump


@pytest.mark.parametrize("jump", JUMPS)
def test_a_row_that_waits_does_not_wait_for_the_jump(story: Story, jump: float) -> None:
    """The next attempt was ten seconds away; it is no further away after the jump."""
    story.tell("A; answer lost; pass; all is well")
    restarted_earlier(story, jump)
    story.tell("pass")
    story.wait(11)
    story.tell("pass")

    assert story.sent == ["A", "A"]
    assert story.held == "A"
    assert story.status.startswith("Synced")


@pytest.mark.parametrize("jump", JUMPS)
def test_a_doubt_is_settled_in_its_time(story: Story, jump: float) -> None:
    """An older post may arrive late: the newest is asserted again once, and not for ever."""
    story.tell("A; 4 minutes late; pass; B; all is well; pass")
    restarted_earlier(story, jump)
    story.tell("pass; 6 minutes; pass; 6 minutes; pass; 6 minutes; pass")

    assert story.held == "B"
    assert story.status.startswith("Synced")
    assert len(story.sent) <= 4
    sent = len(story.sent)
    story.tell("6 minutes; pass; 6 minutes; pass")
    assert len(story.sent) == sent


@pytest.mark.parametrize("jump", JUMPS)
def test_an_endpoint_that_was_out_is_asked_again(story: Story, jump: float) -> None:
    """Its wait was some seconds, and is so still."""
    story.control.fault("arize", action="status", status=401, times=1)
    story.tell("A; pass; all is well")
    restarted_earlier(story, jump)
    story.tell("pass")
    story.wait(11)
    story.tell("pass")

    assert story.held == "A"


@pytest.mark.parametrize("jump", JUMPS)
def test_nothing_that_is_known_lies_ahead(story: Story, jump: float) -> None:
    """A tab renamed after the jump is found within the hour, a changed row ages as it should."""
    story.tell("A; pass; B; pass")
    restarted_earlier(story, jump)
    story.tell("pass")
    with story.app().context.state.reading() as connection:
        read = connection.execute(select(mappings.c.read_at)).scalar_one()
        row = connection.execute(select(deliveries)).one()

    assert read == story.now
    assert row.observed_at <= story.now
    assert row.changed_at is None or row.changed_at <= story.now
    assert row.next_attempt_at <= story.now


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_was_ahead_and_is_right_again_does_no_harm(story: Story, jump: float) -> None:
    """Edits are posted while it is ahead and after it; an idle pass sends nothing."""
    story.tell("A; pass")
    restarted_earlier(story, -jump)
    story.tell("B; pass")
    restarted_earlier(story, jump)
    story.tell("pass; C; pass; pass")

    assert story.sent == ["A", "B", "C"]
    assert story.held == "C"
    assert story.status.startswith("Synced")
