"""One id for each pass: all that is logged meanwhile carries it, whoever logs it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars, get_contextvars

KEY = "pass"
"""Under which a log line has the id."""


@contextmanager
def one_pass() -> Iterator[None]:
    """Log under one id; within a pass, under the id of that one.

    Also a decorator. A thread that is started meanwhile is another pass unless it runs in a copy of
    this one's context.
    """
    if KEY in get_contextvars():
        yield
        return
    with bound_contextvars(**{KEY: uuid.uuid4().hex[:12]}):
        yield
