"""Developer metadata of ours, and changes that are made once however often they are sent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL

from sheets_sync.errors import PermanentError, SourceError
from sheets_sync.google import answers
from sheets_sync.google.transport import Transport


def new_mark() -> int:
    """An id of our own for developer metadata."""
    return 1 + secrets.randbelow(2**31 - 1)


def marking(
    metadata_id: int, key: str, location: Mapping[str, object], value: str = ""
) -> dict[str, object]:
    """The request that attaches developer metadata."""
    return {
        "createDeveloperMetadata": {
            "developerMetadata": {
                "metadataId": metadata_id,
                "metadataKey": key,
                **({"metadataValue": value} if value else {}),
                "visibility": "DOCUMENT",
                "location": location,
            }
        }
    }


def unmarking(metadata_id: int) -> dict[str, object]:
    """The request that takes it away; nothing happens where it is gone."""
    lookup = {"developerMetadataLookup": {"metadataId": metadata_id}}
    return {"deleteDeveloperMetadata": {"dataFilter": lookup}}


def change_once(
    transport: Transport,
    spreadsheet: str,
    requests: Sequence[Mapping[str, object]],
    metadata_id: int,
) -> None:
    """Carry out all requests or none. One write.

    One of them must create metadata under this new id, so that a retry after a lost answer is
    refused as a whole.
    """
    url = SPREADSHEET_BATCH_UPDATE_URL % spreadsheet
    try:
        transport.ask(answers.Changed, url, body={"requests": [*requests]})
    except (PermanentError, SourceError) as error:
        if f"ID {metadata_id} already exists" not in str(error):
            raise


def column_range(gid: int, index: int) -> dict[str, object]:
    """One whole column, as a DimensionRange."""
    return {"sheetId": gid, "dimension": "COLUMNS", "startIndex": index, "endIndex": index + 1}


def new_column(gid: int, row: int, index: int, width: int, header: str) -> list[dict[str, object]]:
    """The requests for a new column with a header, in a grid that is so wide before."""
    return [
        _room_for_column(gid, index, width),
        {
            "updateCells": {
                "start": {"sheetId": gid, "rowIndex": row - 1, "columnIndex": index},
                "rows": [{"values": [{"userEnteredValue": {"stringValue": header}}]}],
                "fields": "userEnteredValue",
            }
        },
    ]


def _room_for_column(gid: int, index: int, width: int) -> dict[str, object]:
    if index < width:
        column = column_range(gid, index)
        return {"insertDimension": {"range": column, "inheritFromBefore": False}}
    appended = {"sheetId": gid, "dimension": "COLUMNS", "length": index + 1 - width}
    return {"appendDimension": appended}
