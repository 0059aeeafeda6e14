from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect
from requests.adapters import HTTPAdapter
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.command import Command
from tests.console.office import KEY, Office, eventually, watched
from tests.service import answer, span

OPERATOR, VIEWER = "the-operators-word", "the-viewers-word"
GUARDED = {
    "SHEETS_SYNC_CONSOLE_PASSWORD": OPERATOR,
    "SHEETS_SYNC_CONSOLE_VIEWER_PASSWORD": VIEWER,
    "SHEETS_SYNC_CONSOLE_TRUSTED_HEADER": "X-Forwarded-User",
    "SHEETS_SYNC_CONSOLE_OPERATORS": "ada@example.com, eve@example.com",
}
FOREIGN = "https://elsewhere.example.com"
LOCKED_OUT = "127.0.0.9"
"""Who guesses from there keeps nobody else waiting."""


@pytest.fixture(scope="module")
def console(office: Office) -> Iterator[Office]:
    """A console that other machines can reach, so people must sign in."""
    office.add("answers", [answer(1, "Satisfactory", 4, "", "Ada")])
    with office.open(host="0.0.0.0", environment=GUARDED):  # noqa: S104 - it is what is tested
        eventually(lambda: office.labels() == {span(1): "Satisfactory"})
        yield office


@pytest.fixture
def visitor(console: Office) -> Iterator[requests.Session]:
    """Somebody without a session, whose browser sends its Origin as browsers do."""
    with requests.Session() as session:
        session.headers["Origin"] = console.url
        yield session


def sign_in(session: requests.Session, url: str, password: str) -> requests.Response:
    """As the form does."""
    return session.post(f"{url}/login", {"password": password}, allow_redirects=False, timeout=30)


def socket_status(url: str, origin: str | None, cookies: str = "") -> int:
    """What a browser's websocket is answered: 101, or a refusal."""
    address = url.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    try:
        with connect(address, origin=origin, additional_headers={"Cookie": cookies}, proxy=None):  # type: ignore[arg-type]
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_nothing_is_seen_without_a_session(console: Office, visitor: requests.Session) -> None:
    """Every page leads to the form, rows included; only the pages for machines are open."""
    for path in ("", "activity", "new", "mapping?name=answers", "rows?mapping=answers&most=9"):
        found = visitor.get(f"{console.url}/{path}", allow_redirects=False, timeout=30)
        assert (found.status_code, found.headers["location"]) == (303, "/login")
    for path in ("healthz", "readyz", "metrics"):
        assert visitor.get(f"{console.url}/{path}", timeout=30).status_code == 200
    assert socket_status(console.url, console.url) == 403


def test_a_password_opens_a_session_of_its_own(console: Office, visitor: requests.Session) -> None:
    """Its cookie is kept from scripts and other sites, and from plain http where there is https."""
    assert sign_in(visitor, console.url, "a guess").status_code == 401
    found = sign_in(visitor, console.url, OPERATOR)
    cookie = found.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    visitor.headers["X-Forwarded-Proto"] = "https"
    assert "; secure" in sign_in(visitor, console.url, OPERATOR).headers["set-cookie"].lower()

    token = found.cookies["sheets_sync_session"]
    cookies = f"sheets_sync_session={token}"
    seen = requests.get(console.url, headers={"Cookie": cookies}, timeout=30)
    assert seen.status_code == 200
    assert socket_status(console.url, console.url, cookies) == 101
    headers = {"Cookie": cookies, "Origin": console.url}
    requests.post(f"{console.url}/logout", headers=headers, timeout=30)
    again = requests.get(console.url, headers=headers, allow_redirects=False, timeout=30)
    assert again.status_code == 303
    assert socket_status(console.url, console.url, cookies) == 403


def test_guessing_is_slowed_down(console: Office) -> None:
    """After five wrong words within a minute the right one is not tried either."""
    with requests.Session() as session:
        session.mount("http://", _From(LOCKED_OUT))
        session.headers["Origin"] = console.url
        found = [sign_in(session, console.url, f"guess {n}").status_code for n in range(5)]
        waiting = sign_in(session, console.url, OPERATOR)
    assert found == [401] * 5
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "60")


def test_other_sites_are_refused(console: Office, visitor: requests.Session) -> None:
    """Whatever cookies the browser brings: the Origin of sockets and of posts must be our own."""
    sign_in(visitor, console.url, OPERATOR)
    cookies = f"sheets_sync_session={visitor.cookies['sheets_sync_session']}"
    for origin in (FOREIGN, None, "null"):
        assert socket_status(console.url, origin, cookies) == 403
        for path in ("login", "logout"):
            visitor.headers["Origin"] = origin or b""
            found = visitor.post(f"{console.url}/{path}", {"password": OPERATOR}, timeout=30)
            assert found.status_code == 403
    visitor.headers["Origin"] = console.url
    polled = f"{console.url}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    assert visitor.get(polled, timeout=30).status_code == 403
    assert visitor.get(console.url, timeout=30).status_code == 200


def test_a_proxy_says_who_somebody_is(console: Office, visitor: requests.Session) -> None:
    """By its header; those who are not named as operators see, and cannot act."""
    for name, is_disabled in (("ada@example.com", False), ("bob@example.com", True)):
        page = visitor.get(
            f"{console.url}/mapping?name=answers", headers={"X-Forwarded-User": name}, timeout=30
        )
        assert name in page.text
        assert ("This is for operators." in page.text) is is_disabled


