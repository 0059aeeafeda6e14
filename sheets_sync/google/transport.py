"""The one way to Google: timeouts, budget, retries and routing."""

from __future__ import annotations

import logging
import random
import re
import threading
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import gspread
import requests
import tenacity
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport import Response as TokenResponse
from google.auth.transport.requests import Request
from gspread.http_client import FileType, ParamsType
from pydantic import BaseModel, ValidationError

from sheets_sync.errors import SourceError, TransientError
from sheets_sync.google.answers import Token, TokenRefusal
from sheets_sync.google.budget import Budget, Project, Purpose
from sheets_sync.google.credentials import NEW_KEY, Account, require_safe_url
from sheets_sync.google.refusals import error_of, is_transient, plain, retry_after, wrong_in
from sheets_sync.google.session import LARGEST_ANSWER, BoundedSession, GoogleSession, TooLarge

_SHEETS = "https://sheets.googleapis.com/"
_ORIGINS = (_SHEETS, "https://www.googleapis.com/")
_READ_BY_POST = (":batchGetByDataFilter", ":getByDataFilter", "/developerMetadata:search")
_BOUNDARIES = "/allowedLocations"
"""What google-auth asks a third host, with the token and in the background; nothing needs it."""
_SPREADSHEET = re.compile(r"/spreadsheets/([^/:?]+)")

Answer = TypeVar("Answer", bound=BaseModel)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How long and how often Google is asked. Times are in seconds."""

    timeout: tuple[float, float] = (5, 190)
    """To connect, and to wait for data: Google itself gives up after 180."""
    attempts: int = 4
    """In all, for one request."""
    total: float = 60
    """No attempt starts later than this after the first."""
    first_wait: float = 1
    """Doubled for each further attempt, with as much jitter; a longer Retry-After counts."""
    reads_per_minute: int = 60
    writes_per_minute: int = 60
    """Google's defaults for one account (developers.google.com/workspace/sheets/api/limits)."""


class _TokenRequest(Request):
    """google-auth's way to the token endpoint, without its own retries and without redirects."""

    def __call__(self, url: str, *args: Any, **kwargs: Any) -> TokenResponse:
        if url.endswith(_BOUNDARIES):
            raise TransportError("only tokens are asked for")  # type: ignore[no-untyped-call]
        answer: TokenResponse = super().__call__(url, *args, allow_redirects=False, **kwargs)  # type: ignore[no-untyped-call]
        if is_transient(answer.status) or 300 <= answer.status < 400:
            raise TransientError(
                f"Google's token endpoint answered HTTP {answer.status}",
                retry_after=retry_after(answer.headers),
            )
        if b"grant_type=" in (kwargs.get("body") or b""):
            _require_token(answer)
        return answer


def _require_token(answer: TokenResponse) -> None:
    """Check what google-auth reads unchecked (RFC 6749, 5.1 and 5.2)."""
    shape = Token if answer.status == 200 else TokenRefusal
    try:
        shape.model_validate_json(answer.data)
    except ValidationError as error:
        raise TransientError(
            f"Google's token endpoint answered HTTP {answer.status}, not understood: "
            f"{wrong_in(error)}"
        ) from None


