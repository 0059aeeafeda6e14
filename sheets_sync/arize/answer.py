"""What can come back from one GraphQL request over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import ExecutionResult, GraphQLError
from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import from_json
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from sheets_sync.domain.foreign import harmless

LONGEST_MESSAGE = 200
_SHORTEST_SECRET = 8
_KEPT_TEXT = 2000


class Answer(ExecutionResult):
    """An answer to one request, GraphQL or not.

    `status` is the HTTP status; `retry_after` is in seconds; `text` is the beginning of a body
    that is not GraphQL, None where it is; `has_data` tells a `data` that is null from none at all,
    which by the GraphQL specification (7.1.1, Data) means that nothing was executed.
    """

    __slots__ = ("has_data", "retry_after", "status", "text")

    def __init__(  # noqa: PLR0913 - a record, not a procedure
        self,
        status: int,
        *,
        data: dict[str, JsonValue] | None = None,
        errors: list[GraphQLError] | None = None,
        has_data: bool = False,
        retry_after: float | None = None,
        text: str | None = None,
    ) -> None:
        super().__init__(data, errors)
        self.status = status
        self.has_data = has_data
        self.retry_after = retry_after
        self.text = text

    @property
    def said(self) -> str:
        """The first thing in it that a person can read, after the HTTP status unless that is 200.

        Pages of HTML say nothing.
        """
        words = self.errors[0].message if self.errors else self.text or ""
        if words.lstrip().startswith("<"):
            words = ""
        parts = [f"HTTP {self.status}"] if self.status != 200 or not words else []
        return readable(": ".join([*parts, words] if words else parts))


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left: nothing can have been stored."""

    message: str
    needs_person: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request left at least in part, and no whole answer came."""

    message: str


Reply: TypeAlias = Answer | NotSent | NoAnswer


class _Error(BaseModel):
    message: str = "an error without a message"
    path: list[str | int] | None = None
    extensions: dict[str, JsonValue] | None = None


class _Body(BaseModel):
    data: dict[str, JsonValue] | None = None
    errors: list[_Error] | None = None


def read_answer(status: int, headers: Mapping[str, str], body: bytes, secret: str) -> Answer:
    """An answer as it came; wherever it repeats the secret, it does not say it."""
    retry_after = _seconds(headers.get("Retry-After"))
    try:
        tree: JsonValue = without(from_json(body), secret)
    except ValueError:
        text = str(without(body.decode(errors="replace"), secret))
        return Answer(status, retry_after=retry_after, text=text[:_KEPT_TEXT])
    try:
        parsed = _Body.model_validate(tree)
    except ValidationError:
        parsed = _Body()
    if not parsed.model_fields_set:
        text = json.dumps(tree, ensure_ascii=False)
        return Answer(status, retry_after=retry_after, text=text[:_KEPT_TEXT])
    errors = [
        GraphQLError(error.message[:_KEPT_TEXT], path=error.path, extensions=error.extensions)
        for error in parsed.errors or ()
    ]
    has_data = "data" in parsed.model_fields_set
    return Answer(
        status, data=parsed.data, errors=errors, has_data=has_data, retry_after=retry_after
    )


def readable(text: str) -> str:
    """One line of at most 200 characters, without control characters, never a formula."""
    line = harmless(text)
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def without(value: JsonValue, secret: str) -> JsonValue:
    """The value without the secret, unless that is of fewer than 8 characters.

    Hiding those could change what an answer means, and no real key is that short.
    """
    if len(secret) < _SHORTEST_SECRET:
        return value
    match value:
        case str():
            return value.replace(secret, "[key]")
        case list():
            return [without(each, secret) for each in value]
        case dict():
            return {
                key.replace(secret, "[key]"): without(each, secret) for key, each in value.items()
            }
        case _:
            return value


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    try:
        return max(0.0, float(Retry().parse_retry_after(retry_after)))
    except (InvalidHeader, ValueError):  # ValueError: a date of no calendar
        return None
