"""Failures made on purpose, and human edits that come in between two requests."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from sheets_sync.sandbox.wire import Answer, Json

Service: TypeAlias = Literal["google", "arize"]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    return pattern


Pattern: TypeAlias = Annotated[str, AfterValidator(_compiles)]


class Fault(BaseModel):
    """What goes wrong for requests of one service whose name `match` finds.

    A name is "METHOD path", and for Arize also the operation's name and its root fields. Without
    `action` a request is only slowed down by `latency_ms`. `times` None means until deleted.
    `when` after: the work is done, but the answer is lost or replaced. `apply_after_ms`: a
    mutation is answered (or cut) at once and applied that much later by the sandbox's clock.
    `message` and `code` (Arize) replace the usual ones; `path` is that of a graphql_error. With
    `record` a graphql_error is that of one record's mutation, and the rest of its request is done.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    service: Service
    match: Pattern = ""
    action: Literal["status", "hang", "drop", "html502", "graphql_error"] | None = None
    status: int = Field(503, ge=400, le=599)
    retry_after: float | None = Field(None, ge=0)
    times: int | None = Field(None, ge=1)
    probability: float = Field(1.0, ge=0, le=1)
    when: Literal["before", "after"] = "before"
    latency_ms: float = Field(0, ge=0)
    apply_after_ms: float = Field(0, ge=0)
    message: str | None = None
    code: str | None = None
    path: list[str | int] | None = None
    record: str | None = None

    @model_validator(mode="after")
    def _fits_its_service(self) -> Fault:
        if self.service == "google" and (self.action == "graphql_error" or self.apply_after_ms):
            raise ValueError("graphql_error and apply_after_ms are for arize only")
        if self.record is not None and (self.action != "graphql_error" or self.path is not None):
            raise ValueError("record is for a graphql_error without a path")
        return self

    @property
    def works(self) -> bool:
        """Whether the request does what it asks for, whatever is answered."""
        return self.action is None or self.when == "after" or self.apply_after_ms > 0

    def answer(self) -> Answer:
        """What is answered instead; hang and drop answer nothing and have none."""
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        if self.action == "html502":
            return Answer(502, _HTML502, headers, "text/html; charset=UTF-8")
        if self.action == "graphql_error":
            errors: Json = [self._graphql_error("Internal server error")]
            return Answer(200, {"data": None, "errors": errors}, headers)
        if self.service == "arize":
            message = _ARIZE_MESSAGE.get(self.status, "Internal server error")
            return Answer(self.status, {"errors": [self._graphql_error(message)]}, headers)
        name, message = _GOOGLE_STATUS.get(self.status, ("UNKNOWN", "Unknown Error."))
        return Answer(
            self.status,
            {
                "error": {
                    "code": self.status,
                    "message": self.message or message,
                    "status": name,
                }
            },
            headers,
        )

    def _graphql_error(self, message: str) -> Json:
        usual = _ARIZE_CODE.get(self.status) if self.action == "status" else None
        error: dict[str, Json] = {
            "message": self.message or message,
            "extensions": {"code": self.code or usual or "INTERNAL_SERVER_ERROR"},
        }
        return error if self.path is None else error | {"path": list(self.path)}


@dataclass(eq=False)
class InForce:
    """A fault, how often it has met a request, and how often it still may; None is for ever."""

    fault: Fault
    left: int | None
    fired: int = 0


class Faults:
    """The faults in force; the first that matches and whose chance comes up is the one."""

    def __init__(self) -> None:
        self.in_force: list[InForce] = []
        self._chance = random.Random()  # noqa: S311 - no secret depends on it

    def seed(self, seed: int | None) -> None:
        """Make the next draws repeatable."""
        self._chance.seed(seed)

    def add(self, fault: Fault) -> None:
        """Put a fault in force, behind those that are."""
        self.in_force.append(InForce(fault, fault.times))

    def clear(self) -> None:
        """End all faults."""
        self.in_force.clear()

    def pick(self, service: Service, names: Sequence[str]) -> Fault | None:
        """The fault that this request meets, counted as fired."""
        return self._pick(service, names, None)

    def pick_of(self, record: str) -> Fault | None:
        """The fault that a mutation of this record meets, counted as fired."""
        return self._pick("arize", ["updateAnnotations"], record)

    def _pick(self, service: Service, names: Sequence[str], record: str | None) -> Fault | None:
        for planned in self.in_force:
            fault = planned.fault
            if (
                (fault.service, fault.record) == (service, record)
                and planned.left != 0
                and any(re.search(fault.match, name) for name in names)
                and self._chance.random() < fault.probability
            ):
                planned.fired += 1
                if planned.left is not None:
                    planned.left -= 1
                return fault
        return None

    def listing(self) -> list[Json]:
        """Every fault with how often it `fired` and how often it may still (`left`)."""
        return [
            planned.fault.model_dump() | {"fired": planned.fired, "left": planned.left}
            for planned in self.in_force
        ]


class Edit(BaseModel):
    """A request to the sandbox's own Google, such as a human's browser would cause."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    method: str = "POST"
    path: str = Field(pattern="^/")
    body: JsonValue = None


class Between(BaseModel):
    """An edit that comes right after the n-th matching request, so before the next."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    match: Pattern
    after: int = Field(1, ge=1)
    edit: Edit
    name: str = "between"


@dataclass
class PlannedEdit:
    """A `Between` and how far it is."""

    between: Between
    seen: int = 0
    answer: Answer | None = None


class Betweens:
    """The edits that wait for their moment, and those that were made."""

    def __init__(self) -> None:
        self.planned: list[PlannedEdit] = []

    def due(self, names: Sequence[str]) -> list[PlannedEdit]:
        """Count one request that was just served; the edits whose moment this is."""
        due = []
        for planned in self.planned:
            if any(re.search(planned.between.match, name) for name in names):
                planned.seen += 1
                if planned.seen == planned.between.after:
                    due.append(planned)
        return due

    def listing(self) -> list[Json]:
        """Every edit with how many matching requests were `seen` and what it was answered."""
        return [
            planned.between.model_dump()
            | {
                "seen": planned.seen,
                "answer": planned.answer
                and {"status": planned.answer.status, "body": planned.answer.body},
            }
            for planned in self.planned
        ]


_HTML502 = """<!DOCTYPE html>
<html lang=en>
<meta charset=utf-8>
<title>Error 502 (Server Error)!!1</title>
<p><b>502.</b> <ins>That is an error.</ins>
<p>The server encountered a temporary error and could not complete your request.
<p>Please try again in 30 seconds.  <ins>That is all we know.</ins>
"""

_GOOGLE_STATUS = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    409: ("ABORTED", "The operation was aborted."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "Internal error encountered."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}

_ARIZE_CODE = {
    400: "BAD_USER_INPUT",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    429: "TOO_MANY_REQUESTS",
}

_ARIZE_MESSAGE = {
    400: "Bad request",
    401: "Unauthorized: the x-api-key header is missing or not valid",
    403: "Forbidden: this user does not have developer permissions",
    429: "TOO_MANY_REQUESTS: rate limit exceeded, try again later",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
}
