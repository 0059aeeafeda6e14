"""The HTTP session to Google: reads so much of an answer and no more, and follows nothing."""

from __future__ import annotations

import time
from typing import Any

import requests
from google.auth.transport.requests import AuthorizedSession
from urllib3.exceptions import HTTPError, ReadTimeoutError

LARGEST_ANSWER = 200 * 1024 * 1024
"""Bytes after decompression: twenty for each of the ten million cells that a spreadsheet holds."""


class TooLarge(requests.RequestException):
    """More was answered than will be read."""


class BoundedSession(requests.Session):
    """A session whose answers are read whole, within bounds, before they are given out.

    Raises `TooLarge`, and `requests.ReadTimeout` for a body that takes longer than the timeout.
    """

    largest = LARGEST_ANSWER

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """The response with its body."""
        timeout = kwargs.get("timeout")
        seconds = timeout[1] if isinstance(timeout, tuple) else timeout
        response = super().send(request, **{**kwargs, "stream": True})
        with response:
            response._content = self._body(response, time.monotonic() + (seconds or 60))  # noqa: SLF001 - where requests keeps it
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read a redirect's body and address, even those it won't follow."""

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        try:
            while piece := response.raw.read1(65536, decode_content=True):
                body += piece
                if len(body) > self.largest:
                    raise TooLarge
                if time.monotonic() > deadline:
                    raise requests.ReadTimeout
        except ReadTimeoutError:
            raise requests.ReadTimeout from None
        except HTTPError as error:
            raise requests.ConnectionError(str(error)) from None
        return bytes(body)


class GoogleSession(BoundedSession, AuthorizedSession):
    """The same, with a token on each request."""
