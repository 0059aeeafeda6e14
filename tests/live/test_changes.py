"""A configuration that is changed while `run` is running."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from sheets_sync.store.database import State, is_locked
from tests.command import Command
from tests.faults.test_run_goes_on import until
from tests.live.conftest import Live
from tests.service import span

YEARLY = "0 0 1 1 *"


def lines(command: Command, event: str) -> list[dict[str, Any]]:
    """What was logged of it, once the program has ended."""
    logged = [json.loads(line) for line in command.communicate()[1].splitlines()]
    return [line for line in logged if line["event"] == event]


def test_a_folder_that_changes(live: Live, state: State, tmp_path: Path) -> None:
    """A mapping is read at once, no other is; renamed, removed, there again: nothing is sent again.

    Its file is written, replaced, exchanged with its folder behind a link, and written again.
    """
    folder, next_folder, path = tmp_path / "1", tmp_path / "2", tmp_path / "config"
    for one in (folder, next_folder):
        one.mkdir()
        (one / "a.yaml").write_text(live.text(live.first()))
    path.symlink_to(folder)
    with live.running(path) as command:
        live.wait_until_synced(state, "support-answers", 1)
        read_at = live.view(state, "support-answers").read_at

        (folder / "b.yaml").write_text(json.dumps({"mappings": [live.second(poll=YEARLY)]}))
        live.wait_until_synced(state, "more", 1)
        assert live.labels() == {span(1): "Satisfactory", span(5): "Satisfactory"}

        renamed = {"mappings": [live.second(name="renamed", poll=YEARLY)]}
        (tmp_path / "new").write_text(json.dumps(renamed))
        (tmp_path / "new").replace(folder / "b.yaml")
        live.wait_until_synced(state, "renamed", 1)
        assert live.view(state, "more").read_at is None

        (tmp_path / "link").symlink_to(next_folder)
        os.replace(tmp_path / "link", path)  # noqa: PTH105 - Path.replace says the same
        until(lambda: live.view(state, "renamed").read_at is None)
        (next_folder / "b.yaml").write_text(json.dumps(renamed))
        live.wait_until_synced(state, "renamed", 1)
        assert is_locked(f"sqlite:///{tmp_path}/state.db")
        assert live.view(state, "support-answers").read_at == read_at
    assert [m.record_id for m in live.control.mutations()] == [span(1), span(5)]
    assert [line["new"] for line in lines(command, "configuration applied")] == [
        ["more"],
        ["renamed"],
        [],
        ["renamed"],
    ]


def test_what_cannot_be_used_is_refused(live: Live, state: State, tmp_path: Path) -> None:
    """The running configuration goes on and says why, once; the next good one is applied."""
    path, first = tmp_path / "sheets.yaml", live.first(poll="1s")
    path.write_text(live.text(first))
    with socket.create_server(("127.0.0.1", 0)) as taken, live.running(path) as command:
        live.wait_until_synced(state, "support-answers", 1)

        path.write_text(live.text(first | {"worksheet": None, "recordid": "Span ID"}))
        until(lambda: len(live.seen(state).refused) == 2)
        path.touch()
        refused = live.seen(state)
        alive = live.command("status", "--alive", "--config", str(path))
        assert alive.communicate() == ("", "")
        assert alive.returncode == 0

        path.write_text(live.text(first, state=f"sqlite:///{tmp_path}/other.db"))
        until(lambda: "needs a restart" in str(live.seen(state).refused))

        port: int = taken.getsockname()[1]
        path.write_text(live.text(first, http={"port": port}))
        until(lambda: f"{port} cannot be used" in str(live.seen(state).refused))
        live.type("D2", "Needs Improvement")
        until(lambda: live.labels() == {span(1): "Needs Improvement"})

        path.write_text(live.text(first, contact="somebody else"))
        until(lambda: not live.seen(state).refused)
    assert refused.needs_person
    assert [problem.split(": ")[1:3] for problem in refused.refused] == [
        ["mappings[0].recordid", "unknown key 'recordid'; did you mean 'record_id'?"],
        ["mappings[0].worksheet", "is missing"],
    ]
    assert len(lines(command, "configuration refused, the running one is kept")) == 3
    assert len(lines(command, "configuration applied")) == 1
    assert not (tmp_path / "other.db").exists()
