"""Reading members of a JSON body that `schema.checked` has found to be well-formed.

As in Google's own parser null counts as absent, and one value where several may stand is a
list of one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.schema import checked
from sheets_sync.sandbox.wire import Call, Json

Body: TypeAlias = Mapping[str, Json]


def body_of(call: Call, message: str, root: str = "") -> dict[str, Json]:
    """The call's body as this message; raises Refusal where it is none."""
    try:
        parsed = call.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        description = f"Invalid JSON payload received. {error}"
        raise Refusal(description, violations=(("", description),)) from error
    return checked(message, parsed, root)


def text(body: Body, name: str, default: str = "") -> str:
    """A string."""
    value = body.get(name)
    return value if isinstance(value, str) else default


def number(body: Body, name: str) -> int | None:
    """A whole number, also where it was sent as a string."""
    value = body.get(name)
    return None if value is None or isinstance(value, list | dict) else int(value)


def flag(body: Body, name: str) -> bool:
    """A boolean, false where it is absent."""
    return body.get(name) in {True, "true"}


def child(body: Body, name: str) -> dict[str, Json]:
    """A message, empty where it is absent."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def items(body: Body, name: str) -> list[Json]:
    """A list of anything."""
    value = body.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def children(body: Body, name: str) -> list[dict[str, Json]]:
    """A list of messages."""
    return [value for value in items(body, name) if isinstance(value, dict)]


def texts(body: Body, name: str) -> list[str]:
    """A list of strings."""
    return [value for value in items(body, name) if isinstance(value, str)]
