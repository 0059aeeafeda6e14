from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.console.office import Office, eventually, watched
from tests.service import answer, span

SCRIPT = '<img src=x onerror="document.title=1">'
"""What an expert may write, and no page may run."""
PAGES = ("", "activity", "new", "mapping?name=answers", f"row?mapping=answers&key={span(1)}")
HOSTILE = ("mapping?name=hostile", f"row?mapping=hostile&key={quote(SCRIPT)}")


@pytest.fixture(scope="module")
def console(office: Office) -> Iterator[Office]:
    """Good rows, a wrong one, a broken sheet, one that nobody has judged."""
    rows = [answer(1, "Satisfactory", 4, SCRIPT, "Ada"), answer(2, SCRIPT, 1, "", "Bob")]
    office.add("answers", rows)
    broken = office.add("broken", [])
    office.add("empty", [answer(5)])
    office.add("hostile", [[SCRIPT, "", "2020-01-01T00:00:00Z", "Satisfactory", 1, "", "Ada"]])
    broken.type("D1", "Adequecy")
    with office.open():
        eventually(lambda: office.labels() == {span(1): "Satisfactory"})
        eventually(lambda: len(office.sheets["answers"].statuses()) == 2)
        eventually(lambda: "not accept" in str(office.sheets["hostile"].statuses()))
        yield office


def lines(*words: str) -> re.Pattern[str]:
    """These words in this order."""
    return re.compile(".*".join(map(re.escape, words)), re.DOTALL)


def test_every_mapping_at_one_glance(console: Office, page: Page) -> None:
    """Each in words; what is broken says what to do; the last day and the budgets stand below.

    Nothing is said of replicas, as this state is nobody else's.
    """
    page.goto(console.address())
    line = page.locator("a.mapping")
    expect(line).to_have_count(4)
    expect(line.nth(0)).to_contain_text(lines("answers", "reading", "1 synced", "1 wrong", "lag"))
    expect(line.nth(1)).to_contain_text(lines("broken", "did you mean 'Adequecy'"))
    expect(line.nth(1).locator(".chip")).to_have_text("broken")
    expect(line.nth(2).locator(".chip")).to_have_text("reading")
    expect(page.get_by_label("Budgets").locator("li")).to_have_count(4)
    expect(page.get_by_label("Budgets")).to_contain_text(re.compile(r"Google reads: [1-9]\d* of"))
    expect(page.get_by_text("1 row synced, 1 refused.")).to_be_visible()
    expect(page.locator(".plot canvas")).to_be_visible()
    expect(page.get_by_text("Replicas")).to_be_hidden()
    expect(page.get_by_text("Queue: ")).to_be_hidden()


