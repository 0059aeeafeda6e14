"""Which endpoint a request is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from starlette.routing import compile_path

from sheets_sync.sandbox.wire import Answer, Call, Route


@dataclass(frozen=True)
class Endpoint:
    """A route, whose it is, and what answers it once the caller is let in."""

    service: Literal["google", "token", "arize", "control"]
    route: Route
    answer: Callable[[Call], Answer]

    @property
    def label(self) -> str:
        """Its name in counts, such as `GET /v4/spreadsheets/{id}`."""
        return f"{self.route.method} {re.sub(r':[a-z]+}', '}', self.route.pattern)}"


def plain(raw_path: str) -> str:
    """The path without a slash that Google overlooks: /v4/spreadsheets/ID/:batchUpdate.

    The npm package google-spreadsheet sends it, and works with the real Google.
    """
    return re.sub(r"^(/v4/spreadsheets/[^/]+)/(?=:\w+$|$)", r"\1", raw_path)


class Table:
    """Endpoints in the order in which they are tried."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = [
            (endpoint, compile_path(endpoint.route.pattern)[0]) for endpoint in endpoints
        ]

    def find(self, method: str, raw_path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint and what its pattern captured, decoded.

        The path is matched as it was sent, so that `%3A` in a range is no colon of the pattern.
        """
        for endpoint, pattern in self._endpoints:
            match = pattern.match(raw_path) if endpoint.route.method == method else None
            if match:
                return endpoint, {key: unquote(text) for key, text in match.groupdict().items()}
        return None
