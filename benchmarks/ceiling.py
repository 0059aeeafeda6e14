"""How near to Arize's limits a backlog goes out, and whether it is ever told to wait."""

from __future__ import annotations

import time

import structlog

from benchmarks.deliver import MODEL, POLICY, Recording, backlog
from benchmarks.figure import Begin, Figure, quietly
from sheets_sync.arize.client import ArizeClient
from sheets_sync.engine.deliver import Drain, deliver
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control

MUTATIONS = 300
"""Arize's documented limit per minute."""


MEASURES = ("Arize's ceiling, up to 3 minutes",)


def figures(*, quick: bool, begin: Begin = quietly) -> list[Figure]:
    """Rows and annotations a minute against the sandbox's sliding windows, and its 429 answers."""
    begin(*MEASURES)
    minutes = 1 if quick else 3
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    rows = MUTATIONS * (minutes + 1)
    with Sandbox() as sandbox, Control(sandbox.contact) as control, backlog(rows) as context:
        spans = [f"{number:016x}" for number in range(rows)]
        control.add_spans(MODEL, spans, "2026-11-20T10:00:00Z")
        client = ArizeClient(sandbox.contact.arize_graphql, "a-key-of-nobody", dialect="seed")
        recording = Recording(client)
        drain = Drain("default", recording, POLICY, batch_size=3, concurrency=2)
        began = time.monotonic()
        deliver(context, drain, until=context.clock() + 60 * minutes)
        per_minute = 60 / (time.monotonic() - began)
        client.close()
        applied = control.mutations()
    annotations = sum(len(mutation.annotations) for mutation in applied)
    how = f"sandbox, {minutes} min, batch 3, 3 metrics a row"
    return [
        Figure("Arize's ceiling", len(applied) * per_minute, "rows/min", 285, note=how),
        Figure("the same in annotations", annotations * per_minute, "a minute", 855, note=how),
        Figure(
            "rows not accepted at the ceiling (429)",
            recording.unaccepted,
            "rows",
            0,
            "at most",
            note=how,
        ),
    ]
