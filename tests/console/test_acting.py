from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.console.office import Office, eventually
from tests.service import HEADERS, Cell, answer, span

SELDOM = "1h"
LONG_AGO = "2020-01-01T00:00:00Z"
"""A record that is not found is refused for good only if it is not young."""


def unknown(number: int) -> list[Cell]:
    """An answer that Arize does not know of."""
    return [f"{number:04d}b661b957e728", "An answer", LONG_AGO, "Satisfactory", 3, "", "Ada"]


@pytest.fixture(scope="module")
def console(office: Office) -> Iterator[Office]:
    """One sheet for each test, so that none sees what another did."""
    office.add("seldom", [answer(1, "Satisfactory", 4, "", "Ada")], poll=SELDOM)
    office.add("by-cron", [answer(2, "Satisfactory", 4, "", "Ada")], poll="0 0 1 1 *")
    office.add("paused", [answer(3, "Satisfactory", 4, "", "Ada")])
    office.add("refused", [unknown(1), unknown(2)])
    office.add("held", [answer(number, "Satisfactory", 4, "", "Ada") for number in range(10, 14)])
    words = ["Satisfactory", "Needs Improvement"]
    fresh = [answer(n, words[n % 2], n % 5, "", ["Ada", "Bob"][n % 2]) for n in range(20, 26)]
    office.fresh = office.control.add_spreadsheet(
        [HEADERS, *fresh], title="Fresh answers", worksheet="Review"
    )
    with office.open(hold={"rows": 2, "share": 0.25}):
        eventually(lambda: len(office.labels()) == 7)
        yield office


def opened(page: Page, office: Office, name: str) -> Page:
    """A mapping's page, once its rows are there."""
    page.goto(office.address("mapping", name=name))
    expect(page.locator(".ag-row").first).to_be_visible()
    return page


def press(page: Page, name: str) -> None:
    """A button."""
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(("name", "number"), [("seldom", 1), ("by-cron", 2)])
def test_sync_now(console: Office, page: Page, name: str, number: int) -> None:
    """An edit that would not be seen for an hour, or a year, is at Arize and shown in the sheet."""
    sheet = console.sheets[name]
    opened(page, console, name)
    sheet.type("D2", "Needs Improvement")
    press(page, "Sync now")

    eventually(lambda: console.labels()[span(number)] == "Needs Improvement")
    expect(page.locator(".ag-row")).to_contain_text('Adequacy "Needs Improvement"')
    eventually(lambda: sheet.statuses()[span(number)].startswith("Synced"))


def test_pause_and_resume(console: Office, page: Page) -> None:
    """A paused mapping is read and sends nothing; resumed, it sends at once."""
    sheet = console.sheets["paused"]
    opened(page, console, "paused")
    press(page, "Pause")
    expect(page.locator(".standing .chip")).to_have_text("paused")
    sheet.type("D2", "Needs Improvement")
    expect(page.locator(".ag-row")).to_contain_text("queued")
    eventually(lambda: sheet.statuses() == {span(3): "Edited, queued"})
    assert console.labels()[span(3)] == "Satisfactory"

    press(page, "Resume")
    expect(page.locator(".ag-row")).to_contain_text('Adequacy "Needs Improvement"')
    assert console.labels()[span(3)] == "Needs Improvement"


def test_retry_selected_and_all(console: Office, page: Page) -> None:
    """Once Arize knows their records, the row that was selected goes out, then all others."""
    opened(page, console, "refused")
    rows = page.locator(".ag-row")
    expect(rows.filter(has_text="refused")).to_have_count(2)
    expect(rows.first).to_contain_text("Arize did not accept this")
    press(page, "Retry selected")
    expect(page.get_by_text("Select rows first")).to_be_visible()
    ids = [str(unknown(number)[0]) for number in (1, 2)]
    console.control.add_spans("TW9kZWw6MTpBYkNk", ids, LONG_AGO)

    rows.filter(has_text=ids[1]).locator("input[type=checkbox]").check()
    press(page, "Retry selected")
    expect(rows.filter(has_text=ids[1])).to_contain_text("synced")
    assert ids[0] not in console.labels()
    press(page, "Retry all refused")
    expect(rows.filter(has_text=ids[0])).to_contain_text("synced")
    assert ids[0] in console.labels()
    eventually(
        lambda: (
            [text[:6] for text in console.sheets["refused"].statuses().values()] == ["Synced"] * 2
        )
    )


def test_approve_what_was_seen(console: Office, page: Page) -> None:
    """A held plan is shown old to new; one that has grown meanwhile must be looked at again."""
    sheet, rows = console.sheets["held"], range(10, 14)
    opened(page, console, "held")
    sheet.service.expert.type_rows(
        sheet.service.spreadsheet, "Review!D2:D4", [["Needs Improvement"]] * 3
    )
    expect(page.locator(".banner.held")).to_contain_text("3 rows changed at once")
    press(page, "See the plan")
    plan = page.get_by_role("dialog")
    expect(plan.locator("tbody tr")).to_have_count(3)
    expect(plan.locator("tbody tr").first).to_have_text(
        re.compile(r'Adequacy "Satisfactory".* by Ada.*Adequacy "Needs Improvement"')
    )
    sheet.type("D5", "Needs Improvement")
    expect(page.locator(".banner.held")).to_contain_text("4 rows changed at once")
    press(page, "Approve this plan")
    expect(page.get_by_text("The plan has changed since it was shown")).to_be_visible()
    assert {console.labels()[span(number)] for number in rows} == {"Satisfactory"}

    expect(plan.locator("tbody tr")).to_have_count(4)
    press(page, "Approve this plan")
    eventually(lambda: {console.labels()[span(number)] for number in rows} == {"Needs Improvement"})
    expect(page.locator(".banner.held")).to_be_hidden()
    eventually(lambda: all(text.startswith("Synced") for text in sheet.statuses().values()))


def test_a_new_mapping_is_saved_and_synced(console: Office, page: Page) -> None:
    """Its plan follows what is chosen; saved, the running service takes it up."""
    page.goto(console.address("new"))
    page.get_by_label("The sheet's address").fill(
        f"https://docs.google.com/spreadsheets/d/{console.fresh}/edit#gid=0"
    )
    page.keyboard.press("Enter")
    preview = page.locator(".history li")
    expect(preview).to_have_count(6)
    expect(preview.first).to_contain_text('Adequacy "Satisfactory" by Ada, Helpfulness 0 by Ada')

    page.get_by_label("Helpfulness", exact=True).click()
    page.get_by_role("option", name="nothing").click()
    expect(preview.first).not_to_contain_text("Helpfulness")
    page.get_by_label("Span ID", exact=True).click()
    page.get_by_role("option", name="nothing").click()
    expect(page.get_by_role("status")).to_contain_text("which column is the record's id")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_label("Span ID", exact=True).click()
    page.get_by_role("option", name="the record's id", exact=True).click()
    expect(page.locator(".yaml")).to_contain_text("record_id: Span ID")
    press(page, "Save")

    expect(page.get_by_role("heading", name="fresh-answers")).to_be_visible()
    expect(page.locator(".ag-row").filter(has_text="synced")).to_have_count(6)
    assert console.labels()[span(25)] == "Needs Improvement"
    assert (console.config / "fresh-answers.yaml").is_file()
    service = console.sheets["seldom"].service
    shown = service.expert.read(console.fresh, "Review")
    eventually(lambda: "Synced" in str(service.expert.read(console.fresh, "Review")))
    assert shown[0][0] == "Span ID"
