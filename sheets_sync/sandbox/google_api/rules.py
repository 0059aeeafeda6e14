"""Requests about filters, conditional formats and named ranges: kept and given back."""

from __future__ import annotations

import secrets
from dataclasses import replace

from sheets_sync.sandbox.a1 import area_of
from sheets_sync.sandbox.drive import Draft
from sheets_sync.sandbox.google_api.body import Body, child, children, number, text
from sheets_sync.sandbox.google_api.cells import Reply
from sheets_sync.sandbox.google_api.colors import stored
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.fields import wants
from sheets_sync.sandbox.google_api.masks import update_mask
from sheets_sync.sandbox.google_api.ranges import grid_place, sheet_of
from sheets_sync.sandbox.google_api.resource import conditional_format, named_range
from sheets_sync.sandbox.grid import Ruled, Sheet
from sheets_sync.sandbox.spreadsheet import NamedRange
from sheets_sync.sandbox.wire import Json


def set_basic_filter(draft: Draft, body: Body) -> Reply:
    """SetBasicFilterRequest; open sides end where the grid does, as recorded."""
    wanted = child(body, "filter")
    place = grid_place(draft.spreadsheet, child(wanted, "range"))
    place.sheet.basic_filter = Ruled((area_of(place.block),), _rest(wanted, "range"))
    return {}


def clear_basic_filter(draft: Draft, body: Body) -> Reply:
    """ClearBasicFilterRequest."""
    sheet_of(draft.spreadsheet, number(body, "sheetId")).basic_filter = None
    return {}


def add_conditional_format_rule(draft: Draft, body: Body) -> Reply:
    """AddConditionalFormatRuleRequest."""
    sheet, rule = _rule(draft, child(body, "rule"))
    index = number(body, "index") or 0
    if index > len(sheet.conditional_formats):
        raise Refusal(f"index[{index}] must be at most {len(sheet.conditional_formats)}.")
    sheet.conditional_formats.insert(index, rule)
    return {}


def update_conditional_format_rule(draft: Draft, body: Body) -> Reply:
    """UpdateConditionalFormatRuleRequest: replaces a rule, or moves it to `newIndex`."""
    index = number(body, "index") or 0
    new_index = number(body, "newIndex")
    if new_index is not None:
        sheet = sheet_of(draft.spreadsheet, number(body, "sheetId"))
        rule = old = _rule_at(sheet, index)
        sheet.conditional_formats.remove(old)
        sheet.conditional_formats.insert(new_index, rule)
    else:
        sheet, rule = _rule(draft, child(body, "rule"))
        old = _rule_at(sheet, index)
        sheet.conditional_formats[index] = rule
    reply: Reply = {"newRule": _shown(sheet, rule), "newIndex": new_index or index}
    return reply | {"oldRule": _shown(sheet, old), "oldIndex": index}


def delete_conditional_format_rule(draft: Draft, body: Body) -> Reply:
    """DeleteConditionalFormatRuleRequest; the answer is the rule that is gone."""
    sheet = sheet_of(draft.spreadsheet, number(body, "sheetId"))
    rule = _rule_at(sheet, number(body, "index") or 0)
    sheet.conditional_formats.remove(rule)
    return {"rule": _shown(sheet, rule)}


def add_named_range(draft: Draft, body: Body) -> Reply:
    """AddNamedRangeRequest."""
    wanted = child(body, "namedRange")
    place = grid_place(draft.spreadsheet, child(wanted, "range"))
    name = text(wanted, "name")
    if any(named.name == name for named in draft.spreadsheet.named_ranges):
        raise Refusal(f'A named range with the name "{name}" already exists.')
    named = NamedRange(
        text(wanted, "namedRangeId") or str(secrets.randbelow(2_000_000_000)),
        name,
        place.sheet.sheet_id,
        place.area,
    )
    draft.spreadsheet.named_ranges.append(named)
    return {"namedRange": named_range(named)}


def update_named_range(draft: Draft, body: Body) -> Reply:
    """UpdateNamedRangeRequest."""
    mask = update_mask(body, "NamedRange")
    wanted = child(body, "namedRange")
    old = new = _named(draft, text(wanted, "namedRangeId"))
    if wants(mask, "name"):
        new = replace(new, name=text(wanted, "name"))
    if wants(mask, "range"):
        place = grid_place(draft.spreadsheet, child(wanted, "range"))
        new = replace(new, sheet_id=place.sheet.sheet_id, area=place.area)
    named_ranges = draft.spreadsheet.named_ranges
    named_ranges[named_ranges.index(old)] = new
    return {}


def delete_named_range(draft: Draft, body: Body) -> Reply:
    """DeleteNamedRangeRequest."""
    draft.spreadsheet.named_ranges.remove(_named(draft, text(body, "namedRangeId")))
    return {}


def _named(draft: Draft, named_range_id: str) -> NamedRange:
    for named in draft.spreadsheet.named_ranges:
        if named.named_range_id == named_range_id:
            return named
    raise Refusal(f"No named range with id: {named_range_id}")


def _rule(draft: Draft, wanted: Body) -> tuple[Sheet, Ruled]:
    places = [grid_place(draft.spreadsheet, part) for part in children(wanted, "ranges")]
    if not places:
        raise Refusal("No ranges specified.")
    if any(place.sheet is not places[0].sheet for place in places):
        raise Refusal("All ranges must be on the same sheet.")
    areas = tuple(place.area for place in places)
    return places[0].sheet, Ruled(areas, _rest(wanted, "ranges"))


def _rule_at(sheet: Sheet, index: int) -> Ruled:
    if index >= len(sheet.conditional_formats):
        raise Refusal(f"No conditional format on sheet: {sheet.sheet_id} at index: {index}")
    return sheet.conditional_formats[index]


def _shown(sheet: Sheet, rule: Ruled) -> Json:
    return conditional_format(sheet, rule)


def _rest(body: Body, without: str) -> dict[str, Json]:
    rest = stored({name: value for name, value in body.items() if name != without})
    return rest if isinstance(rest, dict) else {}