def test_rows_are_found_by_state_and_text(console: Office, page: Page) -> None:
    """Each with what Arize has, what is wrong, and the way to its cell."""
    page.goto(console.address("mapping", name="answers"))
    rows = page.locator(".ag-row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text('Adequacy "Satisfactory", Helpfulness 4')
    expect(rows.nth(1)).to_contain_text("is not one of Satisfactory, Needs Improvement")
    sheet = console.sheets["answers"].service.spreadsheet
    expect(rows.nth(1).get_by_role("link", name="3", exact=True)).to_have_attribute(
        "href", f"https://docs.google.com/spreadsheets/d/{sheet}/edit#gid=0&range=A3"
    )

    synced = page.get_by_role("checkbox", name="synced", exact=True)
    synced.click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(span(2))
    synced.click()
    page.get_by_label("Find in rows").fill('SATISFACTORY", h')
    expect(page.get_by_text("0 rows shown.")).to_be_visible()
    expect(page.get_by_text("No row is like that.")).to_be_visible()
    page.get_by_label("Find in rows").fill("helpfulness")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(span(1))


def test_a_row_with_its_whole_history(console: Office, page: Page) -> None:
    """What the sheet says beside what Arize has, then everything that was read and answered."""
    page.goto(console.address("mapping", name="answers"))
    page.get_by_role("link", name=span(1)).click()
    table = page.locator("table.changes tbody tr")
    expect(table.nth(0)).to_have_text(re.compile("Adequacy *Satisfactory by Ada *Satisfactory by"))
    expect(table.nth(2)).to_contain_text(f"{SCRIPT}")
    for at, word in enumerate(("read", "posted", "accepted")):
        expect(page.locator(".history li").nth(at)).to_contain_text(word)
    expect(page.get_by_role("link", name="Row 2 of tab Review")).to_be_visible()
    page.goto(console.address("row", mapping="answers", key="no such key"))
    expect(page.get_by_text("No row of 'answers' has the key 'no such key'.")).to_be_visible()


def test_activity_follows_what_happens(console: Office, page: Page) -> None:
    """An edit appears on top, without a reload."""
    page.goto(console.address("activity"))
    tries = page.locator(".tries li")
    expect(tries).to_have_count(2)
    console.sheets["answers"].type("D3", "Satisfactory")
    expect(tries).to_have_count(3)
    expect(tries.first).to_contain_text(lines("accepted", "answers", "row 3", span(2)))
    expect(page.locator(".passes li").first).to_contain_text("1 new")
    console.sheets["answers"].type("D3", SCRIPT)
    eventually(lambda: "is not one of" in console.sheets["answers"].statuses()[span(2)])


def test_what_is_empty_or_broken_says_what_to_do(console: Office, page: Page) -> None:
    """Nobody is left before a blank page."""
    page.goto(console.address("mapping", name="empty"))
    expect(page.get_by_text("No row is judged yet.")).to_be_visible()
    page.goto(console.address("mapping", name="broken"))
    expect(page.locator(".banner.broken").first).to_contain_text("did you mean 'Adequecy'?")
    page.goto(console.address("mapping", name="unknown"))
    expect(page.get_by_text("No mapping is called 'unknown' now.")).to_be_visible()
    page.goto(console.address("new"))
    page.get_by_label("The sheet's address").fill("no address")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator(".banner.broken")).to_contain_text("is neither a spreadsheet's address")


def test_everything_is_reached_by_keyboard(console: Office, page: Page) -> None:
    """Tab leads through links, buttons, filters and rows; Enter and Space act."""
    page.goto(console.address())
    expect(page.locator("a.mapping")).to_have_count(4)
    page.locator("a.mapping").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ag-row")).to_have_count(2)
    page.get_by_role("link", name="sheets-sync").focus()
    met: list[str] = []
    for _ in range(22):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.innerText"))
    for wanted in ("Overview", "Activity", "New mapping", "Sync now", "Pause", "Retry selected"):
        assert wanted in met
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Space")
    expect(page.locator(".standing .chip")).to_have_text("paused")
    page.get_by_role("button", name="Resume").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".standing .chip")).to_have_text("reading")
    page.locator(".ag-cell").first.focus()
    page.keyboard.press("Space")
    expect(page.locator(".ag-row-selected")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_telephone_shows_every_page(
    console: Office, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    """390 pixels wide, nothing is cut off; light or dark as the system is."""
    size: ViewportSize = {"width": 390, "height": 800}
    with (
        browser.new_context(viewport=size, color_scheme=scheme) as context,
        watched(context) as page,
    ):
        for path in PAGES:
            page.goto(f"{console.url}/{path}")
            expect(page.locator("h1")).to_be_visible()
            expect(page.locator(f"body.body--{scheme}")).to_have_count(1)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_what_experts_write_is_never_run(console: Office, page: Page) -> None:
    """A cell with HTML, even a key, stands on every page as the text that it is."""
    for path in (*PAGES, *HOSTILE):
        page.goto(f"{console.url}/{path}")
        expect(page.locator("h1")).to_be_visible()
        if path in HOSTILE:
            expect(page.get_by_text(SCRIPT).first).to_be_visible()
        expect(page.locator('img[src="x"]')).to_have_count(0)
