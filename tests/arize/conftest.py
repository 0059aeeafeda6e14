from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from sheets_sync.arize import ArizeClient, DialectSetting
from sheets_sync.domain.annotation import Annotation, MetricValue
from sheets_sync.domain.delivery import Dialect, Post
from sheets_sync.sandbox.server import Sandbox
from tests.arize.posts import KEY, LABEL, MODEL, RECORDS, Batch, Connect, MakePost
from tests.sandbox_client import Control


@pytest.fixture
def make_post() -> MakePost:
    """A post of one record; what a test does not name is believable."""

    def make(
        attempt: str = "attempt-0",
        *metrics: MetricValue,
        record_id: str = "e351b661b957e727",
        note: str | None = None,
        with_note: bool = False,
        start_time: str = "2026-11-24T09:15:30Z",
    ) -> Post:
        annotation = Annotation(
            endpoint="https://app.arize.com/graphql",
            model_id=MODEL,
            environment="tracing",
            record_id=record_id,
            start_time=start_time,
            metrics=metrics or (LABEL,),
            note=note,
        )
        return Post(attempt, annotation, with_note)

    return make


@pytest.fixture
def connect(sandbox: Sandbox, control: Control) -> Iterator[Connect]:
    """A client of the sandbox, which knows ten records and has no limits a minute."""
    control.add_spans(MODEL, RECORDS, "2026-11-24T10:00:00Z")
    control.set(quotas={"arize_mutations": None, "arize_requests": None})
    clients: list[ArizeClient] = []

    def make(
        dialect: DialectSetting = "seed",
        *,
        timeout: float = 10.0,
        key: str = KEY,
        remembered: Dialect | None = None,
        stopping: Event | None = None,
    ) -> ArizeClient:
        client = ArizeClient(
            sandbox.contact.arize_graphql,
            key,
            dialect=dialect,
            remembered=remembered,
            timeout=timeout,
            mutations_per_minute=60_000,
            requests_per_minute=60_000,
            stopping=stopping,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def batch(make_post: MakePost) -> Batch:
    """Three posts of three records, each with one label."""

    def make(*metrics: MetricValue, **details: object) -> list[Post]:
        return [
            make_post(f"attempt-{index}", *(metrics or (LABEL,)), record_id=record, **details)
            for index, record in enumerate(RECORDS[:3])
        ]

    return make
