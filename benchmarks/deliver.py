"""How fast a backlog goes out where Arize sets no limit, beside a bare HTTP loop."""

from __future__ import annotations

import json
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import requests
import structlog

from benchmarks.arize import minimal_arize
from benchmarks.figure import Begin, Figure, quietly
from sheets_sync.arize.client import ArizeClient
from sheets_sync.arize.mutation import mutation
from sheets_sync.domain.annotation import Annotation, MetricValue
from sheets_sync.domain.delivery import Accepted, Outcome, Post, RetryPolicy
from sheets_sync.domain.hold import HoldLimits
from sheets_sync.domain.plan import Change, Plan
from sheets_sync.domain.row import Tab
from sheets_sync.engine.context import Context
from sheets_sync.engine.deliver import Drain, deliver
from sheets_sync.google.spread import SpreadSheets
from sheets_sync.store import observations, places
from sheets_sync.store.database import State, open_state

UNLIMITED = 10**9
MEASURES = (*(f"Arize at 0 ms, {turn} of 5" for turn in range(1, 6)), "Arize at 50 ms")
POLICY = RetryPolicy(8, timedelta(days=1), timedelta(minutes=5))
MODEL = "TW9kZWw6MTpBYkNk"


@dataclass
class Recording:
    """The client, and how many rows were not accepted. It keeps none, as the program keeps none."""

    client: ArizeClient
    unaccepted: int = 0

    def post(self, posts: Sequence[Post]) -> list[Outcome]:
        """As the client."""
        outcomes = self.client.post(posts)
        self.unaccepted += sum(not isinstance(outcome, Accepted) for outcome in outcomes)
        return outcomes


def figures(*, quick: bool, begin: Begin = quietly) -> list[Figure]:
    """Rows a second with receipts committed, SQLite with `synchronous` FULL."""
    rows = 1_500 if quick else 9_000
    near = []
    for turn in MEASURES[:-1]:
        begin(turn)
        near.append(measured(rows, batch=4, concurrency=32, latency=0.0))
    ours, bare = max(near)
    begin(MEASURES[-1])
    far, _ = measured(rows, batch=10, concurrency=16, latency=0.05)
    how = "batch 4, concurrency 32, receipts committed, synchronous FULL, best of 5"
    return [
        Figure("Arize at 0 ms, beside a bare HTTP loop", ours, "rows/s", 0.6 * bare, note=how),
        Figure("Arize at 0 ms", ours, "rows/s", 1_700, note=f"{how}; drt-core 1.2.1: 1,667"),
        Figure(
            "Arize at 50 ms",
            far,
            "rows/s",
            1_000,
            note="batch 10, concurrency 16; arize_toolkit 1.0.20: 18",
        ),
    ]


def measured(rows: int, *, batch: int, concurrency: int, latency: float) -> tuple[float, float]:
    """Rows a second of deliver, and of a loop that sends the same bodies one after the other."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with backlog(rows) as context, minimal_arize(latency) as url:
        client = ArizeClient(
            url,
            "a-key-of-nobody",
            dialect="seed",
            mutations_per_minute=UNLIMITED,
            requests_per_minute=UNLIMITED,
        )
        recording = Recording(client)
        drain = Drain("default", recording, POLICY, batch_size=batch, concurrency=concurrency)
        began = time.perf_counter()
        posted = deliver(context, drain, until=context.clock() + 3600)
        ours = (posted - recording.unaccepted) / (time.perf_counter() - began)
        client.close()
        assert posted == rows
        return ours, _bare(url, 200 * batch if latency else rows, batch)


@contextmanager
def backlog(rows: int) -> Iterator[Context]:
    """A state with so many rows to send, three metrics and a note each."""
    with tempfile.TemporaryDirectory() as folder:
        state = open_state(f"sqlite:///{Path(folder) / 'state.db'}")
        _observe(state, rows)
        try:
            yield Context(state, SpreadSheets([]), "ops@example.com", HoldLimits(0.25, 20))
        finally:
            state.engine.dispose()


def _observe(state: State, rows: int) -> None:
    changes = tuple(_change(number) for number in range(rows))
    with state.writing() as connection:
        tab = places.tab_id(connection, "bench", Tab("sheet", 0, "Review"), ZoneInfo("UTC"))
        observations.record_plan(connection, tab, Plan(changes, (), (), (), (), 0), time.time())


def _change(number: int) -> Change:
    annotation = Annotation(
        "default",
        MODEL,
        "tracing",
        f"{number:016x}",
        "2026-11-20T10:00:00Z",
        (
            MetricValue("Adequacy", "label", "Satisfactory", "Ada"),
            MetricValue("Helpfulness", "score", float(number % 6), "Ada"),
            MetricValue("Truth", "score", 1.0, "Ada"),
        ),
        note=f"Note {number}",
    )
    return Change("new", f"{number:016x}", number, f"{number}", "pending", None, annotation)


def _bare(url: str, rows: int, batch: int) -> float:
    bodies = [_body(range(start, start + batch)) for start in range(0, rows, batch)]
    with requests.Session() as session:
        session.trust_env = False
        began = time.perf_counter()
        for body in bodies:
            session.post(url, data=body, headers={"Content-Type": "application/json"}).json()
        return rows / (time.perf_counter() - began)


def _body(numbers: Iterable[int]) -> bytes:
    """As deliver sends it for these rows."""
    posts = [
        Post(f"{uuid.uuid4().hex}-{number}", annotation, with_note=True)
        for number in numbers
        if (annotation := _change(number).annotation)
    ]
    return json.dumps(mutation(posts, "seed").payload).encode()
