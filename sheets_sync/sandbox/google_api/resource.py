"""The Spreadsheet resource, from the grid model to the JSON of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sheets_sync.sandbox.a1 import Area, Block
from sheets_sync.sandbox.google_api.cells import cell_data
from sheets_sync.sandbox.google_api.colors import shown
from sheets_sync.sandbox.google_api.defaults import DEFAULT_FORMAT, THEME
from sheets_sync.sandbox.google_api.ranges import Place, grid_range
from sheets_sync.sandbox.grid import Dimension, Group, Protection, Ruled, Sheet
from sheets_sync.sandbox.reading import Reader
from sheets_sync.sandbox.spreadsheet import Metadata, NamedRange, Spreadsheet
from sheets_sync.sandbox.wire import Json

_PIXELS: Mapping[Dimension, int] = {"ROWS": 21, "COLUMNS": 100}


@dataclass(frozen=True)
class Viewer:
    """Who asks: some parts are shown only to those who may edit them."""

    caller: str
    owner: str

    @property
    def project(self) -> str:
        """The developer project of a service account; other callers are one of their own."""
        return self.caller.rpartition("@")[2]

    def may_edit(self, protection: Protection) -> bool:
        """Whether the caller may change what is protected."""
        return (
            protection.warning_only
            or self.caller == self.owner
            or self.caller in protection.editors
        )


def spreadsheet_resource(
    spreadsheet_id: str,
    reader: Reader,
    viewer: Viewer,
    *,
    with_data: bool,
    places: Sequence[Place] | None = None,
) -> dict[str, Json]:
    """A Spreadsheet; with `places` only their sheets, and of the data only these parts.

    Cells are read only `with_data`.
    """
    spreadsheet = reader.spreadsheet
    sheets: list[Json] = []
    for index, sheet in enumerate(spreadsheet.sheets):
        shown = [place for place in places or () if place.sheet is sheet]
        if places is None:
            shown = [Place(sheet, Area())]
        if shown:
            part = _sheet(spreadsheet, sheet, index, viewer)
            if with_data:
                part["data"] = [_grid_data(reader, place, viewer) for place in shown]
            sheets.append(part)
    answer: dict[str, Json] = {
        "spreadsheetId": spreadsheet_id,
        "properties": {
            "title": spreadsheet.title,
            "locale": spreadsheet.locale,
            "autoRecalc": spreadsheet.auto_recalc,
            "timeZone": spreadsheet.time_zone,
            "defaultFormat": DEFAULT_FORMAT,
            "spreadsheetTheme": THEME,
            **spreadsheet.properties,
        },
        "sheets": sheets,
        "namedRanges": [named_range(named) for named in spreadsheet.named_ranges],
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{spreadsheet_id}/edit",
        "developerMetadata": [
            developer_metadata(entry)
            for entry in spreadsheet.metadata
            if entry.location.kind == "SPREADSHEET" and entry.is_visible_to(viewer.project)
        ],
    }
    return without_empty(answer)


def without_empty(answer: Mapping[str, Json]) -> dict[str, Json]:
    """Google leaves out lists without elements."""
    return {name: value for name, value in answer.items() if value != [] and value is not None}


def sheet_properties(sheet: Sheet, index: int) -> dict[str, Json]:
    """SheetProperties; unlike elsewhere, sheetId and index are shown when 0, too."""
    return {
        "sheetId": sheet.sheet_id,
        "title": sheet.title,
        "index": index,
        "sheetType": "GRID",
        "gridProperties": {
            "rowCount": sheet.row_count,
            "columnCount": sheet.column_count,
            **sheet.grid,
        },
        **_shown(sheet.properties),
    }


def conditional_format(sheet: Sheet, rule: Ruled) -> Json:
    """A ConditionalFormatRule."""
    ranges: list[Json] = [grid_range(sheet.sheet_id, area) for area in rule.areas]
    return {"ranges": ranges, **_shown(rule.rest)}


def protected_range(sheet: Sheet, protection: Protection, viewer: Viewer) -> dict[str, Json]:
    """A ProtectedRange; who may edit is shown only to those who may."""
    may_edit = viewer.may_edit(protection)
    answer: dict[str, Json] = {
        "protectedRangeId": protection.protection_id,
        "range": grid_range(sheet.sheet_id, protection.area),
        "namedRangeId": protection.named_range_id or None,
        "description": protection.description or None,
        "warningOnly": protection.warning_only or None,
        "requestingUserCanEdit": may_edit or None,
        "unprotectedRanges": [grid_range(sheet.sheet_id, a) for a in protection.unprotected],
    }
    if may_edit and not protection.warning_only:
        editors = {"users": list(protection.editors), "groups": list(protection.groups)}
        answer["editors"] = {name: list(value) for name, value in editors.items() if value}
    return without_empty(answer)


def named_range(named: NamedRange) -> dict[str, Json]:
    """A NamedRange."""
    return {
        "namedRangeId": named.named_range_id,
        "name": named.name,
        "range": grid_range(named.sheet_id, named.area),
    }


def dimension_range(sheet_id: int, dimension: Dimension, start: int, end: int) -> dict[str, Json]:
    """A DimensionRange as answers show it."""
    sheet: dict[str, Json] = {"sheetId": sheet_id} if sheet_id else {}
    return sheet | {"dimension": dimension, "startIndex": start, "endIndex": end}


def developer_metadata(entry: Metadata) -> dict[str, Json]:
    """A DeveloperMetadata."""
    place = entry.location
    location: dict[str, Json] = {"locationType": place.kind}
    if place.kind == "SPREADSHEET":
        location["spreadsheet"] = True
    elif place.kind == "SHEET" or place.index is None:
        location["sheetId"] = place.sheet_id
    else:
        dimension: Dimension = "ROWS" if place.kind == "ROW" else "COLUMNS"
        location["dimensionRange"] = dimension_range(
            place.sheet_id or 0, dimension, place.index, place.index + 1
        )
    answer: dict[str, Json] = {"metadataId": entry.metadata_id, "metadataKey": entry.key}
    if entry.value is not None:
        answer["metadataValue"] = entry.value
    return answer | {"location": location, "visibility": entry.visibility}


def dimension_group(sheet: Sheet, dimension: Dimension, group: Group) -> dict[str, Json]:
    """A DimensionGroup."""
    answer: dict[str, Json] = {
        "range": dimension_range(sheet.sheet_id, dimension, group.start, group.end),
        "depth": group.depth,
    }
    return answer | ({"collapsed": True} if group.collapsed else {})


def _shown(kept: Mapping[str, Json]) -> dict[str, Json]:
    value = shown(dict(kept))
    return value if isinstance(value, dict) else {}


def _sheet(spreadsheet: Spreadsheet, sheet: Sheet, index: int, viewer: Viewer) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "properties": sheet_properties(sheet, index),
        "merges": [grid_range(sheet.sheet_id, area) for area in sheet.merges],
        "conditionalFormats": [conditional_format(sheet, r) for r in sheet.conditional_formats],
        "protectedRanges": [protected_range(sheet, p, viewer) for p in sheet.protections],
        "developerMetadata": [
            developer_metadata(entry)
            for entry in spreadsheet.metadata
            if entry.location.kind == "SHEET"
            and entry.location.sheet_id == sheet.sheet_id
            and entry.is_visible_to(viewer.project)
        ],
        "rowGroups": [dimension_group(sheet, "ROWS", g) for g in sheet.groups["ROWS"]],
        "columnGroups": [dimension_group(sheet, "COLUMNS", g) for g in sheet.groups["COLUMNS"]],
    }
    if sheet.basic_filter is not None:
        answer["basicFilter"] = {
            "range": grid_range(sheet.sheet_id, sheet.basic_filter.areas[0]),
            **_shown(sheet.basic_filter.rest),
        }
    return without_empty(answer)


def _grid_data(reader: Reader, place: Place, viewer: Viewer) -> dict[str, Json]:
    block, sheet = place.block, place.sheet
    rows: list[Json] = []
    for index in range(block.top, min(block.bottom, len(sheet.rows))):
        cells = sheet.rows[index][block.left : block.right]
        values: list[Json] = [
            cell_data(reader, sheet, index, block.left + offset, cell)
            for offset, cell in enumerate(cells)
        ]
        while values and not values[-1]:
            values.pop()
        rows.append({"values": values} if values else {})
    while rows and not rows[-1]:
        rows.pop()
    return without_empty(
        {
            "startRow": block.top or None,
            "startColumn": block.left or None,
            "rowData": rows,
            "rowMetadata": _dimensions(reader.spreadsheet, sheet, "ROWS", block, viewer),
            "columnMetadata": _dimensions(reader.spreadsheet, sheet, "COLUMNS", block, viewer),
        }
    )


def _dimensions(
    spreadsheet: Spreadsheet, sheet: Sheet, dimension: Dimension, block: Block, viewer: Viewer
) -> list[Json]:
    rows = dimension == "ROWS"
    start, end = (block.top, block.bottom) if rows else (block.left, block.right)
    fastened: dict[int, list[Json]] = {}
    for entry in spreadsheet.metadata:
        place = entry.location
        if (
            place.kind == ("ROW" if rows else "COLUMN")
            and place.sheet_id == sheet.sheet_id
            and place.index is not None
            and entry.is_visible_to(viewer.project)
        ):
            fastened.setdefault(place.index, []).append(developer_metadata(entry))
    plain: dict[str, Json] = {"pixelSize": _PIXELS[dimension]}
    return [
        plain
        | dict(sheet.dimensions[dimension].get(index, {}))
        | ({"developerMetadata": fastened[index]} if index in fastened else {})
        for index in range(start, end)
    ]
