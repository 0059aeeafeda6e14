from __future__ import annotations

from collections.abc import Callable

import pytest

from sheets_sync.domain.annotation import Annotation, MetricValue
from sheets_sync.domain.delivery import Post

MakePost = Callable[..., Post]

ADEQUACY = MetricValue("Adequacy", "label", "Satisfactory", config_id="Q29uZmlnOjE=")


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
            model_id="TW9kZWw6MToxMjM0",
            environment="tracing",
            record_id=record_id,
            start_time=start_time,
            metrics=metrics or (ADEQUACY,),
            note=note,
        )
        return Post(attempt, annotation, with_note)

    return make
