"""Takes the screenshots of the documentation, of real pages: `python -m tests.console.screenshots`.

They go to docs/screenshots; look at each before you keep it. With a FOLDER, every page goes there
in every size and colour.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, Page, expect

from sheets_sync.sandbox.server import Sandbox
from tests.browser import chromium
from tests.console.office import Office, eventually
from tests.sandbox_client import Control
from tests.service import HEADERS, Cell, answer, short_key, span

KEPT_IN = Path(__file__).parents[2] / "docs" / "screenshots"
WORDS = ("Satisfactory", "Needs Improvement")


class Size(NamedTuple):
    """A window, as the name of its pictures says it."""

    name: str
    width: int
    scheme: Literal["light", "dark"]


SIZES = (
    Size("", 1280, "light"),
    Size("-dark", 1280, "dark"),
    Size("-narrow", 390, "light"),
    Size("-narrow-dark", 390, "dark"),
)
KEPT = (SIZES[0], SIZES[-1])


def main(folder: Path | None) -> None:
    """Those of the documentation, or all into a folder."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        Sandbox(key=short_key()) as sandbox,
        Control(sandbox.contact) as control,
        chromium() as browser,
    ):
        office = Office(sandbox.contact, control, Path(scratch))
        fresh = _furnished(office)
        google = office.service.settings()["google"] | {"reads_per_minute": 600}
        arize = {"mutations_per_minute": 1500, "requests_per_minute": 600}
        limits = {
            "google": google | {"writes_per_minute": 600},
            "arize": office.service.settings()["arize"] | arize,
        }
        with office.open(hold={"rows": 20, "share": 0.25}, contact="ops@example.com", **limits):
            _worked(office)
            for size in SIZES if folder else KEPT:
                _taken(browser, office, fresh, size, folder or KEPT_IN)


def _rows(first: int, number: int) -> list[list[Cell]]:
    notes = ("Clear and to the point.", "", "Misses the second question.")
    return [
        answer(n, WORDS[n % 3 == 0], n % 5 + 1, notes[n % 3], ("Ada", "Bob", "Eve")[n % 3])
        for n in range(first, first + number)
    ]


def _furnished(office: Office) -> str:
    rows = _rows(100, 120)
    rows[3][3], rows[17][4], rows[41][0] = "Goood", 7, ""
    rows[58] = [f"{58:04d}b661b957e728", "Answer", "2020-01-01T00:00:00Z", WORDS[0], 3, "", "Ada"]
    office.add("support-answers", rows)
    office.add("billing-answers", _rows(300, 40))
    office.add("translations", _rows(400, 12))
    office.add("medical-review", _rows(500, 8))
    return office.control.add_spreadsheet(
        [[*HEADERS, "Done"], *([*row, True] for row in _noted(600, 12))],
        title="Summaries of November",
        worksheet="Review",
    )


def _noted(first: int, number: int) -> list[list[Cell]]:
    rows = _rows(first, number)
    for at, row in enumerate(rows):
        row[5] = f"Point {at + 1} is missing." if at % 2 else ""
    return rows


def _worked(office: Office) -> None:
    eventually(lambda: len(office.labels()) >= 116 + 40 + 12 + 8)
    office.sheets["medical-review"].type("D1", "Adequecy")
    billing = office.sheets["billing-answers"].service
    changed = [[WORDS[n % 3 != 0]] for n in range(30)]
    billing.expert.type_rows(billing.spreadsheet, "Review!D2:D31", changed)
    edited = office.sheets["support-answers"]
    edited.type("D2", WORDS[1])
    eventually(lambda: office.labels()[span(100)] == WORDS[1])


def _taken(browser: Browser, office: Office, fresh: str, size: Size, folder: Path) -> None:
    page = browser.new_page(viewport={"width": size.width, "height": 800}, color_scheme=size.scheme)

    def keep(name: str) -> None:
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"{name}{size.name}.png")

    page.goto(office.address())
    expect(page.locator("a.mapping .chip", has_text="held")).to_be_visible()
    expect(page.locator("a.mapping .chip", has_text="broken")).to_be_visible()
    keep("overview")
    page.goto(office.address("mapping", name="support-answers"))
    expect(page.locator(".ag-row").first).to_be_visible()
    keep("mapping")
    page.goto(office.address("mapping", name="billing-answers"))
    page.get_by_role("button", name="See the plan").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    keep("approve")
    page.goto(office.address("row", mapping="support-answers", key=span(100)))
    expect(page.locator(".history li").first).to_be_visible()
    keep("row")
    page.goto(office.address("activity"))
    expect(page.locator(".tries li").first).to_be_visible()
    keep("activity")
    _keep_new(page, office, fresh)
    keep("new-mapping")
    page.close()


def _keep_new(page: Page, office: Office, fresh: str) -> None:
    page.goto(office.address("new"))
    address = page.get_by_label("The sheet's address")
    address.fill(f"https://docs.google.com/spreadsheets/d/{fresh}/edit#gid=0")
    address.press("Enter")
    expect(page.locator(".preview li")).to_have_count(8)
    page.get_by_text("Which column is what").scroll_into_view_if_needed()
    page.evaluate("document.querySelectorAll('h2')[1].scrollIntoView()")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
