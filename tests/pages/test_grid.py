"""People work in a spreadsheet's page as they do at Google; what they do is seen over the API."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import JsonValue

from sheets_sync.sandbox.server import Contact
from tests.pages.grid import Grid, sheet, window
from tests.sandbox_client import Control, Human, Row

ROWS: Sequence[Row] = [["Name", "Points", "Done"], ["b", 2, False], ["c", 3, True], ["a", 1, False]]


@pytest.fixture
def ada(control: Control) -> Human:
    """She looks through the API."""
    return control.human("Ada")


@pytest.fixture
def book(control: Control) -> str:
    """A small table, without a frozen row."""
    return control.add_spreadsheet(ROWS, title="Points", worksheet="Table")


@pytest.fixture
def grid(page: Page, contact: Contact, book: str) -> Grid:
    """Its page."""
    return sheet(page, contact, book)


def _names(ada: Human, book: str) -> list[str]:
    return [row[0] if row else "" for row in ada.read(book, "Table!A1:A9")]


def _rule(column: int, condition: JsonValue) -> dict[str, JsonValue]:
    area: JsonValue = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 4}
    columns: JsonValue = {"startColumnIndex": column, "endColumnIndex": column + 1}
    assert isinstance(area, dict)
    assert isinstance(columns, dict)
    return {"setDataValidation": {"range": area | columns, "rule": {"condition": condition}}}


def test_what_is_typed_is_taken_as_typed(grid: Grid, ada: Human, book: str) -> None:
    """A percentage is a number, a formula is worked out, and both are entered by name."""
    grid.type("B2", "50%")
    grid.shows("B2", "50%")
    grid.type("B3", "=B2*4")
    grid.shows("B3", "2")
    found = ada.ask("GET", f"{book}/values/Table!B2:B3?valueRenderOption=UNFORMATTED_VALUE")
    assert isinstance(found, dict)
    assert found["values"] == [[0.5], [2]]
    grid.cell("B3").dblclick()
    expect(grid.page.locator(".ag-cell-inline-editing input")).to_have_value("=B2*4")


def test_edits_are_those_of_the_person_at_the_page(grid: Grid, control: Control, book: str) -> None:
    """The name at the top is who wrote."""
    grid.page.get_by_label("You are").fill("Boris")
    expect(grid.page).to_have_url(re.compile("[?]person=Boris$"))
    grid.type("A5", "new")
    grid.shows("A5", "new")
    (write,) = [write for write in control.writes("human:Boris") if write.spreadsheet_id == book]
    assert (write.cell, write.value) == ("A5", "new")


def test_rows_are_inserted_deleted_and_sorted(grid: Grid, ada: Human, book: str) -> None:
    """Each button acts on the row or column of the chosen cell."""
    page = grid.page
    grid.cell("A3").click()
    page.get_by_label("Sort by the column, A to Z").click()
    grid.shows("A2", "a")
    assert _names(ada, book) == ["Name", "a", "b", "c"]
    page.get_by_label("Sort by the column, Z to A").click()
    grid.shows("A2", "c")
    grid.cell("A3").click()
    page.get_by_label("Insert a row above").click()
    grid.shows("A4", "b")
    assert _names(ada, book) == ["Name", "c", "", "b", "a"]
    grid.cell("A4").click()
    page.get_by_label("Delete the row").click()
    grid.shows("A4", "a")
    assert _names(ada, book) == ["Name", "c", "", "a"]
    page.get_by_label("Insert a row below").click()
    expect(page.get_by_text("Choose a cell first.")).to_be_visible()


def test_rules_offer_what_they_allow(grid: Grid, ada: Human, book: str) -> None:
    """A dropdown lists its values, and a box is ticked."""
    values: JsonValue = [{"userEnteredValue": name} for name in ("low", "high")]
    ada.change(book, _rule(0, {"type": "ONE_OF_LIST", "values": values}))
    ada.change(book, _rule(2, {"type": "BOOLEAN"}))
    box = grid.cell("C2").get_by_role("checkbox")
    box.click()
    expect(box).to_be_checked()
    grid.cell("A2").dblclick()
    expect(grid.page.get_by_role("option")).to_have_text(["", "low", "high"])
    grid.page.get_by_role("option", name="high").click()
    grid.shows("A2", "high")
    assert ada.read(book, "Table!A2:C2") == [["high", "2", "TRUE"]]


def test_an_edit_under_way_stays_in_its_row(grid: Grid, control: Control, book: str) -> None:
    """Others write, insert and sort meanwhile; it ends in the row that it was begun in."""
    grid.cell("B4").click()
    grid.page.keyboard.type("7")
    editor = grid.page.locator(".ag-cell-inline-editing input")
    boris = control.human("Boris")
    boris.type(book, "Table!C4", "now")
    grid.shows("C4", "now")
    rows: JsonValue = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    boris.change(book, {"insertDimension": {"range": rows}})
    grid.shows("C5", "now")
    area: JsonValue = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 5}
    specs: JsonValue = [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]
    boris.change(book, {"sortRange": {"range": area, "sortSpecs": specs}})
    grid.shows("C2", "now")
    expect(editor).to_have_value("7")
    grid.page.keyboard.press("Enter")
    grid.shows("B2", "7")
    assert boris.read(book, "Table!A2:B4") == [["a", "7"], ["b", "2"], ["c", "3"]]


def test_all_is_done_by_keyboard(grid: Grid, ada: Human, book: str) -> None:
    """From the headers into the cells, along them, and to the buttons."""
    page = grid.page
    grid.cell("A1").focus()
    for key in ("ArrowDown", "ArrowRight", "F2", "End", "5", "Tab", "Enter", "!", "Enter"):
        page.keyboard.press(key)
    grid.shows("B2", "25")
    page.get_by_label("Delete the row").focus()
    page.keyboard.press("Enter")
    grid.shows("A4", "")
    assert _names(ada, book) == ["Name", "b", "c"]


def test_a_formula_in_a_text_runs_no_script(page: Page, contact: Contact, control: Control) -> None:
    """What stands in a sheet is text, wherever a page shows it."""
    evil = '<img src=x onerror="document.title=1">'
    book = control.add_spreadsheet([[evil, "x"]], title=evil, worksheet=evil)
    grid = sheet(page, contact, book)
    grid.shows("A1", evil)
    expect(page.get_by_text(evil)).to_have_count(3)
    page.goto(contact.pages)
    expect(page.get_by_text(evil).first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_a_narrow_dark_window_shows_all(
    browser: Browser, contact: Contact, ada: Human, book: str
) -> None:
    """Nothing sticks out at 390 pixels, and a cell can be changed."""
    with window(browser, 390, dark=True) as narrow:
        for path in ("arize", "faults", ""):
            narrow.goto(contact.pages + path)
            expect(narrow.get_by_role("link", name="Faults")).to_be_visible()
            assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
        expect(narrow.locator("body")).to_have_css("background-color", "rgb(18, 18, 18)")
        grid = sheet(narrow, contact, book)
        grid.type("A2", "narrow")
        grid.shows("A2", "narrow")
        assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
    assert ada.read(book, "Table!A2") == [["narrow"]]


def test_a_box_is_ticked_right_after_an_edit(grid: Grid, ada: Human, book: str) -> None:
    """Even before the edit was answered."""
    ada.change(book, _rule(2, {"type": "BOOLEAN"}))
    box = grid.cell("C2").get_by_role("checkbox")
    expect(box).to_be_visible()
    grid.type("B2", "7")
    box.click()
    grid.shows("B2", "7")
    expect(box).to_be_checked()
    assert ada.read(book, "Table!B2:C2") == [["7", "TRUE"]]
