"""Requests about protected ranges."""

from __future__ import annotations

from dataclasses import replace

from sheets_sync.sandbox.a1 import Area
from sheets_sync.sandbox.drive import Draft, ProtectedCell
from sheets_sync.sandbox.google_api.body import Body, child, children, flag, number, text, texts
from sheets_sync.sandbox.google_api.cells import Reply
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.fields import wants
from sheets_sync.sandbox.google_api.masks import update_mask
from sheets_sync.sandbox.google_api.ranges import Place, grid_area, grid_place, sheet_of
from sheets_sync.sandbox.google_api.resource import Viewer, protected_range
from sheets_sync.sandbox.grid import Protection, Sheet
from sheets_sync.sandbox.spreadsheet import new_id


def add_protected_range(draft: Draft, body: Body) -> Reply:
    """AddProtectedRangeRequest.

    The answer names the editors that were asked for, a later reading also the caller and the
    owner: both as recorded.
    """
    wanted = child(body, "protectedRange")
    place = _place(draft, wanted)
    known = {p.protection_id for sheet in draft.spreadsheet.sheets for p in sheet.protections}
    given = number(wanted, "protectedRangeId")
    if given in known:
        raise Refusal(f"A protected range with ID {given} already exists.")
    editors = child(wanted, "editors")
    asked = tuple(texts(editors, "users"))
    protection = Protection(
        protection_id=new_id(known.__contains__) if given is None else given,
        area=place.area,
        editors=asked,
        groups=tuple(texts(editors, "groups")),
        description=text(wanted, "description"),
        warning_only=flag(wanted, "warningOnly"),
        unprotected=_unprotected(wanted),
        named_range_id=text(wanted, "namedRangeId"),
    )
    viewer = Viewer(draft.caller, draft.caller)
    answer = protected_range(place.sheet, protection, viewer)
    place.sheet.protections.append(_with_editors(protection, draft))
    return {"protectedRange": answer}


def update_protected_range(draft: Draft, body: Body) -> Reply:
    """UpdateProtectedRangeRequest."""
    mask = update_mask(body, "ProtectedRange")
    wanted = child(body, "protectedRange")
    sheet, old = _find(draft, number(wanted, "protectedRangeId"))
    _require_right(draft, old)
    new = old
    if wants(mask, "range") and wanted.get("range") is not None:
        new = replace(new, area=grid_place(draft.spreadsheet, child(wanted, "range")).area)
    if wants(mask, "description"):
        new = replace(new, description=text(wanted, "description"))
    if wants(mask, "warningOnly"):
        new = replace(new, warning_only=flag(wanted, "warningOnly"))
    if wants(mask, "unprotectedRanges"):
        new = replace(new, unprotected=_unprotected(wanted))
    editors = child(wanted, "editors")
    if wants(mask, "editors", "users"):
        new = replace(new, editors=tuple(texts(editors, "users")))
    if wants(mask, "editors", "groups"):
        new = replace(new, groups=tuple(texts(editors, "groups")))
    sheet.protections[sheet.protections.index(old)] = _with_editors(new, draft)
    return {}


def delete_protected_range(draft: Draft, body: Body) -> Reply:
    """DeleteProtectedRangeRequest."""
    sheet, protection = _find(draft, number(body, "protectedRangeId"))
    _require_right(draft, protection)
    sheet.protections.remove(protection)
    return {}


def _place(draft: Draft, wanted: Body) -> Place:
    named_id = text(wanted, "namedRangeId")
    if not named_id:
        return grid_place(draft.spreadsheet, child(wanted, "range"))
    for named in draft.spreadsheet.named_ranges:
        if named.named_range_id == named_id:
            return Place(sheet_of(draft.spreadsheet, named.sheet_id), named.area)
    raise Refusal(f"No named range with id: {named_id}")


def _find(draft: Draft, protection_id: int | None) -> tuple[Sheet, Protection]:
    for sheet in draft.spreadsheet.sheets:
        for protection in sheet.protections:
            if protection.protection_id == protection_id:
                return sheet, protection
    raise Refusal(f"No protected range with id: {protection_id or 0}")


def _require_right(draft: Draft, protection: Protection) -> None:
    if not protection.warning_only and not draft.may_edit(protection):
        raise ProtectedCell


def _unprotected(wanted: Body) -> tuple[Area, ...]:
    return tuple(grid_area(part) for part in children(wanted, "unprotectedRanges"))


def _with_editors(protection: Protection, draft: Draft) -> Protection:
    if protection.warning_only:
        return replace(protection, editors=())
    everyone = (*protection.editors, draft.caller, draft.owner)
    return replace(protection, editors=tuple(dict.fromkeys(everyone)))
