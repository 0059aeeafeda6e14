"""The HTTP session to Google: reads so much of an answer and no more, and follows nothing."""

from __future__ import annotations

import time
from typing import Any

import requests
from google.auth.transport.requests import AuthorizedSession
from urllib3.exceptions import HTTPError, ReadTimeoutError

LARGEST_ANSWER = 200 * 1024 * 1024
"""Bytes after decompression: twenty for each of the ten million cells that a spreadsheet holds."""


UNUSABLE_PROXY = "the proxy in the environment variable HTTPS_PROXY has no usable address"


class TooLarge(requests.RequestException):
    """More was answered than will be read."""


class BoundedSession(requests.Session):
    """A session whose answers are read whole, within bounds, before they are given out.

    Raises `TooLarge`, and `requests.ReadTimeout` for a body that takes longer than the timeout.
    """

    largest = LARGEST_ANSWER

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Without one, requests takes a password from ~/.netrc and puts it in the token's place.
        self.auth = _as_it_is

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """The response with its body."""
        timeout = kwargs.get("timeout")
        seconds = timeout[1] if isinstance(timeout, tuple) else timeout
        try:
            response = super().send(request, **{**kwargs, "stream": True})
        except (requests.exceptions.InvalidURL, TypeError):
            # the one's text has the proxy's password, the other is met with a user and no host
            raise requests.exceptions.ProxyError(UNUSABLE_PROXY) from None
        with response:
            response._content = self._body(response, time.monotonic() + (seconds or 60))  # noqa: SLF001 - where requests keeps it
        return response

    def merge_environment_settings(self, url: Any, *args: Any, **kwargs: Any) -> Any:
        """The environment's certificates and proxy; none for plain http, which is this machine."""
        settings = super().merge_environment_settings(url, *args, **kwargs)
        return settings if str(url).lower().startswith("https:") else {**settings, "proxies": {}}

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


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class GoogleSession(BoundedSession, AuthorizedSession):
    """The same, with a token on each request."""
