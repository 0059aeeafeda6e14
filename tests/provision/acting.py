"""Provisioning in this process, and the sheet as its owner sees all of it."""

from __future__ import annotations

import os
import pty
import sys
from typing import Any

from pydantic import TypeAdapter

from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.spread import SpreadSheets
from sheets_sync.google.transport import Limits, Transport
from sheets_sync.operations.provisioning import Plans, carry_out, planned
from tests.service import Service

LIMITS = Limits(timeout=(5, 5), attempts=3, total=5, first_wait=0.01)


def sheets_of(service: Service) -> SpreadSheets:
    """The clients of the service's accounts; they try again at once."""
    google = service.config().google
    accounts = load_accounts(google.credentials or ())
    return SpreadSheets(
        [
            SheetsClient(Transport(account, api_root=google.api_root, limits=LIMITS))
            for account in accounts
        ]
    )


def looked(service: Service, *, removes: bool = False, sheets: SpreadSheets | None = None) -> Plans:
    """What would be done for all mappings."""
    mappings = service.config().mappings
    names = [mapping.name for mapping in mappings]
    return planned(sheets or sheets_of(service), mappings, names, removes=removes)


def done(service: Service, *, removes: bool = False) -> list[str]:
    """Do it for all mappings; what was done, in words. What is wrong is raised."""
    sheets = sheets_of(service)
    plans = looked(service, removes=removes, sheets=sheets)
    for trouble in plans.troubles:
        raise trouble
    carry_out(sheets, plans)
    return words(plans)


def words(plans: Plans) -> list[str]:
    """All steps."""
    return [step.words for plan in plans.tabs for step in plan.provision.steps]


def left(plans: Plans) -> list[str]:
    """All that stays as it is."""
    return [said for plan in plans.tabs for said in plan.provision.left]


def resource(service: Service) -> dict[str, Any]:
    """The whole spreadsheet, cells and all."""
    found = service.control.human("owner").ask("GET", f"{service.spreadsheet}?includeGridData=true")
    return TypeAdapter(dict[str, Any]).validate_python(found)


def tab(service: Service) -> dict[str, Any]:
    """The tab."""
    found: dict[str, Any] = resource(service)["sheets"][0]
    return found


def column(sheet: dict[str, Any], index: int) -> list[dict[str, Any]]:
    """The cells of one column as far down as there is anything in the tab."""
    rows = [row.get("values", []) for row in sheet["data"][0]["rowData"]]
    return [row[index] if index < len(row) else {} for row in rows]


def below(service: Service, index: int) -> dict[str, Any]:
    """What every cell of a column below its header has alike, but for what stands in it."""
    cells = column(tab(service), index)[1:]
    kept = ("note", "dataValidation", "userEnteredFormat")
    found = [{name: cell[name] for name in kept if name in cell} for cell in cells]
    assert all(cell == found[0] for cell in found)
    return found[0]


def at_a_terminal() -> None:
    """The command line at a terminal where somebody has typed y."""
    from sheets_sync.cli import main  # noqa: PLC0415 - it looks at its environment

    ours, theirs = pty.openpty()
    os.dup2(theirs, 0)
    sys.stdin = os.fdopen(0)
    os.write(ours, b"y\n")
    main()
