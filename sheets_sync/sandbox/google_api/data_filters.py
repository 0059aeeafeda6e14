"""DataFilter: finding places by A1 range, by GridRange, or by developer metadata.

Which fields of a lookup match, and how locations do, is told in the reference of
DeveloperMetadataLookup: every field given must match.
"""

from __future__ import annotations

from sheets_sync.sandbox.a1 import Block
from sheets_sync.sandbox.google_api.body import Body, child, flag, number, text
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.ranges import Place, grid_place, place_of, sheet_of, stretch_of
from sheets_sync.sandbox.spreadsheet import Location, Metadata, Spreadsheet

_EVERYWHERE = Block(0, 0, 1 << 40, 1 << 40)


def places(spreadsheet: Spreadsheet, data_filter: Body, project: str) -> list[Place]:
    """The places a filter selects, none where no metadata matches; raises Refusal."""
    if "a1Range" in data_filter:
        return [place_of(spreadsheet, text(data_filter, "a1Range"))]
    if "gridRange" in data_filter:
        return [grid_place(spreadsheet, child(data_filter, "gridRange"))]
    found = []
    for entry in _looked_up(spreadsheet, data_filter, project):
        area, sheet_id = entry.location.area, entry.location.sheet_id
        if area is not None and sheet_id is not None:
            found.append(Place(sheet_of(spreadsheet, sheet_id), area))
    return found


def metadata(spreadsheet: Spreadsheet, data_filter: Body, project: str) -> list[Metadata]:
    """The metadata a filter selects: by lookup, or by lying in a range; raises Refusal."""
    if "developerMetadataLookup" in data_filter:
        return _looked_up(spreadsheet, data_filter, project)
    searched = places(spreadsheet, data_filter, project)
    return [
        entry
        for entry in spreadsheet.metadata
        if entry.is_visible_to(project)
        and any(
            place.sheet.sheet_id == entry.location.sheet_id
            and entry.location.area is not None
            and entry.location.area.meets(place.block)
            for place in searched
        )
    ]


def location_of(spreadsheet: Spreadsheet, body: Body) -> Location:
    """A DeveloperMetadataLocation; raises Refusal unless it is one row, column, sheet or all."""
    if flag(body, "spreadsheet"):
        return Location("SPREADSHEET")
    if body.get("dimensionRange") is not None:
        wanted = child(body, "dimensionRange")
        start, end = number(wanted, "startIndex"), number(wanted, "endIndex")
        if start is None or end is None or end != start + 1:
            raise Refusal("The dimension range must represent a single row or column.")
        stretch = stretch_of(spreadsheet, wanted)
        if stretch.end > stretch.sheet.size(stretch.dimension):
            raise Refusal("The dimension range is outside the sheet.")
        kind = text(wanted, "dimension")
        return Location("ROW" if kind == "ROWS" else "COLUMN", stretch.sheet.sheet_id, start)
    if body.get("sheetId") is not None:
        return Location("SHEET", sheet_of(spreadsheet, number(body, "sheetId")).sheet_id)
    raise Refusal("Developer metadata must have a location specified.")


def _looked_up(spreadsheet: Spreadsheet, data_filter: Body, project: str) -> list[Metadata]:
    if "developerMetadataLookup" not in data_filter:
        raise Refusal("A data filter must specify a filter.")
    lookup = child(data_filter, "developerMetadataLookup")
    place = None
    if lookup.get("metadataLocation") is not None:
        place = location_of(spreadsheet, child(lookup, "metadataLocation"))
    exact = text(lookup, "locationMatchingStrategy") == "EXACT_LOCATION"
    return [
        entry
        for entry in spreadsheet.metadata
        if entry.is_visible_to(project)
        and _matches(entry, lookup)
        and (place is None or entry.location == place or (not exact and _meet(entry, place)))
    ]


def _matches(entry: Metadata, lookup: Body) -> bool:
    return (
        number(lookup, "metadataId") in {None, entry.metadata_id}
        and text(lookup, "metadataKey", entry.key) == entry.key
        and lookup.get("metadataValue") in {None, entry.value}
        and text(lookup, "visibility", entry.visibility) == entry.visibility
        and text(lookup, "locationType", entry.location.kind) == entry.location.kind
    )


def _meet(entry: Metadata, place: Location) -> bool:
    mine, other = entry.location.area, place.area
    if mine is None or other is None:
        return True
    same_sheet = entry.location.sheet_id == place.sheet_id
    return same_sheet and mine.meets(other.clipped(_EVERYWHERE.bottom, _EVERYWHERE.right))
