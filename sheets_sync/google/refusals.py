"""What an answer other than 2xx means: the class of the error, and its cure in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from pydantic import BaseModel, ValidationError

from sheets_sync.domain.foreign import harmless
from sheets_sync.errors import PermanentError, SheetsSyncError, SourceError, TransientError
from sheets_sync.google.credentials import NEW_KEY, Account

_LONGEST = 256
_LONGEST_WAIT = 86_400.0
"""Seconds; a service that asks for more is asked again a day later all the same."""
_QUOTA = {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_SECRET = re.compile(r"\b(?:ya29\.|eyJ)[\w.-]+|(?<=Bearer )\S+")
_KINDS_OF_CELL = {"str", "int", "float", "bool"}
_NO_TAB = re.compile(r"Unable to parse range: (.*)")


class _Reason(BaseModel):
    reason: str = ""


class _Refusal(BaseModel):
    message: str = ""
    errors: list[_Reason] = []
    details: list[_Reason] = []


class _Body(BaseModel):
    """Both forms: `google.rpc.Status` with details (Sheets), and a list of errors (Drive)."""

    error: _Refusal


def is_transient(status: int) -> bool:
    """Whether an HTTP status by itself says that the same request may succeed later."""
    return status in {408, 409, 429} or status >= 500


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date."""
    named = headers.get("Retry-After", "").strip()
    try:
        seconds = float(named)
    except ValueError:
        try:
            at = parsedate_to_datetime(named)
        except ValueError:
            return None
        seconds = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT) if math.isfinite(seconds) else None


def plain(text: str, secrets: Iterable[str] = ()) -> str:
    """Foreign text for a message: one line, at most 256 characters, secrets blacked out.

    Those are the ones given and whatever has the form of a token.
    """
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    line = _SECRET.sub("[secret]", harmless(text))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def wrong_in(error: ValidationError) -> str:
    """What is wrong in an answer, by the first place that is not as it should be."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "it is not JSON"
    keys = [key for key in first["loc"] if key not in _KINDS_OF_CELL]
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
    wrong = "is missing" if first["type"] == "missing" else "is not what belongs there"
    return plain(f"{place or 'all of it'} {wrong}")


def error_of(response: requests.Response, place: str, account: Account) -> SheetsSyncError:
    """The error for a response that is not 2xx.

    `place` is what was asked for, `account` who asked. Decided on the HTTP status; the body, which
    may be HTML, only tells cause and cure.
    """
    status, who = response.status_code, account.who
    said, reasons = _said(response, account)
    if "protected cell" in said:
        return PermanentError(f"{place}: {said} (to be unprotected for {who})")
    if is_transient(status) or (status == 403 and reasons & _QUOTA):
        return TransientError(
            f"{place}: Google answered HTTP {status}: {said}",
            retry_after=retry_after(response.headers),
        )
    return SourceError(f"{place}: {_cause_and_cure(response, said, reasons, account)}")


def _said(response: requests.Response, account: Account) -> tuple[str, set[str]]:
    try:
        refusal = _Body.model_validate_json(response.content).error
    except ValidationError:
        return plain(response.reason or "an answer that is not JSON", account.secrets), set()
    reasons = {part.reason for part in (*refusal.errors, *refusal.details)}
    return plain(refusal.message, account.secrets), reasons


def _cause_and_cure(
    response: requests.Response, said: str, reasons: set[str], account: Account
) -> str:
    who = account.who
    match response.status_code:
        case 401:
            return (
                f"Google refused the key of {who} ({said}); {NEW_KEY} and name it in "
                "google.credentials"
            )
        case 403 if "SERVICE_DISABLED" in reasons or "accessNotConfigured" in reasons:
            return f"the API is not enabled in the project of {who}; enable it: {said}"
        case 403 if reasons & {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"}:
            return (
                f"the credentials of {who} lack the scope for spreadsheets ({said}); "
                "log in again with that scope, or use a service-account file"
            )
        case 403:
            return f"not shared with {who} ({said}); share the sheet with {who} as editor"
        case 404:
            return f"not found ({said}); it was deleted, or its address or id is not right"
        case 400 if no_tab := _NO_TAB.search(said):
            return f"there is no tab {no_tab[1]}; it was renamed or deleted"
        case 400 if "not supported for this document" in said:
            return (
                "an Office file, not a Google Sheet; open it and choose File, Save as Google Sheets"
            )
        case status if 300 <= status < 400:
            target = plain(response.headers.get("Location", "somewhere else"), account.secrets)
            return (
                f"Google's address answered with a redirect to {target}; check proxy and api_root"
            )
        case status:
            return f"Google answered HTTP {status}: {said}"
