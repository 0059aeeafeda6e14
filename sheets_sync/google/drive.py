"""Google Drive: what stands in a folder, and which files changed since a token was given out."""

from __future__ import annotations

from collections.abc import Iterator

from google.oauth2 import service_account
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sheets_sync.domain.families import File
from sheets_sync.errors import SourceError
from sheets_sync.google.credentials import Account
from sheets_sync.google.transport import Transport

SCOPE = "https://www.googleapis.com/auth/drive.metadata.readonly"
"""Asked for only where Drive is asked, and alone."""

_CHANGES = "https://www.googleapis.com/drive/v3/changes"
_LIST: dict[str, str | int | float | list[str] | None] = {
    "pageSize": 1000,
    "fields": "newStartPageToken,nextPageToken,changes(fileId)",
    "supportsAllDrives": "true",
    "includeItemsFromAllDrives": "true",
}


_FILES = "https://www.googleapis.com/drive/v3/files"
_ONE: dict[str, str | int | float | list[str] | None] = {
    "fields": "id",
    "supportsAllDrives": "true",
}
_SPREADSHEETS: dict[str, str | int | float | list[str] | None] = {
    "pageSize": 1000,
    "fields": "nextPageToken,files(id,name)",
    "supportsAllDrives": "true",
    "includeItemsFromAllDrives": "true",
}


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Start(_Answer):
    start_page_token: str


class _Change(_Answer):
    file_id: str = ""


class _Page(_Answer):
    changes: list[_Change] = []
    next_page_token: str | None = None
    new_start_page_token: str | None = None


class _File(_Answer):
    id: str
    name: str = ""


class _Files(_Answer):
    files: list[_File] = []
    next_page_token: str | None = None


class DriveFiles:
    """The engine's `Drive` for one account: all files that it may see, and the log of them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.account = transport.account.who

    def spreadsheets_in(self, folder: str) -> list[File]:
        """All spreadsheets that stand right in a folder, not in the trash. One request a page.

        One more where there is none: a folder that nobody shared looks like an empty one.
        """
        try:
            found = list(self._listed(folder))
            if not found:
                self._transport.ask(_File, f"{_FILES}/{folder}", params=_ONE)
        except SourceError as error:
            raise SourceError(
                f"folder {folder}: {error}; share the folder with {self.account} as editor, and "
                "let the Google Drive API be enabled in its project"
            ) from None
        return found

    def _listed(self, folder: str) -> Iterator[File]:
        query = (
            f"'{folder}' in parents and mimeType = 'application/vnd.google-apps.spreadsheet' "
            "and trashed = false"
        )
        token: str | None = ""
        while token is not None:
            paged = {"pageToken": token} if token else {}
            page = self._transport.ask(
                _Files, _FILES, params={**_SPREADSHEETS, "q": query, **paged}
            )
            yield from (File(file.id, file.name) for file in page.files)
            token = page.next_page_token

    def start(self) -> str:
        """A token for all changes from now on. One request."""
        asked = self._transport.ask(
            _Start, f"{_CHANGES}/startPageToken", params={"supportsAllDrives": "true"}
        )
        return asked.start_page_token

    def since(self, token: str) -> tuple[frozenset[str], str]:
        """The ids of all files that changed since, and the next token. One request a page."""
        found: set[str] = set()
        while True:
            page = self._transport.ask(_Page, _CHANGES, params={**_LIST, "pageToken": token})
            found.update(change.file_id for change in page.changes)
            if page.next_page_token is None:
                return frozenset(found), page.new_start_page_token or token
            token = page.next_page_token


def for_drive(account: Account) -> Account:
    """The same account with the scope for Drive, where its credentials can have it."""
    credentials = account.credentials
    if isinstance(credentials, service_account.Credentials):
        return Account(credentials.with_scopes([SCOPE]))
    return account
