"""From a word that is typed into a cell to the annotation at Arize, as people see it."""

from __future__ import annotations

import os

from playwright.sync_api import Page, expect

from sheets_sync.sandbox.server import Contact
from tests.command import Command
from tests.faults.test_run_goes_on import until
from tests.pages.grid import running, sheet
from tests.sandbox_client import Control
from tests.service import Service, span


def test_a_typed_label_is_seen_at_arize(
    page: Page, contact: Contact, control: Control, service: Service
) -> None:
    """It is Queued, then Synced in the grid, and stands on the page of Arize."""
    control.fault("arize", match="updateAnnotations", latency_ms=1500)
    with running(service):
        grid = sheet(page, contact, service.spreadsheet, frozen=1)
        grid.shows("H1", "Sync status")
        grid.cell("D2").dblclick()
        page.get_by_role("option", name="Needs Improvement").click()
        grid.shows("H2", "Queued")
        grid.shows("H2", "Synced…")
        page.goto(f"{contact.pages}arize")
        page.get_by_label("Filter").fill(span(1))
        rows = page.locator(".ag-center-cols-container [role=row]")
        expect(rows.filter(has_text="Needs Improvement")).to_have_count(1)
        expect(rows).to_have_count(1)


def test_faults_are_switched_by_a_click(
    page: Page, contact: Contact, control: Control, service: Service
) -> None:
    """The service says what is wrong while a fault is on, and recovers once it is off."""
    with running(service):
        page.goto(f"{contact.pages}faults")
        page.get_by_role("switch", name="Arize: 503").click()
        service.type("D2", "Satisfactory")
        expect(page.get_by_text("met ")).to_be_visible(timeout=15_000)
        until(lambda: "503" in said(service))
        assert control.fired()[0] > 0
        page.get_by_role("button", name="Switch all off").click()
        expect(page.get_by_role("switch", name="Arize: 503")).not_to_be_checked()
        assert control.fired() == []
        until(lambda: service.statuses()[span(1)].startswith("Synced"))


def test_the_status_column_refuses_people(page: Page, contact: Contact, service: Service) -> None:
    """In Google's own words; and its header says what it is for."""
    grid = sheet(page, contact, service.spreadsheet, frozen=1)
    grid.type("H2", "mine")
    expect(page.get_by_text("You are trying to edit a protected cell or object.")).to_be_visible()
    grid.shows("H2", "")
    assert service.statuses() == {}
    grid.cell("H1").hover()
    expect(page.get_by_text("sheets-sync writes this column.")).to_be_visible()


def said(service: Service) -> str:
    """What `status` says now."""
    environment = {**os.environ, "ARIZE_API_KEY": "any"}
    return Command(["status", "--config", str(service.path)], environment).communicate()[0]
