from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, Response, expect

from tests.console.office import Office, eventually
from tests.service import answer, span

ROWS = 10_000
BLOCK = 100


@pytest.fixture(scope="module")
def console(office: Office) -> Iterator[Office]:
    """10,000 rows, all wrong, so that none takes the time of a request."""
    office.add("many", [answer(n, "Wrong", 4, "", "Ada") for n in range(ROWS)], poll="1h")
    with office.open():
        rows = office.address("rows", mapping="many")
        eventually(lambda: requests.get(rows, timeout=30).json()["total"] == ROWS)
        yield office


def test_few_of_many_rows_are_sent_and_drawn(console: Office, page: Page) -> None:
    """What is seen is fetched in blocks, wherever one scrolls, however it is sorted and sought."""
    sent: list[int] = []
    columns: set[str] = set()

    def note(answer: Response) -> None:
        if "/rows?" in answer.url:
            rows = json.loads(answer.body())["rows"]
            sent.append(len(rows))
            columns.update(name for row in rows for name in row)

    page.on("response", note)
    page.goto(console.address("mapping", name="many"))
    rows = page.locator(".ag-row")
    expect(rows.first).to_contain_text(span(0))
    expect(page.get_by_text("10,000 rows shown.")).to_be_visible()
    assert set(sent) == {BLOCK}
    assert columns == {"key", "number", "state", "held", "status", "cell", "page"}
    assert rows.count() < 50

    page.locator(".ag-body-viewport").evaluate("found => found.scrollTop = found.scrollHeight")
    expect(rows.filter(has_text=span(ROWS - 1))).to_be_visible()
    page.locator(".ag-header-cell[col-id=number]").click()
    page.locator(".ag-header-cell[col-id=number]").click()
    page.locator(".ag-body-viewport").evaluate("found => found.scrollTop = 0")
    expect(rows.filter(has_text=span(ROWS - 1))).to_be_visible()
    page.get_by_label("Find in rows").fill(span(4321))
    expect(page.get_by_text("1 row shown.")).to_be_visible()
    expect(rows.first).to_contain_text(span(4321))
    assert sum(sent) <= 12 * BLOCK
    assert rows.count() < 50
