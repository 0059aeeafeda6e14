"""Developer metadata: its two calls, and the requests that make, change and delete it."""

from __future__ import annotations

from dataclasses import replace

from sheets_sync.sandbox.drive import Draft, Drive
from sheets_sync.sandbox.google_api.access import open_file, viewer
from sheets_sync.sandbox.google_api.body import Body, body_of, child, children, number, text
from sheets_sync.sandbox.google_api.cells import Reply
from sheets_sync.sandbox.google_api.data_filters import location_of
from sheets_sync.sandbox.google_api.data_filters import metadata as selected
from sheets_sync.sandbox.google_api.errors import Refusal, not_found, part
from sheets_sync.sandbox.google_api.fields import wants
from sheets_sync.sandbox.google_api.masks import update_mask
from sheets_sync.sandbox.google_api.resource import Viewer, developer_metadata
from sheets_sync.sandbox.spreadsheet import Metadata, new_id
from sheets_sync.sandbox.wire import Call, Json


def get(drive: Drive, call: Call) -> dict[str, Json]:
    """developerMetadata.get."""
    file = open_file(drive, call)
    project = viewer(file, call).project
    for entry in file.content.metadata:
        if str(entry.metadata_id) == call.place["metadata"] and entry.is_visible_to(project):
            return developer_metadata(entry)
    raise not_found()


def search(drive: Drive, call: Call) -> dict[str, Json]:
    """developerMetadata.search: each match once, with all filters that match it."""
    body = body_of(call, "SearchDeveloperMetadataRequest")
    file = open_file(drive, call)
    project = viewer(file, call).project
    found: dict[int, tuple[Metadata, list[Json]]] = {}
    for index, data_filter in enumerate(children(body, "dataFilters")):
        with part(f"dataFilters[{index}]"):
            for entry in selected(file.content, data_filter, project):
                found.setdefault(entry.metadata_id, (entry, []))[1].append(data_filter)
    matched: list[Json] = [
        {"developerMetadata": developer_metadata(entry), "dataFilters": filters}
        for entry, filters in found.values()
    ]
    return {"matchedDeveloperMetadata": matched} if matched else {}


def create_developer_metadata(draft: Draft, body: Body) -> Reply:
    """CreateDeveloperMetadataRequest."""
    wanted = child(body, "developerMetadata")
    known = {entry.metadata_id for entry in draft.spreadsheet.metadata}
    given = number(wanted, "metadataId")
    if given is not None and given <= 0:
        raise Refusal(f"metadataId[{given}] must be positive.")
    if given in known:
        raise Refusal(f"Developer metadata with ID {given} already exists.")
    if not text(wanted, "metadataKey"):
        raise Refusal("Developer metadata must have a key specified.")
    entry = Metadata(
        metadata_id=new_id(known.__contains__) if given is None else given,
        key=text(wanted, "metadataKey"),
        value=text(wanted, "metadataValue") or None,
        visibility=_visibility(wanted),
        project=_project(draft),
        location=location_of(draft.spreadsheet, child(wanted, "location")),
    )
    draft.spreadsheet.metadata.append(entry)
    return {"developerMetadata": developer_metadata(entry)}


def update_developer_metadata(draft: Draft, body: Body) -> Reply:
    """UpdateDeveloperMetadataRequest: of all that any filter selects."""
    mask = update_mask(body, "DeveloperMetadata")
    wanted = child(body, "developerMetadata")
    changed: list[Json] = []
    chosen: dict[int, Metadata] = {}
    for data_filter in children(body, "dataFilters"):
        for entry in selected(draft.spreadsheet, data_filter, _project(draft)):
            chosen[entry.metadata_id] = entry
    for entry in chosen.values():
        new = entry
        if wants(mask, "metadataKey"):
            new = replace(new, key=text(wanted, "metadataKey"))
        if wants(mask, "metadataValue"):
            new = replace(new, value=text(wanted, "metadataValue") or None)
        if wants(mask, "visibility"):
            new = replace(new, visibility=_visibility(wanted))
        if wants(mask, "location") and wanted.get("location") is not None:
            new = replace(new, location=location_of(draft.spreadsheet, child(wanted, "location")))
        draft.spreadsheet.metadata[draft.spreadsheet.metadata.index(entry)] = new
        changed.append(developer_metadata(new))
    return {"developerMetadata": changed} if changed else {}


def delete_developer_metadata(draft: Draft, body: Body) -> Reply:
    """DeleteDeveloperMetadataRequest: of all that the filter selects."""
    gone = selected(draft.spreadsheet, child(body, "dataFilter"), _project(draft))
    draft.spreadsheet.metadata = [e for e in draft.spreadsheet.metadata if e not in gone]
    shown: list[Json] = [developer_metadata(entry) for entry in gone]
    return {"deletedDeveloperMetadata": shown} if shown else {}


def _visibility(wanted: Body) -> str:
    visibility = text(wanted, "visibility")
    if visibility not in {"DOCUMENT", "PROJECT"}:
        raise Refusal("Developer metadata must have visibility specified.")
    return visibility


def _project(draft: Draft) -> str:
    return Viewer(draft.caller, draft.owner).project
