from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from threading import Thread

import pytest

from sheets_sync.app import opened
from sheets_sync.domain.delivery import Outcome, Post
from sheets_sync.engine.deliver import deliver
from sheets_sync.engine.observe import observe
from sheets_sync.engine.schedule import run
from sheets_sync.observability.logs import configure_logging
from tests.observability.conftest import eventually, running
from tests.service import Service, span

START_AND_STOP = {"running", "stopping", "stopped"}


def test_every_line_of_a_run_has_the_id_of_its_pass(service: Service) -> None:
    """A look, a slice of deliveries and a report each have one of their own."""
    with running(service) as found:
        eventually(lambda: "Synced" in str(service.sheet()))
        service.type("E2", 5)
        eventually(lambda: service.scores() == {span(1): 5})
    lines = [json.loads(line) for line in found.log]
    events = defaultdict(set)
    for line in lines:
        events[line.get("pass")].add(line["event"])

    assert events.pop(None) == START_AND_STOP
    assert all(len(one) == 12 for one in events)
    looks = {line["pass"] for line in lines if line["event"] == "observed"}
    slices = {line["pass"] for line in lines if line["event"] == "delivered"}
    assert len(looks) == 2
    assert len(slices) == 2
    assert not looks & slices


@pytest.mark.usefixtures("logs_restored")
def test_what_befalls_the_state_has_an_id_too(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said between two looks, at the start as later."""
    service.once()
    config = service.config()
    configure_logging("info", "json")
    said: list[str] = []

    def is_said(event: str) -> bool:
        said.extend(capsys.readouterr().err.splitlines())
        return any(event in line for line in said)

    with opened(config, writes=True) as app:
        with app.context.state.writing() as connection:
            connection.exec_driver_sql("UPDATE mappings SET read_at = read_at + 3600")
        thread = Thread(target=run, args=(app.context, config.mappings, app.drains))
        thread.start()
        try:
            eventually(lambda: is_said("running"))
            with app.context.state.writing() as connection:
                connection.exec_driver_sql("ALTER TABLE tabs RENAME TO gone")
            eventually(lambda: is_said("nothing is recorded or sent"))
        finally:
            app.context.stopping.set()
            thread.join()
    lines = [json.loads(line) for line in said]

    assert {line["event"] for line in lines if "pass" not in line} == {"running"}
    assert {line["event"] for line in lines} >= {"the clock was put back"}


class Unforeseen:
    """An Arize client with a fault of its own."""

    def post(self, posts: Sequence[Post]) -> list[Outcome]:
        """Whatever it is asked."""
        raise KeyError(len(posts))


@pytest.mark.usefixtures("logs_restored")
def test_threads_that_post_share_the_id_of_their_pass(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is logged in one of them stands beside what is logged of its answer."""
    config = service.config()
    configure_logging("info", "json")
    with opened(config, writes=True) as app:
        observe(app.context, service.spreadsheet, config.mappings)
        (drain,) = app.drains
        drain.arize = Unforeseen()
        deliver(app.context, drain, app.context.clock() + 1)
    observed, *posted = map(json.loads, capsys.readouterr().err.splitlines())

    assert observed["event"] == "observed"
    assert {line["event"] for line in posted} >= {"unknown failure", "no answer"}
    assert len({line["pass"] for line in posted}) == 1
    assert posted[0]["pass"] != observed["pass"]


@pytest.mark.usefixtures("logs_restored")
def test_people_are_spared_the_ids(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """Only JSON lines are searched by machines."""
    config = service.config()
    configure_logging("info", "console")
    with opened(config, writes=True) as app:
        service.passes(app)
    said = capsys.readouterr().err

    assert "delivered" in said
    assert "pass" not in said
