"""What the tests of this folder post, and how they name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sheets_sync.arize import ArizeClient
from sheets_sync.domain.annotation import MetricValue
from sheets_sync.domain.delivery import Dialect, Post

MakePost = Callable[..., Post]
Connect = Callable[..., ArizeClient]
Batch = Callable[..., list[Post]]

KEY = "ak-0123456789abcdef"
MODEL = "TW9kZWw6MToxMjM0"
DIALECTS: Sequence[Dialect] = ("seed", "config")
LABEL = MetricValue("Adequacy", "label", "Satisfactory", "ann@example.com", "Q29uZmlnOjE=")
TOO_LONG = MetricValue("Adequacy", "label", "x" * 101, None, "Q29uZmlnOjE=")
ZERO = MetricValue("Helpfulness", "score", 0.0, "ann@example.com", "Q29uZmlnOjI=")
TEXT = MetricValue("Free words", "text", "Reads well", None, "Q29uZmlnOjM=")
RECORDS = [f"e351b661b957e7{index:02d}" for index in range(10)]
