"""Drive v3 changes: where the log stands, and what has changed since."""

from __future__ import annotations

from sheets_sync.sandbox.drive import Drive
from sheets_sync.sandbox.google_api.errors import DriveRefusal
from sheets_sync.sandbox.google_api.fields import Mask, parse_mask
from sheets_sync.sandbox.google_api.files import file_resource, masked, page_size, time_text
from sheets_sync.sandbox.wire import Answer, Call, Json

_BRIEF: Mask = parse_mask(
    "kind,newStartPageToken,nextPageToken,"
    "changes(kind,type,changeType,time,removed,fileId,file(kind,id,name,mimeType))"
)


def get_start_page_token(drive: Drive, call: Call) -> Answer:
    """changes.getStartPageToken: changes from now on are what it leads to."""
    answer: dict[str, Json] = {
        "kind": "drive#startPageToken",
        "startPageToken": _token(drive.changes.end),
    }
    return Answer(200, masked(call, answer, {}))


def list_(drive: Drive, call: Call) -> Answer:
    """changes.list: `nextPageToken` while there is more, then `newStartPageToken`."""
    start = _place(drive, call)
    size = page_size(call.first("pageSize"))
    places = drive.changes.since(
        start, call.caller, lambda file_id: _concerns(drive, file_id, call)
    )
    shown = [(place, _change(drive, place, call)) for place in places]
    if call.first("includeRemoved") == "false":
        shown = [(place, change) for place, change in shown if not change["removed"]]
    page: list[Json] = [change for _, change in shown[:size]]
    answer: dict[str, Json] = {"kind": "drive#changeList", "changes": page}
    if len(shown) > size:
        answer["nextPageToken"] = _token(shown[size][0])
    else:
        answer["newStartPageToken"] = _token(drive.changes.end)
    return Answer(200, masked(call, answer, _BRIEF))


def _concerns(drive: Drive, file_id: str, call: Call) -> bool:
    file = drive.files.get(file_id)
    if file is None:
        return True
    if call.first("restrictToMyDrive") == "true" and file.owner != call.caller:
        return False
    return call.caller not in file.refused


def _change(drive: Drive, place: int, call: Call) -> dict[str, Json]:
    change = drive.changes[place]
    file = drive.files.get(change.file_id)
    removed = file is None or call.caller in file.refused
    answer: dict[str, Json] = {
        "kind": "drive#change",
        "type": "file",
        "changeType": "file",
        "time": time_text(change.time),
        "removed": removed,
        "fileId": change.file_id,
    }
    if file is not None and not removed:
        answer["file"] = file_resource(file, call.caller)
    return answer


def _token(place: int) -> str:
    return str(place + 1)


def _place(drive: Drive, call: Call) -> int:
    token = call.first("pageToken")
    if not token:
        raise DriveRefusal(400, "Required parameter: pageToken", "required", "pageToken")
    if not token.isdigit() or not 1 <= int(token) <= drive.changes.end + 1:
        raise DriveRefusal(400, "Invalid Value", "invalid", "pageToken")
    return int(token) - 1
