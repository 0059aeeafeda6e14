from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.arize.transport import longest
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.wire import Answer, Call
from sheets_sync.store.database import State
from sheets_sync.store.replicas import LEASE
from tests.replicas.conftest import ROWS, SHEETS, Shared, sharing
from tests.sandbox_client import Control
from tests.service import span
from tests.state.commands import outcomes, told, wait_until

POLL = 2.0
POLLS = 4


@pytest.mark.long
def test_three_replicas_do_what_one_would_do(shared: Shared) -> None:
    """Each row is posted once, each sheet read once a poll, and nobody is asked for nothing."""
    shared.start(3)
    living = [*shared.replicas]
    wait_until(lambda: shared.synced == SHEETS * ROWS, shared.replicas[0])
    shared.control.forget_calls()
    began = time.monotonic()
    wait_until(lambda: shared.control.calls().reads >= SHEETS * POLLS, shared.replicas[0])
    polls = (time.monotonic() - began) / POLL
    calls = shared.control.calls()
    alive = told(shared, "status", "--alive").code
    seen = told(shared, "status", "--json")
    shown = told(shared, "status").shown
    ended = shared.stop()

    names = {f":{ended_by.pid}" for ended_by in living}
    assert {re.sub(".*:", ":", one["name"]) for one in json.loads(seen.shown)["replicas"]} == names
    assert shown.count("\nreplica ") == 3
    assert "\nqueue: " in shown
    assert [one.code for one in ended] == [0, 0, 0]
    assert (alive, told(shared, "status", "--alive").code) == (0, 1)
    assert len(shared.control.mutations()) == SHEETS * ROWS
    assert calls.reads < 2 * SHEETS * polls
    assert calls.arize.requests == 0


def test_an_edit_is_posted_by_whoever_sees_it(shared: Shared) -> None:
    """Once, and its status follows; a replica more or less makes no difference."""
    shared.start(2)
    wait_until(lambda: shared.synced == SHEETS * ROWS, shared.replicas[0])
    before = len(shared.control.mutations())
    shared.start(1)
    shared.type("E2", 5)
    wait_until(lambda: shared.scores()[span(0)] == 5, shared.replicas[0])
    wait_until(lambda: None not in outcomes(shared))
    shared.kill(shared.replicas[0])
    shared.type("E3", 4)
    wait_until(lambda: shared.scores()[span(1)] == 4, shared.replicas[0])

    assert len(shared.control.mutations()) == before + 2


@pytest.mark.long
def test_pause_and_resume_reach_all(shared: Shared) -> None:
    """They are kept in the state: who pauses need not know how many replicas there are."""
    shared.start(2)
    wait_until(lambda: shared.synced == SHEETS * ROWS, shared.replicas[0])
    assert told(shared, "pause", "sheet 0").code == 0
    shared.type("E2", 5)
    wait_until(lambda: shared.sheet()[1][-1] == "Edited, queued", shared.replicas[0])
    time.sleep(POLL)
    paused = shared.scores()[span(0)]
    assert told(shared, "resume", "sheet 0").code == 0
    wait_until(lambda: shared.scores()[span(0)] == 5, shared.replicas[0])

    assert paused == 0


@pytest.mark.long
def test_a_new_configuration_is_the_only_one_that_acts(shared: Shared, state: State) -> None:
    """A replica that has it makes the others wait, until they have it too."""
    shared.start(1)
    wait_until(lambda: shared.synced == SHEETS * ROWS, shared.replicas[0])
    text = shared.path.read_text(encoding="utf-8").replace("Needs Improvement", "Needs Work")
    new = shared.folder / "new.yaml"
    new.write_text(text, encoding="utf-8")
    shared.start(1, new)
    wait_until(lambda: shared.looker(state).endswith(f":{shared.replicas[1].pid}"))
    shared.type("D2", "Needs Work")
    wait_until(lambda: shared.labels()[span(0)] == "Needs Work", shared.replicas[1])
    time.sleep(2 * POLL)
    posted = [one for one in shared.control.mutations() if one.record_id == span(0)]
    shared.path.write_text(text, encoding="utf-8")
    shared.kill(shared.replicas[1])
    shared.type("E2", 5)
    wait_until(lambda: shared.scores()[span(0)] == 5, shared.replicas[0])

    assert len(posted) == 2
    assert shared.labels()[span(0)] == "Needs Work"


@pytest.mark.long
def test_a_backlog_outlives_who_was_at_it(shared: Shared, state: State) -> None:
    """It is taken up within a minute of the dead one's lease, and nothing is lost."""
    shared.arize |= {"mutations_per_minute": 90}
    shared.config()
    shared.start(2)
    wait_until(lambda: len(shared.labels()) >= ROWS)
    (drainer,) = (one for one in shared.replicas if f":{one.pid}" in shared.poster(state))
    shared.kill(drainer)
    posted, began = len(shared.labels()), time.monotonic()
    wait_until(lambda: len(shared.labels()) > posted + 3, shared.replicas[0])
    lasted = time.monotonic() - began
    wait_until(lambda: shared.synced == SHEETS * ROWS, shared.replicas[0])
    posts = Counter(mutation.record_id for mutation in shared.control.mutations())

    assert posted < SHEETS * ROWS
    assert lasted < LEASE + longest(30.0) + 60
    assert len(posts) == SHEETS * ROWS
    assert sum(posts.values()) <= SHEETS * ROWS + 6
    assert all(a.notes == list(dict.fromkeys(a.notes)) for a in shared.control.annotations())


READS, MUTATIONS = 30, 60
"""A minute, as the sandbox counts and the replicas are told."""


def test_all_together_ask_no_more_than_one_may(
    sandbox_key: RSAPrivateKey, tmp_path: Path, postgres_url: str
) -> None:
    """Three replicas with more to do than a minute holds are refused nothing."""
    reads: Counter[str] = Counter()
    refused: list[Answer] = []

    def note(call: Call, answer: Answer) -> None:
        reads[call.headers.get("user-agent", "")] += call.method == "GET"
        if answer.status == 429:
            refused.append(answer)

    with (
        Sandbox(key=sandbox_key, observer=note) as sandbox,
        Control(sandbox.contact) as control,
        sharing(sandbox, control, tmp_path, postgres_url) as shared,
    ):
        control.set(
            quotas={
                "google_reads_per_user": READS,
                "google_writes_per_user": READS,
                "arize_mutations": MUTATIONS,
                "arize_requests": MUTATIONS,
            }
        )
        shared.sections |= {
            "google": shared.settings()["google"]
            | {"reads_per_minute": READS, "writes_per_minute": READS}
        }
        shared.arize |= {"mutations_per_minute": MUTATIONS, "requests_per_minute": MUTATIONS}
        shared.mapping |= {"poll": "1s", "detect": "poll"}
        shared.config()
        shared.start(3)
        wait_until(lambda: control.calls().reads >= READS - 2, shared.replicas[0])
        time.sleep(3)
        calls = control.calls()
        by = {agent for agent in reads if agent.startswith("sheets-sync ")}

    assert refused == []
    assert READS - 2 <= calls.reads <= READS
    assert 0 < calls.arize.mutations <= MUTATIONS
    assert len(by) > 1
