"""Answers as Arize may give them, for tables."""

from __future__ import annotations

import json
from typing import TypeAlias

from sheets_sync.arize.answer import Reply, read_answer

Body: TypeAlias = dict[str, object]

SENT = ["a0", "a1", "a2"]
WAIT = {"Retry-After": "7"}


def reply(status: int, body: Body | str, headers: dict[str, str] | None = None) -> Reply:
    """What came with this status and body."""
    raw = body if isinstance(body, str) else json.dumps(body)
    return read_answer(status, headers or {}, raw.encode(), "ak-0123456789")


def error(message: str, path: list[str] | None = None, code: str | None = None) -> Body:
    """One entry of `errors`."""
    entry: Body = {"message": message}
    if path is not None:
        entry["path"] = path
    if code is not None:
        entry["extensions"] = {"code": code}
    return entry


def echo(attempt: str) -> Body:
    """A seed payload that proves this attempt."""
    return {"clientMutationId": attempt}


SUCCESS: Body = {"result": {"__typename": "UpdateAnnotationSuccess", "success": True}}


def failure(message: str) -> Body:
    """A config payload that holds a refusal."""
    return {"result": {"__typename": "UpdateAnnotationError", "message": message}}
