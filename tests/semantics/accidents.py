"""The accidents of docs/semantics/headers.md and what mends them, as experts cause and do them.

The columns are A Span ID, B Answer, C Started, D Adequacy, E Helpfulness, F Comment, G Reviewer and
H Sync status.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pydantic import JsonValue

from tests.service import HEADERS, Service, answer

Deed: TypeAlias = Callable[[Service], None]

NAMES = [*HEADERS, "Sync status"]
ROWS = [answer(1, "Satisfactory", 4, "", "Ada"), answer(2, "ok", 0, "", "Ada")]


def typed(cell: str, text: str) -> Deed:
    """An expert types into a cell."""
    return lambda service: service.type(cell, text)


def together(*deeds: Deed) -> Deed:
    """Several deeds, one after the other."""

    def all_of(service: Service) -> None:
        for deed in deeds:
            deed(service)

    return all_of


def properties(**changed: JsonValue) -> Deed:
    """The tab's properties are changed."""
    fields = ",".join(changed)
    return lambda service: service.change(
        {
            "updateSheetProperties": {
                "properties": {"sheetId": service.gid, **changed},
                "fields": fields,
            }
        }
    )


def lines(kind: str, action: str, start: int, end: int, **more: JsonValue) -> Deed:
    """Rows or columns are inserted, deleted or moved."""

    def act(service: Service) -> None:
        place: JsonValue = {
            "sheetId": service.gid,
            "dimension": kind,
            "startIndex": start,
            "endIndex": end,
        }
        name = "source" if action == "moveDimension" else "range"
        service.change({action: {name: place, **more}})

    return act


def renamed_back(service: Service) -> None:
    """The tab gets its old title, whatever it is called now."""
    service.change(
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "title": "Review"},
                "fields": "title",
            }
        }
    )


def other_tab(service: Service) -> None:
    """A second tab."""
    service.change({"addSheet": {"properties": {"title": "Other"}}})


def deleted_tab(service: Service) -> None:
    """Another tab is made, and the mapped one deleted."""
    other_tab(service)
    service.change({"deleteSheet": {"sheetId": service.gid}})


def retyped_tab(service: Service) -> None:
    """The tab and its rows are made anew, one of them edited."""
    service.change({"addSheet": {"properties": {"title": "Review"}}})
    first, second = ROWS
    edited = [*first[:4], 1, *first[5:]]
    service.expert.type_rows(service.spreadsheet, "Review!A1", [HEADERS, edited, second])


def retyped_adequacy(service: Service) -> None:
    """The deleted column is made and filled again."""
    lines("COLUMNS", "insertDimension", 3, 4)(service)
    rows = [["Adequacy"], ["Satisfactory"], ["ok"]]
    service.expert.type_rows(service.spreadsheet, "Review!D1", rows)


def retyped_headers(service: Service) -> None:
    """The deleted headers are typed again."""
    lines("ROWS", "insertDimension", 0, 1)(service)
    service.expert.type_rows(service.spreadsheet, "Review!A1", [NAMES])


def protected(service: Service) -> None:
    """The owner lets nobody else edit the status column."""
    place: JsonValue = {"sheetId": service.gid, "startColumnIndex": 7, "endColumnIndex": 8}
    users: JsonValue = {"users": ["owner@example.com"]}
    guard: JsonValue = {"protectedRangeId": 77, "range": place, "editors": users}
    service.change({"addProtectedRange": {"protectedRange": guard}})


def unprotected(service: Service) -> None:
    """The owner lifts it."""
    service.change({"deleteProtectedRange": {"protectedRangeId": 77}})


def renamed_book(service: Service) -> None:
    """The spreadsheet gets another title."""
    title: JsonValue = {"properties": {"title": "Answers"}, "fields": "title"}
    service.change({"updateSpreadsheetProperties": title})


def hidden_column(service: Service) -> None:
    """Adequacy is hidden."""
    hide: JsonValue = {"properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    assert isinstance(hide, dict)
    lines("COLUMNS", "updateDimensionProperties", 3, 4, **hide)(service)


ACCIDENTS: dict[str, Deed] = {
    "Adequacy renamed to Adequecy": typed("D1", "Adequecy"),
    "Adequacy renamed to adequacy": typed("D1", "adequacy"),
    "Adequacy renamed to Verdict": typed("D1", "Verdict"),
    "white space and a line break around Adequacy": typed("D1", " Adequacy\n\u00a0"),
    "Adequacy's header emptied": typed("D1", ""),
    "Adequacy and Helpfulness moved, cells and all": lines(
        "COLUMNS", "moveDimension", 3, 5, destinationIndex=1
    ),
    "the headers Adequacy and Helpfulness swapped, the cells not": together(
        typed("D1", "Helpfulness"), typed("E1", "Adequacy")
    ),
    "Adequacy deleted, cells and all": lines("COLUMNS", "deleteDimension", 3, 4),
    "a second Adequacy": typed("I1", "Adequacy"),
    "Answer, which is not mapped, renamed": typed("B1", "Reply"),
    "Answer, which is not mapped, deleted": lines("COLUMNS", "deleteDimension", 1, 2),
    "a column inserted before Adequacy": lines("COLUMNS", "insertDimension", 3, 4),
    "Adequacy hidden": hidden_column,
    "a row inserted above the headers": lines("ROWS", "insertDimension", 0, 1),
    "the row of the headers deleted": lines("ROWS", "deleteDimension", 0, 1),
    "the tab renamed to Review 2026": properties(title="Review 2026"),
    "the tab renamed, named by its number": properties(title="Review 2026"),
    "the tab deleted": deleted_tab,
    "the tab deleted, named by its number": deleted_tab,
    "the tab moved behind another": together(other_tab, properties(index=2)),
    "the tab hidden": together(other_tab, properties(hidden=True)),
    "the spreadsheet renamed": renamed_book,
    "the status column moved to the front": lines(
        "COLUMNS", "moveDimension", 7, 8, destinationIndex=0
    ),
    "the status column renamed to State": typed("H1", "State"),
    "the status column renamed to State, and a blank one headed Sync status": together(
        typed("H1", "State"), typed("I1", "Sync status")
    ),
    "the status column deleted": lines("COLUMNS", "deleteDimension", 7, 8),
    "the status column emptied": together(typed("H2", ""), typed("H3", "")),
    "an expert typed over a status": typed("H2", "what is this?"),
    "a second Sync status": typed("I1", "Sync status"),
    "the status column protected": protected,
}

MENDED: dict[str, Deed] = {
    "the old header": typed("D1", "Adequacy"),
    "the headers swapped back": together(typed("D1", "Adequacy"), typed("E1", "Helpfulness")),
    "the column typed again": retyped_adequacy,
    "the second one deleted": lines("COLUMNS", "deleteDimension", 8, 9),
    "that row deleted": lines("ROWS", "deleteDimension", 0, 1),
    "the headers typed again": retyped_headers,
    "the old title": renamed_back,
    "the tab typed again": retyped_tab,
    "the protection removed": unprotected,
}
