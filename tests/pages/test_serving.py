"""Where pages are, what stands in their place, and for whom they are."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Page, expect

from sheets_sync.sandbox.server import Contact, Sandbox
from tests.sandbox_client import Control

_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def test_a_sandbox_without_pages_lists_its_endpoints(sandbox: Sandbox) -> None:
    """As where NiceGUI is not installed: a plain list, and no page."""
    for path in ("", "endpoints"):
        answer = requests.get(f"{sandbox.contact.pages}{path}", timeout=30)
        assert answer.headers["content-type"].startswith("text/plain")
        assert "POST   /graphql\n" in answer.text
    assert requests.get(f"{sandbox.contact.pages}faults", timeout=30).status_code == 404


def test_the_first_page_says_what_there_is(page: Page, contact: Contact, control: Control) -> None:
    """With nothing in it, what to do; then each spreadsheet as it comes."""
    owner = {"Authorization": "Bearer human:owner"}
    files = f"{contact.google_api}/drive/v3/files"
    for file in requests.get(files, headers=owner, timeout=30).json()["files"]:
        requests.delete(f"{files}/{file['id']}", headers=owner, timeout=30)
    page.goto(contact.pages)
    expect(page.get_by_text("There is no spreadsheet yet.")).to_be_visible()
    control.add_spreadsheet([["a"]], title="First of all", worksheet="One")
    page.get_by_role("link", name="First of all").click()
    expect(page.get_by_role("tab", name="One")).to_be_visible()
    page.goto(f"{contact.pages}sheets/unknown")
    expect(page.get_by_text("No such spreadsheet")).to_be_visible()


@pytest.mark.parametrize("path", ["", "faults", "_nicegui_ws/socket.io/?EIO=4&transport=polling"])
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example:80"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
def test_pages_are_for_this_machine_alone(
    path: str, headers: dict[str, str], contact: Contact
) -> None:
    """Neither under a strange name nor for the page of somebody else."""
    answer = requests.get(contact.pages + path, headers=headers, timeout=30)
    assert (answer.status_code, "this machine alone" in answer.text) == (403, True)


@pytest.mark.parametrize(("origin", "status"), [("http://evil.example", 403), ("", 101)])
def test_no_page_of_others_may_connect(origin: str, status: int, contact: Contact) -> None:
    """A WebSocket is refused to them, and not to our own pages."""
    requests.get(contact.pages, timeout=30)
    url = f"{contact.pages}_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    headers = _UPGRADE | {"Origin": origin or contact.pages.rstrip("/")}
    with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
        assert answer.status_code == status
