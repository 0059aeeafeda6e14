from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable

from pydantic import JsonValue

from tests.command import Command
from tests.provision.acting import at_a_terminal, resource
from tests.service import Service

ENVIRONMENT = {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox", "COLUMNS": "200"}


def program(
    service: Service, *words: str, main: Callable[[], object] | None = None
) -> subprocess.CompletedProcess[str]:
    """The real command, without a terminal unless `main` says otherwise."""
    service.config()
    typed = ["provision", *words, "--config", str(service.path)]
    command = Command(typed, ENVIRONMENT, main=main) if main else Command(typed, ENVIRONMENT)
    shown, errors = command.communicate()
    assert command.returncode is not None
    return subprocess.CompletedProcess(words, command.returncode, shown, errors)


def test_nothing_is_done_unasked(service: Service) -> None:
    """Without a terminal it says what it would do, and that --yes is needed."""
    before = resource(service)
    asked = program(service)
    shown = program(service, "--dry-run")
    listed = program(service, "support-answers", "--json")

    assert (asked.returncode, shown.returncode, listed.returncode) == (1, 0, 1)
    assert asked.stderr == "nothing was changed; say --yes to do this\n"
    assert shown.stdout == asked.stdout
    assert '+ column E "Helpfulness": accept numbers from 0 to 5\n' in shown.stdout
    assert (
        'column E "Helpfulness": accept numbers from 0 to 5'
        in (json.loads(listed.stdout)["tabs"][0]["steps"])
    )
    assert resource(service) == before


def test_it_is_done_once_and_undone(service: Service) -> None:
    """Each run ends in a state in which the next has nothing to do."""
    done = program(service, "--yes")
    again = program(service)
    undone = program(service, "--remove", "--yes", "--json")
    nothing = program(service, "--remove")
    unknown = program(service, "nobody")

    assert [done.returncode, again.returncode, undone.returncode, nothing.returncode] == [0] * 4
    assert done.stdout.endswith("done: 17 steps\n")
    assert again.stdout.splitlines()[1:] == ["  nothing to do"]
    assert json.loads(undone.stdout)["done"] is True
    assert nothing.stdout.splitlines()[1:] == ["  nothing to do"]
    assert unknown.returncode == 2


def test_a_trouble_keeps_all_from_being_done(service: Service) -> None:
    """Exit 1 with its words, and nothing is prepared until the others are named alone."""
    mapping = service.mappings()[0]
    other = {"name": "b", "spreadsheet": "1nowhere0000", "worksheet": "Review"}
    service.sections = {"mappings": [mapping, mapping | other]}
    before = resource(service)
    refused = program(service, "--yes")

    assert refused.returncode == 1
    assert "spreadsheet 1nowhere0000: not found" in refused.stdout
    assert resource(service) == before
    assert program(service, "support-answers", "--yes").returncode == 0


def test_at_a_terminal_it_asks_and_does_what_was_shown(service: Service) -> None:
    """What has changed between question and answer is not done but to be looked at again."""
    cell = f"{service.spreadsheet}/values/Review!H1?valueInputOption=RAW"
    body: JsonValue = {"values": [["Done"]]}
    service.control.between("GET /v4", f"/v4/spreadsheets/{cell}", body, method="PUT", after=3)
    changed = program(service, main=at_a_terminal)
    unchanged = program(service, main=at_a_terminal)

    assert service.control.edits_made() == [200]
    assert changed.returncode == 1
    assert "Do this? [y/N]:" in changed.stdout
    assert changed.stderr.startswith("the sheet has changed meanwhile; look at it again\n")
    assert unchanged.returncode == 0
    assert unchanged.stdout.endswith("done: 16 steps\n")
