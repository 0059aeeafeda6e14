"""A folder of copies, over HTTP."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from sheets_sync.app import connected, opened
from sheets_sync.cli.families import as_known
from sheets_sync.cli.running import Running
from sheets_sync.operations.overview import overview
from tests.command import Command
from tests.faults.test_run_goes_on import until
from tests.folders.conftest import Folder, row
from tests.service import span


def test_a_copy_for_each_expert(folder: Folder) -> None:
    """Its title is who judged. Moved out and in again, it sends nothing; renamed, it is held."""
    ada, bob = folder.add("Ada", row(1)), folder.add("Bob", row(2))
    assert len(folder.once()) == 2
    assert folder.judged() == [(span(1), "Ada"), (span(2), "Bob")]

    folder.move(bob, into=False)
    folder.expert.type(bob, "Review!D2", "Needs Improvement")
    assert [one.mapping for one in folder.once()] == [f"experts/{ada}"]
    folder.expert.type(bob, "Review!D2", "Satisfactory")
    folder.move(bob, into=True)
    assert len(folder.once()) == 2
    assert len(folder.control.mutations()) == 2

    folder.ask("PATCH", f"/{bob}", {"name": "Bea"})
    folder.once()
    folder.approve(f"experts/{bob}")
    folder.once()
    assert folder.judged() == [(span(1), "Ada"), (span(2), "Bea")]


def test_what_cannot_be_listed_is_as_it_was(folder: Folder) -> None:
    """Nothing is retired, in no process; the family says why, and what to do."""
    folder.add("Ada", row(1))
    gone = folder.add("Bob", row(2))
    folder.once()
    folder.move(gone, into=False)
    folder.once()

    folder.control.fault("google", match="GET /drive/v3/files", action="status", status=403)
    observed = folder.once()
    assert [one.plan is not None and one.plan.unchanged for one in observed] == [1]
    config = folder.config()
    with opened(config, writes=False) as app:
        known = as_known(config).mappings
        seen = overview(app.context.state, known, families=app.families)
    assert [view.states for view in seen.mappings] == [{"delivered": 1}, {}]
    assert seen.needs_person
    assert f"folder {folder.id}: " in seen.mappings[1].trouble
    assert "share the folder with " in seen.mappings[1].trouble

    folder.control.end_faults()
    folder.once()
    with opened(config, writes=False) as app:
        assert not overview(app.context.state, known, families=app.families).needs_person
    assert len(folder.control.mutations()) == 2


def test_a_folder_that_nobody_shared(folder: Folder) -> None:
    """It looks like an empty one at Google, but is none."""
    folder.id = "1NobodyHasThisFolder"
    config = folder.config()
    with opened(config, writes=True) as written:
        _, found = written.expanded(again=True)
    assert "not found" in str(found.troubles["experts"])


def test_a_copy_that_appears_while_run_is_running(folder: Folder, tmp_path: Path) -> None:
    """It is taken up at the next look at the folder, and let go of after it was moved out."""
    folder.mapping["poll"] = "1s"
    folder.add("Ada", row(1))
    config = folder.config()
    leaving = threading.Event()
    with connected(config.state, writes=True) as connections:
        running = Running(tmp_path / "sheets.yaml", connections, config, families_every=0.3)

        def live() -> None:
            while not leaving.is_set():
                connections.stopping.clear()
                running.run()

        thread = threading.Thread(target=live)
        with running.following(lambda: config):
            thread.start()
            try:
                until(lambda: folder.judged() == [(span(1), "Ada")])
                cleo = folder.add("Cleo", row(3))
                until(lambda: folder.judged() == [(span(1), "Ada"), (span(3), "Cleo")])
                until(lambda: len(as_known(config).mappings) == 2)
                folder.move(cleo, into=False)
                until(lambda: len(as_known(config).mappings) == 1)
            finally:
                leaving.set()
                connections.stopping.set()
                thread.join()
    assert len(folder.control.mutations()) == 2


def test_matching_tabs_and_a_cell(folder: Folder) -> None:
    """Every tab with a matching title, judged by whom its cell names; an edit of that is held."""
    folder.mapping = {"worksheet": {"matching": "Round .*"}, "header_row": 2}
    folder.mapping["updated_by"] = {"cell": "B1"}
    file = folder.add("Ada")
    folder.expert.change(
        file,
        {"addSheet": {"properties": {"sheetId": 7, "title": "Round 1"}}},
        {"addSheet": {"properties": {"sheetId": 8, "title": "Old Round 1"}}},
    )
    headers = folder.expert.read(file, "Review!1:1")[0]
    for tab in ("Round 1", "Old Round 1"):
        folder.expert.type_rows(file, f"{tab}!A1", [["By", "Ada"], headers, row(4)])
    assert [one.mapping for one in folder.once()] == [f"experts/{file}/7"]
    assert folder.judged() == [(span(4), "Ada")]

    folder.once()
    assert len(folder.control.mutations()) == 1
    folder.expert.type(file, "Round 1!B1", "Bob")
    folder.once()
    folder.approve(f"experts/{file}/7")
    folder.once()
    assert folder.judged() == [(span(4), "Bob")]


def test_commands_know_the_members(folder: Folder) -> None:
    """Those that look ask Google, even about an empty folder; the others recall what was read."""
    assert folder.once() == []

    def told(*words: str) -> str:
        environ = {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"}
        command = Command([*words, "--config", str(folder.path)], environ)
        output, errors = command.communicate()
        assert command.returncode == 0, output + errors
        return output

    name = f"experts/{folder.add('Ada', row(1))}"
    assert [one["name"] for one in json.loads(told("plan", "--json"))] == [name]
    assert json.loads(told("provision", name, "--dry-run", "--json"))["tabs"][0]["steps"]
    folder.once()
    folder.control.forget_calls()
    assert [one["name"] for one in json.loads(told("status", "--json"))["mappings"]] == [name]
    assert told("pause", name) == f"{name}: paused\n"
    assert not folder.control.calls().google
