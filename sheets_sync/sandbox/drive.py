"""All files of the sandbox's Google, who may see them, and every cell written through the API."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from sheets_sync.sandbox.a1 import Block, cell_name
from sheets_sync.sandbox.changes import Changes, Edits
from sheets_sync.sandbox.clock import Clock
from sheets_sync.sandbox.grid import NEW_COLUMNS, NEW_ROWS, Cell, Protection, Scalar, Sheet
from sheets_sync.sandbox.spreadsheet import Spreadsheet
from sheets_sync.sandbox.wire import Json

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
ROOT = "root"


@dataclass(frozen=True)
class CellWrite:
    """One cell written through the API; rows shifted or sorted are not written.

    `cell` is an address like B7, `at` seconds since the epoch, `value` what was entered. `marked`:
    whether its column carried developer metadata when the request was done.
    """

    spreadsheet_id: str
    sheet: str
    cell: str
    by: str
    at: float
    value: Scalar
    marked: bool


class _Put(NamedTuple):
    sheet: Sheet
    row: int
    column: int
    value: Scalar


@dataclass
class File:
    """A file of Drive; times in seconds since the epoch.

    `modified`, `version` and `last_modified_by` are what Drive tells of the file, which for a
    spreadsheet may be minutes late. `details` are members of Drive's File kept as they came, such
    as `description`. Callers in `refused` may not see it.
    """

    file_id: str
    name: str
    mime_type: str
    owner: str
    created: float
    modified: float
    version: int = 1
    trashed: bool = False
    parents: list[str] = field(default_factory=lambda: [ROOT])
    last_modified_by: str = ""
    details: dict[str, Json] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    spreadsheet: Spreadsheet | None = None

    @property
    def content(self) -> Spreadsheet:
        """The spreadsheet of a file that is one."""
        if self.spreadsheet is None:
            raise ValueError(f"{self.file_id} is no spreadsheet")
        return self.spreadsheet


class ProtectedCell(Exception):
    """The caller may not change a protected cell or range."""


@dataclass
class Draft:
    """A spreadsheet being changed by one request, which is kept whole or not at all."""

    spreadsheet: Spreadsheet
    spreadsheet_id: str
    owner: str
    caller: str
    now: float
    _puts: list[_Put] = field(default_factory=list, init=False)

    def may_edit(self, protection: Protection) -> bool:
        """Whether the caller may change what `protection` covers."""
        return self.caller == self.owner or self.caller in protection.editors

    def require_editable(self, sheet: Sheet, block: Block) -> None:
        """Raise `ProtectedCell` if the caller may not change some cell of `block`."""
        for protection in sheet.protections:
            if (
                not protection.warning_only
                and protection.area.meets(block)
                and not any(part.covers(block) for part in protection.unprotected)
                and not self.may_edit(protection)
            ):
                raise ProtectedCell

    def write(self, sheet: Sheet, row: int, cells: Mapping[int, Cell]) -> None:
        """Put cells, by column, and note them as written.

        Raises ProtectedCell before anything is changed in the row.
        """
        if sheet.protections:
            for column in cells:
                self.require_editable(sheet, Block(row, column, row + 1, column + 1))
        sheet.put(row, cells)
        self._puts.extend(
            _Put(sheet, row, column, cell.value if cell.formula is None else cell.formula)
            for column, cell in cells.items()
        )

    def writes(self) -> Iterator[CellWrite]:
        """All cells put so far, in order."""
        marked = self.spreadsheet.marked_columns()
        for sheet, row, column, value in self._puts:
            yield CellWrite(
                self.spreadsheet_id,
                sheet.title,
                cell_name(row, column),
                self.caller,
                self.now,
                value,
                (sheet.sheet_id, column) in marked,
            )


class Drive:
    """The container of all files, in the order they were made.

    `coalesces`: whether Drive tells of a spreadsheet's edits only every three minutes.
    """

    def __init__(self, clock: Clock, coalesces: Callable[[], bool] = lambda: True) -> None:
        self.clock = clock
        self.changes = Changes(clock, coalesces, self._show)
        self.files: dict[str, File] = {}
        self.writes: list[CellWrite] = []

    def add_spreadsheet(  # noqa: PLR0913, PLR0917 - mirrors the control endpoint
        self,
        title: str,
        worksheet: str,
        rows: list[list[Json]],
        locale: str = "en_US",
        time_zone: str = "Etc/GMT",
        owner: str = "human:owner",
    ) -> str:
        """Make a spreadsheet with one tab and give back its id.

        `rows` hold strings, numbers, booleans and None, stored as they are: nothing is parsed.
        """
        cells = [tuple(Cell(_scalar(value)) for value in row) for row in rows]
        sheet = Sheet(
            sheet_id=0,
            title=worksheet,
            row_count=max(NEW_ROWS, len(cells)),
            column_count=max(NEW_COLUMNS, *(len(row) for row in cells), 0),
            rows=cells,
        )
        content = Spreadsheet(title, locale, time_zone, sheets=[sheet])
        return self.add_file(title, SPREADSHEET, owner, content).file_id

    def add_file(
        self,
        name: str,
        mime_type: str,
        owner: str,
        content: Spreadsheet | None = None,
        parents: Iterable[str] = (ROOT,),
    ) -> File:
        """Make a file; a spreadsheet without `content` gets one empty tab, Sheet1."""
        if mime_type == SPREADSHEET and content is None:
            content = Spreadsheet(name, sheets=[Sheet(0, "Sheet1")])
        now = self.clock.now()
        file = File(
            file_id="1" + secrets.token_urlsafe(33)[:43],
            name=name,
            mime_type=mime_type,
            owner=owner,
            created=now,
            modified=now,
            parents=list(parents),
            last_modified_by=owner,
            spreadsheet=content,
        )
        self.files[file.file_id] = file
        self.changes.tell(file.file_id)
        return file

    def delete(self, file: File) -> None:
        """Take a file out for good."""
        del self.files[file.file_id]
        self.changes.tell(file.file_id)

    def unshare(self, spreadsheet_id: str, caller: str) -> None:
        """Take a file away from a caller, who gets 403 PERMISSION_DENIED from now on."""
        self.files[spreadsheet_id].refused.add(caller)
        self.changes.tell(spreadsheet_id, only_for=caller)

    def share(self, spreadsheet_id: str, caller: str) -> None:
        """Undo `unshare`."""
        self.files[spreadsheet_id].refused.discard(caller)
        self.changes.tell(spreadsheet_id, only_for=caller)

    @contextmanager
    def edit(self, file: File, caller: str) -> Iterator[Draft]:
        """A draft of the file's spreadsheet, kept when the block ends without an exception."""
        draft = Draft(file.content.copy(), file.file_id, file.owner, caller, self.clock.now())
        yield draft
        file.spreadsheet = draft.spreadsheet
        file.name = draft.spreadsheet.title
        self.writes.extend(draft.writes())
        self.changes.edited(file.file_id, caller)

    def _show(self, file_id: str, edits: Edits) -> None:
        file = self.files.get(file_id)
        if file is not None:
            file.modified = edits.last
            file.version += edits.count
            file.last_modified_by = edits.by


def _scalar(value: Json) -> Scalar:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value or None
    raise ValueError(f"a cell holds a string, a number, a boolean or nothing, not {value!r}")