class Transport(gspread.HTTPClient):
    """Every request to Google, for one account; threads may share it.

    `api_root` replaces both of Google's hosts, for a sandbox; `ConfigError` if a token must not
    travel there. `budget` is shared with others; without one, the account has its own.
    `stopping`, once set, ends waits and retries, not the request in flight. `agent` is the
    User-Agent of all requests.
    """

    def __init__(  # noqa: PLR0913 - how it asks, each with a usual way
        self,
        account: Account,
        *,
        api_root: str | None = None,
        limits: Limits | None = None,
        budget: Budget | None = None,
        stopping: threading.Event | None = None,
        agent: str | None = None,
    ) -> None:
        tokens = BoundedSession()
        session = GoogleSession(
            account.credentials, max_refresh_attempts=1, auth_request=_TokenRequest(tokens)
        )
        if agent is not None:
            session.headers["User-Agent"] = agent
        super().__init__(account.credentials, session)
        self.account = account
        self._root = api_root.rstrip("/") + "/" if api_root else None
        if api_root:
            require_safe_url(api_root, "google.api_root")
        self._stopping = stopping or threading.Event()
        self._limits = limits or Limits()
        self.set_timeout(self._limits.timeout)
        self._budget = budget or Project(
            self._limits.reads_per_minute, self._limits.writes_per_minute
        ).budget(account.who)
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            stop=tenacity.stop_after_attempt(self._limits.attempts)
            | tenacity.stop_before_delay(self._limits.total)
            | tenacity.stop_when_event_set(self._stopping),
            wait=self._wait_before_retry,
            sleep=self._pause,
            before_sleep=tenacity.before_sleep_log(_log, logging.DEBUG),
            reraise=True,
        )

    def ask(
        self,
        answer: type[Answer],
        url: str,
        *,
        params: ParamsType | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        """The answer to a GET, or to a POST of `body`, checked against its model.

        Raises as `request`, and `TransientError` for an answer that is none of Google's.
        """
        response = self.request("get" if body is None else "post", url, params=params, json=body)
        return self.understood(answer, response.content, url)

    def understood(self, answer: type[Answer], content: bytes, url: str) -> Answer:
        """What was answered from `url`; `TransientError` for what is none of Google's answers."""
        try:
            return answer.model_validate_json(content)
        except ValidationError as error:
            raise TransientError(
                f"{_place(url)}: Google's answer is not understood: {wrong_in(error)}"
            ) from None

    def request(  # noqa: PLR0913, PLR0917 - gspread's signature
        self,
        method: str,
        endpoint: str,
        params: ParamsType | None = None,
        data: bytes | None = None,
        json: Mapping[str, Any] | None = None,
        files: FileType = None,
        headers: MutableMapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request and wait for its 2xx response.

        Raises `TransientError` once the retries are used up, `SourceError` and `PermanentError` at
        once.
        """

        def attempt() -> requests.Response:
            with self._turn(method, endpoint):
                return self.session.request(
                    method,
                    self._routed(endpoint),
                    params=params,
                    data=data,
                    json=json,
                    files=files,
                    headers=headers,
                    timeout=self.timeout,
                    allow_redirects=False,
                )

        return self._retrying(self._outcome, attempt, _place(endpoint))

    def _outcome(self, attempt: Callable[[], requests.Response], place: str) -> requests.Response:
        try:
            response = attempt()
        except RefreshError as error:
            raise self._no_token(error, place) from None
        except TransientError as error:
            raise TransientError(f"{place}: {error}", retry_after=error.retry_after) from None
        except TooLarge:
            raise SourceError(
                f"{place}: Google's answer is larger than {LARGEST_ANSWER // 2**20} MB; move a "
                "part of it to another spreadsheet"
            ) from None
        except requests.ReadTimeout:
            raise TransientError(
                f"{place}: no answer from Google within {self._limits.timeout[1]:g} s"
            ) from None
        except (OSError, GoogleAuthError) as error:
            said = self._plain(_root(error))
            raise TransientError(f"{place}: Google is out of reach: {said}") from None
        if not 200 <= response.status_code < 300:
            raise error_of(response, place, self.account)
        return response

    def _no_token(self, error: RefreshError, place: str) -> SourceError | TransientError:
        said = self._plain(error.args[0])
        if len(error.args) == 1:  # google-auth adds the parsed body of a refusal, and only of that
            return TransientError(f"{place}: no access token from Google: {said}")
        return SourceError(
            f"{place}: Google refused the key of {self.account.who} ({said}); set this machine's "
            f"clock right, or {NEW_KEY} and name it in google.credentials"
        )

    def _plain(self, said: object) -> str:
        return plain(str(said), self.account.secrets)

    def _turn(self, method: str, endpoint: str) -> AbstractContextManager[None]:
        """Wait until the budget admits one more request; Drive has quotas of its own."""
        if not endpoint.startswith(_SHEETS):
            return nullcontext()
        found = _SPREADSHEET.search(endpoint)
        spreadsheet = found[1] if found else ""
        return self._budget.turn(spreadsheet, _purpose(method, endpoint), self._stopping)

    def _routed(self, endpoint: str) -> str:
        for origin in _ORIGINS:
            if self._root and endpoint.startswith(origin):
                return self._root + endpoint.removeprefix(origin)
        return endpoint

    def _wait_before_retry(self, state: tenacity.RetryCallState) -> float:
        doubled = self._limits.first_wait * 2.0 ** (state.attempt_number - 1)
        error = state.outcome.exception() if state.outcome else None
        named = error.retry_after if isinstance(error, TransientError) else None
        return max(doubled, named or 0) + random.uniform(0, doubled)  # noqa: S311 - jitter

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise TransientError("stopped while waiting to ask Google")


def _purpose(method: str, endpoint: str) -> Purpose:
    if method.upper() == "GET":
        return "observe"
    return "report" if endpoint.endswith(_READ_BY_POST) else "write"


def _place(endpoint: str) -> str:
    found = _SPREADSHEET.search(endpoint)
    return f"spreadsheet {found[1]}" if found else "Google"


def _root(error: BaseException) -> BaseException:
    """What the error came from; requests' own words begin with the address, at length."""
    context = None if error.__suppress_context__ else error.__context__
    inner = error.__cause__ or context
    return error if inner is None else _root(inner)