def test_pages_say_what_may_load(console: Office, visitor: requests.Session) -> None:
    """Scripts of its own alone, in no frame; no page holds a secret."""
    login = visitor.get(f"{console.url}/login", timeout=30)
    sign_in(visitor, console.url, OPERATOR)
    shown = ""
    row = f"row?mapping=answers&key={span(1)}"
    policies = [login.headers["content-security-policy"]]
    for path in ("", "activity", "new", "mapping?name=answers", row):
        page = visitor.get(f"{console.url}/{path}", timeout=30)
        policy = page.headers["content-security-policy"]
        nonce = re.findall(r"'nonce-([\w-]+)'", policy)
        assert nonce
        assert page.text.count("<style") == page.text.count(f'<style nonce="{nonce[0]}"')
        assert page.text.count("<script") == page.text.count(f'<script nonce="{nonce[0]}"')
        assert page.headers["cache-control"] == "no-store"
        shown += page.text
        policies.append(policy)
    for policy in policies:
        for kind in ("script-src", "style-src-elem"):
            assert "unsafe-inline" not in re.findall(f"{kind} ([^;]*)", policy)[0]
        assert "http" not in policy
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'self'"):
            assert part in policy
        assert "frame-ancestors 'none'" in policy
    assert login.headers["x-frame-options"] == "DENY"
    for secret in (OPERATOR, VIEWER, KEY):
        assert secret not in shown


def test_people_sign_in(console: Office, browser: Browser) -> None:
    """By keyboard; when a session ends, pages that are open show nothing any more."""
    with browser.new_context() as context, watched(context) as page:
        page.goto(console.url)
        expect(page.get_by_label("Password")).to_be_focused()
        page.keyboard.type(OPERATOR)
        page.keyboard.press("Enter")
        page.locator("a.mapping").click()
        expect(page.locator(".standing .chip")).to_have_text("reading")
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".standing .chip")).to_have_text("paused")

        other = context.new_page()
        other.goto(console.url)
        other.get_by_role("button", name="Sign out").click()
        expect(other.get_by_label("Password")).to_be_visible()
        expect(page.get_by_label("Password")).to_be_visible()


def test_viewers_only_see(console: Office, browser: Browser) -> None:
    """Their buttons do nothing, and a script that presses one all the same is not obeyed."""
    with browser.new_context() as context, watched(context) as page:
        page.goto(console.url)
        page.keyboard.type(VIEWER)
        page.keyboard.press("Enter")
        page.locator("a.mapping").click()
        expect(page.locator(".ag-row")).to_have_count(1)
        standing = page.locator(".standing .chip").inner_text()
        for name in ("Sync now", "Retry selected", "Retry all refused"):
            expect(page.get_by_role("button", name=name)).to_be_disabled()
        page.evaluate(_PRESS_ALL)
        expect(page.get_by_text("Only operators may do this").first).to_be_visible()
        console.sheets["answers"].type("D2", "Needs Improvement")
        expect(page.locator(".ag-row")).to_contain_text(
            "Edited" if standing == "paused" else "Needs"
        )
        expect(page.locator(".standing .chip")).to_have_text(standing)


def refused(*words: str, **environment: str) -> str:
    """What a start says that ends with 2."""
    known = {**os.environ, "ARIZE_API_KEY": KEY, **environment}
    command = Command(["run", "--config", "nowhere", *words], known)
    said = command.communicate()[1]
    assert command.returncode == 2, said
    return said


def test_it_never_stands_open() -> None:
    """On another address than loopback it wants a password or a proxy, and says so plainly."""
    for address in ("0.0.0.0:8080", "192.0.2.7:8080", "[::]:8080"):
        said = refused("--console", address)
        assert "set SHEETS_SYNC_CONSOLE_PASSWORD" in said
        assert said.count("\n") == 1
    for address in ("8080", "127.0.0.1", "127.0.0.1:x", ":8080"):
        assert "write HOST:PORT, as in 127.0.0.1:8080" in refused("--console", address)
    same = {"SHEETS_SYNC_CONSOLE_PASSWORD": "a", "SHEETS_SYNC_CONSOLE_VIEWER_PASSWORD": "a"}
    assert "are the same" in refused("--console", "127.0.0.1:8080", **same)


def test_without_the_library_it_says_what_to_install() -> None:
    """And nothing else needs it."""
    without = "import sys; sys.modules['nicegui'] = None; from sheets_sync.cli import main; main()"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", without, "run", "--console", "127.0.0.1:8080"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'sheets-sync[console]'" in done.stderr


def test_loopback_answers_to_its_own_names_alone(console: Office) -> None:
    """A site whose name was turned to this machine reads nothing, and opens no socket."""
    with Office(console.contact, console.control, console.folder / "open").apart(console) as office:
        url = office.url
        assert requests.get(url, timeout=30).status_code == 200
        local = url.replace("127.0.0.1", "localhost").removeprefix("http://")
        assert requests.get(url, headers={"Host": local}, timeout=30).status_code == 200
        for path in ("", "rows?mapping=answers&most=9", "metrics"):
            found = requests.get(f"{url}/{path}", headers={"Host": "evil.example.com"}, timeout=30)
            assert found.status_code == 421
        assert socket_status(url, url) == 101
        assert socket_status(url, FOREIGN) == 403


_PRESS_ALL = """() => {
  for (const [id, element] of Object.entries(mounted_app.elements)) {
    for (const event of element.events.filter((one) => one.type === "click")) {
      window.socket.emit("event",
        {id: +id, client_id: window.clientId, listener_id: event.listener_id, args: []});
    }
  }
}"""


class _From(HTTPAdapter):
    """Requests from another address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002 - its own signature
        **more: Any,
    ) -> None:
        more["source_address"] = (self._address, 0)
        super().init_poolmanager(connections, maxsize, block, **more)
