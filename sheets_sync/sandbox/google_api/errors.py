"""Refusals as Google words them, for Sheets and for Drive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sheets_sync.sandbox.drive import ProtectedCell
from sheets_sync.sandbox.wire import Answer, Json

_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "UNIMPLEMENTED": 501,
}

PROTECTED = (
    "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to "
    "remove protection if you need to edit."
)
"""Met with status 400 INVALID_ARGUMENT in the logs of several public repositories."""


@dataclass
class Refusal(Exception):
    """A request Sheets refuses; `violations` say which fields of the JSON were wrong, and how."""

    message: str
    status: str = "INVALID_ARGUMENT"
    violations: tuple[tuple[str, str], ...] = ()

    def within(self, place: str) -> Refusal:
        """The same, said of one part of a batch: `Invalid requests[0].addSheet: …`."""
        if self.violations or self.status != "INVALID_ARGUMENT":
            return self
        return Refusal(f"Invalid {place}: {self.message}", self.status)

    def answer(self) -> Answer:
        """The answer as `google.rpc.Status` in JSON."""
        code = _STATUS[self.status]
        error: dict[str, Json] = {"code": code, "message": self.message, "status": self.status}
        if self.violations:
            violations: list[Json] = [
                {"field": path, "description": text} if path else {"description": text}
                for path, text in self.violations
            ]
            error["details"] = [
                {
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": violations,
                }
            ]
        return Answer(code, {"error": error})


@dataclass
class DriveRefusal(Exception):
    """A request Drive refuses, in the older form of its errors."""

    code: int
    message: str
    reason: str
    location: str = ""
    location_type: str = "parameter"

    def answer(self) -> Answer:
        """The answer with its list of errors."""
        one: dict[str, Json] = {
            "message": self.message,
            "domain": "global",
            "reason": self.reason,
        }
        if self.location:
            one |= {"location": self.location, "locationType": self.location_type}
        return Answer(
            self.code, {"error": {"code": self.code, "message": self.message, "errors": [one]}}
        )


def not_found() -> Refusal:
    """No such spreadsheet, as recorded."""
    return Refusal("Requested entity was not found.", "NOT_FOUND")


def permission_denied() -> Refusal:
    """A spreadsheet that is not shared with the caller."""
    return Refusal("The caller does not have permission", "PERMISSION_DENIED")


def file_not_found(file_id: str) -> DriveRefusal:
    """No such file, or none the caller may know of."""
    return DriveRefusal(404, f"File not found: {file_id}.", "notFound", "fileId")


@contextmanager
def part(place: str) -> Iterator[None]:
    """Say of a refusal in this block that it is about `place`: `Invalid data[0]: …`."""
    try:
        yield
    except ProtectedCell as error:
        raise Refusal(PROTECTED).within(place) from error
    except Refusal as refusal:
        raise refusal.within(place) from refusal
