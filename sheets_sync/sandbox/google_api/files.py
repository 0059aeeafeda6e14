"""Drive v3 files: create, get, list, update, copy and delete."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sheets_sync.sandbox.drive import ROOT, SPREADSHEET, Drive, File
from sheets_sync.sandbox.google_api.body import Body, text, texts
from sheets_sync.sandbox.google_api.errors import DriveRefusal, file_not_found
from sheets_sync.sandbox.google_api.fields import BadMask, Mask, keep, parse_mask
from sheets_sync.sandbox.google_api.file_query import ordered, parse_query
from sheets_sync.sandbox.wire import Answer, Call, Json

_BRIEF: Mask = {"kind": {}, "id": {}, "name": {}, "mimeType": {}}
"""What Drive answers where no `fields` are asked for."""
_BRIEF_LIST: Mask = {"kind": {}, "incompleteSearch": {}, "nextPageToken": {}, "files": _BRIEF}
_KEPT = {"description", "properties", "appProperties", "starred", "writersCanShare"}
_LARGEST_PAGE = 1000


def create(drive: Drive, call: Call) -> Answer:
    """files.create, of a spreadsheet or a folder; only metadata, no upload."""
    body = _body(call)
    parents = texts(body, "parents") or [ROOT]
    for parent in parents:
        if parent != ROOT and parent not in drive.files:
            raise file_not_found(parent)
    file = drive.add_file(
        text(body, "name") or "Untitled",
        text(body, "mimeType") or "application/octet-stream",
        call.caller,
        parents=parents,
    )
    file.details = {name: value for name, value in body.items() if name in _KEPT}
    return Answer(200, masked(call, file_resource(file, call.caller), _BRIEF))


def get(drive: Drive, call: Call) -> Answer:
    """files.get."""
    file = _open(drive, call)
    return Answer(200, masked(call, file_resource(file, call.caller), _BRIEF))


def list_(drive: Drive, call: Call) -> Answer:
    """files.list: pages of at most `pageSize` files, 100 where nothing is said."""
    test = parse_query(call.first("q"))
    size = page_size(call.first("pageSize"))
    start = _page_start(call.first("pageToken"))
    seen = [f for f in drive.files.values() if call.caller not in f.refused and test(f)]
    found = ordered(seen, call.first("orderBy"))
    page: list[Json] = [file_resource(file, call.caller) for file in found[start : start + size]]
    answer: dict[str, Json] = {"kind": "drive#fileList", "incompleteSearch": False}
    if start + size < len(found):
        answer["nextPageToken"] = f"~!!~{start + size}"
    return Answer(200, masked(call, answer | {"files": page}, _BRIEF_LIST))


def update(drive: Drive, call: Call) -> Answer:
    """files.update of metadata: name, trashed, parents."""
    file = _open(drive, call)
    body = _body(call)
    if "name" in body:
        file.name = text(body, "name")
        if file.spreadsheet is not None:
            file.spreadsheet.title = file.name
    if isinstance(trashed := body.get("trashed"), bool):
        _require_owner(file, call)
        file.trashed = trashed
    removed = [name for value in call.query.get("removeParents", []) for name in value.split(",")]
    added = [name for value in call.query.get("addParents", []) for name in value.split(",")]
    file.parents = [name for name in [*file.parents, *added] if name not in removed]
    file.details |= {name: value for name, value in body.items() if name in _KEPT}
    drive.changes.edited(file.file_id, call.caller)
    drive.changes.tell(file.file_id)
    return Answer(200, masked(call, file_resource(file, call.caller), _BRIEF))


def copy(drive: Drive, call: Call) -> Answer:
    """files.copy: the whole spreadsheet, without its sharing."""
    source = _open(drive, call)
    body = _body(call)
    name = text(body, "name") or f"Copy of {source.name}"
    content = source.spreadsheet.copy() if source.spreadsheet is not None else None
    if content is not None:
        content.title = name
    parents = texts(body, "parents") or [ROOT]
    file = drive.add_file(name, source.mime_type, call.caller, content, parents)
    return Answer(200, masked(call, file_resource(file, call.caller), _BRIEF))


def delete(drive: Drive, call: Call) -> Answer:
    """files.delete: for good, by the owner."""
    file = _open(drive, call)
    _require_owner(file, call)
    drive.delete(file)
    return Answer(204, None, media_type="text/html")


def file_resource(file: File, caller: str) -> dict[str, Json]:
    """A File; times are in UTC with milliseconds."""
    answer: dict[str, Json] = {
        "kind": "drive#file",
        "id": file.file_id,
        "name": file.name,
        "mimeType": file.mime_type,
        "starred": False,
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "parents": list(file.parents),
        "version": str(file.version),
        "createdTime": time_text(file.created),
        "modifiedTime": time_text(file.modified),
        "owners": [_user(file.owner, caller)],
        "lastModifyingUser": _user(file.last_modified_by, caller),
        "ownedByMe": file.owner == caller,
        "shared": True,
        "capabilities": {"canEdit": True, "canDelete": file.owner == caller},
        **file.details,
    }
    if file.mime_type == SPREADSHEET:
        answer["webViewLink"] = (
            f"https://docs.google.com/spreadsheets/d/{file.file_id}/edit?usp=drivesdk"
        )
    return answer


def _open(drive: Drive, call: Call) -> File:
    file = drive.files.get(call.place["id"])
    if file is None or call.caller in file.refused:
        raise file_not_found(call.place["id"])
    return file


def _require_owner(file: File, call: Call) -> None:
    if file.owner != call.caller and not call.caller.startswith("human:"):
        raise DriveRefusal(
            403,
            "The user does not have sufficient permissions for this file.",
            "insufficientFilePermissions",
        )


def _body(call: Call) -> Body:
    try:
        body = call.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise DriveRefusal(400, "Parse Error", "parseError") from None
    return body if isinstance(body, dict) else {}


def masked(call: Call, answer: dict[str, Json], brief: Mask) -> Json:
    """The fields the caller asks for; those in `brief` where it asks for none."""
    fields = call.first("fields")
    if not fields:
        return keep(brief, answer)
    try:
        return keep(parse_mask(fields), answer)
    except BadMask as error:
        raise DriveRefusal(
            400, f"Invalid field selection {error}", "invalidParameter", "fields"
        ) from error


def page_size(value: str) -> int:
    """`pageSize`: from 1 to 1,000, 100 where nothing is said; raises DriveRefusal."""
    if not value:
        return 100
    if not value.isdigit() or not 1 <= int(value) <= _LARGEST_PAGE:
        raise DriveRefusal(
            400,
            f"Invalid value '{value}'. Values must be within the range: [1, {_LARGEST_PAGE}]",
            "invalidParameter",
            "pageSize",
        )
    return int(value)


def _page_start(token: str) -> int:
    if not token:
        return 0
    if not token.startswith("~!!~") or not token[4:].isdigit():
        raise DriveRefusal(400, "Invalid Value", "invalid", "pageToken")
    return int(token[4:])


def _user(name: str, caller: str) -> dict[str, Json]:
    return {
        "kind": "drive#user",
        "displayName": name,
        "me": name == caller,
        "emailAddress": name,
    }


def time_text(seconds: float) -> str:
    """As Drive writes times: UTC with milliseconds."""
    moment = datetime.fromtimestamp(round(seconds, 3), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
