"""Folders while Drive fails: what was known is kept, and all goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pydantic import JsonValue

from sheets_sync.app import App, opened
from sheets_sync.cli.families import as_known
from sheets_sync.engine.families import Expanded
from sheets_sync.engine.observe import Observation
from sheets_sync.engine.schedule import once
from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.drive import DriveFiles, for_drive
from sheets_sync.google.transport import Transport
from sheets_sync.operations.checking import Check, checked, not_expanded
from sheets_sync.operations.overview import MappingView, overview
from tests.faults.weather import QUICK
from tests.folders.conftest import FILES, Folder, row
from tests.service import span

Fault = dict[str, JsonValue]

FAULTS: dict[str, Fault] = {
    "503": {"action": "status", "status": 503},
    "a page of a proxy": {"action": "html502"},
    "429 for an hour": {"action": "status", "status": 429, "retry_after": 3600},
    "cut": {"action": "drop"},
    "silence": {"action": "hang"},
}


@contextmanager
def expanded(folder: Folder, *, writes: bool) -> Iterator[tuple[App, Expanded]]:
    """A process of its own, which waits for Drive only shortly, and what it finds there."""
    with opened(folder.config(), writes=writes) as made:
        google = made.config.google
        drives = [
            DriveFiles(Transport(for_drive(account), api_root=google.api_root, limits=QUICK))
            for account in load_accounts(google.credentials or ())
        ]
        written = replace(made, context=replace(made.context, drives=drives))
        yield written.expanded(again=True)


def one_pass(folder: Folder) -> list[Observation]:
    """One `sheets-sync once` that waits only shortly."""
    with expanded(folder, writes=True) as (app, _):
        return once(app.context, app.config.mappings, app.drains)


def checks(folder: Folder) -> dict[str, Check]:
    """What `check` says, by link."""
    with expanded(folder, writes=False) as (app, found):
        said = [
            *not_expanded(found.troubles),
            *checked(app.context, app.config.mappings, app.arize, app.account),
        ]
    return {check.link: check for check in said}


def views(folder: Folder) -> dict[str, MappingView]:
    """What `status` shows, by name; it asks nobody."""
    config = folder.config()
    with opened(config, writes=False) as app:
        known = as_known(config).mappings
        seen = overview(app.context.state, known, families=app.families)
    assert not seen.needs_person
    return {view.name: view for view in seen.mappings}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_drive_that_fails_takes_nothing_away(folder: Folder, fault: Fault) -> None:
    """Members go on and are edited, the family says why it waits, and a new copy comes later."""
    ada, bob = folder.add("Ada", row(1)), folder.add("Bob", row(2))
    one_pass(folder)
    folder.control.fault("google", match=f"GET {FILES}", **fault)
    folder.add("Cleo", row(3))
    folder.expert.type(ada, "Review!D2", "Needs Improvement")

    members = [f"experts/{file}" for file in sorted((ada, bob))]
    assert sorted(one.mapping for one in one_pass(folder)) == members
    assert folder.labels() == {span(1): "Needs Improvement", span(2): "Satisfactory"}
    shown = views(folder)
    assert [shown[name].states for name in members] == [{"delivered": 1}, {"delivered": 1}]
    assert shown["experts"].trouble
    said = checks(folder)
    assert not said["mapping 'experts'"].ok
    assert said["mapping 'experts'"].is_out_of_reach
    assert said["mapping 'experts'"].said.startswith("Google: ")
    assert said["mapping 'experts'"].said.endswith("; taken as it was known")
    assert "family 'experts'" not in said
    assert all(said[f"mapping {name!r}"].ok for name in members)

    folder.control.end_faults()
    assert len(one_pass(folder)) == 3
    assert not any(view.trouble for view in views(folder).values())
    assert checks(folder)["family 'experts'"].said == "3 tabs in 3 spreadsheets"
    assert len(folder.control.mutations()) == 4


@pytest.mark.parametrize("name", ["503", "cut"])
def test_a_running_process_keeps_what_it_listed(folder: Folder, name: str) -> None:
    """Also files of which nothing was read yet; and it retires nothing."""
    folder.add("Ada", row(1))
    with expanded(folder, writes=True) as (app, _):
        folder.control.fault("google", match=f"GET {FILES}", **FAULTS[name])
        kept, found = app.expanded(again=True)
        assert kept.config == app.config
        assert list(found.troubles) == ["experts"]
        folder.control.end_faults()
        again, found = app.expanded(again=True)
    assert again.config == app.config
    assert not found.troubles


def test_a_drive_that_fails_before_anything_is_known(folder: Folder) -> None:
    """There is nothing to do, which is said and is nobody's fault; then all comes by itself."""
    ada = folder.add("Ada", row(1))
    folder.control.fault("google", match=f"GET {FILES}", **FAULTS["503"])
    assert one_pass(folder) == []
    assert views(folder)["experts"].trouble
    assert checks(folder)["mapping 'experts'"].is_out_of_reach
    folder.control.end_faults()
    assert [one.mapping for one in one_pass(folder)] == [f"experts/{ada}"]
    assert folder.judged() == [(span(1), "Ada")]


def test_a_short_failure_is_not_even_noted(folder: Folder) -> None:
    """One refusal in between is asked again at once."""
    folder.add("Ada", row(1))
    folder.control.fault("google", match=f"GET {FILES}", **FAULTS["503"], times=1)
    folder.control.fault("google", match=f"GET {FILES}", **FAULTS["cut"], times=1)
    assert len(one_pass(folder)) == 1
    assert "experts" not in views(folder) or not views(folder)["experts"].trouble


def test_tabs_that_cannot_be_listed_are_those_that_were_known(folder: Folder) -> None:
    """The spreadsheet itself fails while its folder is listed."""
    folder.mapping = {"worksheet": {"matching": "Rev.*"}}
    ada = folder.add("Ada", row(1))
    one_pass(folder)
    with expanded(folder, writes=True) as (app, _):
        late = replace(app.context, clock=lambda: app.context.clock() + 301)
        sheet = f"GET /v4/spreadsheets/{ada}"
        folder.control.fault("google", match=sheet, action="status", status=403)
        kept, found = replace(app, context=late).expanded(again=True)
    assert kept.config == app.config
    assert "not shared with" in str(found.troubles["experts"])
    folder.control.end_faults()
    one_pass(folder)
    assert len(folder.control.mutations()) == 1


def test_an_empty_folder_is_no_trouble(folder: Folder) -> None:
    """`check` says that nothing stands there, since it may be the wrong folder."""
    said = checks(folder)["family 'experts'"]
    assert said.ok
    assert said.said == "nothing stands there yet"
