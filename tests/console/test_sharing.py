from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Page, expect

from sheets_sync.store.database import State, open_state
from sheets_sync.store.replicas import note_alive, note_end
from tests.command import Command
from tests.console.office import KEYS, Office, eventually
from tests.postgres import Postgres, libpq
from tests.service import answer, span
from tests.state.commands import end

WITHIN = 10_000
"""Milliseconds until all have seen who has come, and the page shows it."""
ANOTHER = "another:1"


@pytest.fixture(scope="module")
def state(postgres: Postgres) -> Iterator[State]:
    """What they share."""
    with postgres.database() as url:
        state = open_state(url)
        yield state
        state.engine.dispose()


@pytest.fixture(scope="module")
def console(office: Office, state: State) -> Iterator[Office]:
    """A sheet that is in step, and the replica whose console it is."""
    office.add("answers", [answer(1, "Satisfactory", 4, "", "Ada")])
    with office.open(state=url_of(state)):
        eventually(office.sheets["answers"].statuses)
        yield office


def url_of(state: State) -> str:
    """As a configuration has it."""
    return state.engine.url.render_as_string(hide_password=False)


def test_replicas_come_and_go(console: Office, page: Page) -> None:
    """Each that lives has a line with its name, since when it runs and when it was seen."""
    page.goto(console.address())
    lines = page.get_by_label("Replicas").locator("li")
    expect(lines).to_have_count(1)
    other = Command(["run", "--config", str(console.config)], {**os.environ, **KEYS})
    try:
        expect(lines).to_have_count(2, timeout=WITHIN)
        expect(lines.nth(1)).to_contain_text(f":{other.pid}")
        for line in lines.all():
            for words in ("newest configuration", "now: ", "since ", "seen "):
                expect(line).to_contain_text(words)
        seen = lines.nth(1).get_by_text("seen ")
        expect(seen).not_to_have_text(seen.inner_text(), timeout=WITHIN)
    finally:
        other.send_signal(signal.SIGTERM)
        end(other)
    expect(lines).to_have_count(1, timeout=WITHIN)
    expect(lines).not_to_contain_text(f":{other.pid}")


def test_who_is_at_what_and_who_waits(console: Office, page: Page, state: State) -> None:
    """A replica with a newer configuration makes this one wait; acts are counted by kind.

    The other gone, this one acts again.
    """
    page.goto(console.address())
    lines = page.get_by_label("Replicas").locator("li")
    expect(lines).to_have_count(1)
    with psycopg.connect(libpq(url_of(state))) as connection:
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, scheduled_at) "
            "SELECT 'report', 'report', 'report ' || n, '{}', now() + interval '1 hour' "
            "FROM generate_series(1, 2) AS n"
        )
    with state.beside() as connection:
        doing = ["observe a", "observe b", "deliver default"]
        note_alive(connection, ANOTHER, "newer", doing, state.now())
    expect(lines).to_have_count(2, timeout=WITHIN)
    expect(lines.nth(0).locator(".chip")).to_have_text("waits")
    expect(lines.nth(0)).to_contain_text("Others have a newer configuration.")
    expect(lines.nth(1)).to_contain_text(ANOTHER)
    expect(lines.nth(1).locator(".chip")).to_have_text("newest configuration")
    expect(lines.nth(1)).to_contain_text("now: deliver 1, observe 2")
    expect(lines.nth(1).get_by_text("Others have")).to_be_hidden()
    expect(page.get_by_text("Queue: ")).to_contain_text("report 2")

    with state.beside() as connection:
        note_end(connection, ANOTHER)
    expect(lines).to_have_count(1, timeout=WITHIN)
    expect(lines.locator(".chip")).to_have_text("newest configuration")
    console.sheets["answers"].type("D2", "Needs Improvement")
    eventually(lambda: console.labels() == {span(1): "Needs Improvement"})
