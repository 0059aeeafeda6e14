"""What travels between the HTTP server and the emulated services."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Call:
    """One request, read completely."""

    method: str
    path: str
    place: Mapping[str, str]
    """What the route's pattern captured, percent-decoded."""
    query: Mapping[str, list[str]]
    body: bytes
    headers: Mapping[str, str]
    caller: str
    """Who asks: a service account's e-mail address or `human:NAME`."""

    def json(self) -> Json:
        """The body as JSON; raises `json.JSONDecodeError` where it is none."""
        parsed: Json = json.loads(self.body) if self.body else {}
        return parsed

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Answer:
    """One response. `body` None is an empty one, a string is sent as it is."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=UTF-8"


Observer: TypeAlias = Callable[[Call, Answer], None]
"""Is told of every call to Google with its answer."""


@dataclass(frozen=True)
class Route:
    """A method and a Starlette path pattern, and what answers it."""

    method: str
    pattern: str
    answer: Callable[[Call], Answer]
