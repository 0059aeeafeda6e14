"""Google Drive's list of changes: which files changed since a token was given out."""

from __future__ import annotations

from google.oauth2 import service_account
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

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


class DriveChanges:
    """The engine's `Drive` for one account: the log of all files that it may see."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.account = transport.account.who

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
