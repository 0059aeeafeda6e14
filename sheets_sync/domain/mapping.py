"""One config entry: which sheet, which columns become which annotations, where they go."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import PydanticCustomError

from sheets_sync.domain.columns import (
    Column,
    Letter,
    LetterForm,
    Source,
    TextForm,
    columns_of,
    placeholders,
)
from sheets_sync.domain.forms import (
    CellName,
    Entry,
    FolderId,
    Lookback,
    Moment,
    Poll,
    Regex,
    Scalar,
    SpreadsheetId,
    Text,
    Whole,
    form_of,
)
from sheets_sync.domain.metric import Metric

Environment: TypeAlias = Literal["production", "validation", "training", "tracing"]
"""Arize's four model environments (its Annotations API page)."""

Detect: TypeAlias = Literal["auto", "poll", "drive"]


class StartColumn(Entry):
    """The record's start time from a column.

    Arize searches from 24 hours before the record's start up to it, so the time that is sent is
    a lower bound: `lookback` is taken off the cell's time.
    """

    column: Column
    """The column that holds the record's start time."""
    lookback: Lookback = timedelta(hours=1)
    """How much earlier than the cell's time Arize starts to search; at most 24h."""


class Constant(Entry):
    """One time for all rows; without an offset it is in the spreadsheet's time zone."""

    constant: Moment
    """The time, as in 2026-11-24T10:15:00Z."""


class Annotator(Entry):
    """Who judged: a column, and what stands for an empty cell."""

    column: Column
    """The column that names who judged."""
    default: Text | None = None
    """Who judged where the cell is empty."""


class FixedAnnotator(Entry):
    """One annotator for all rows."""

    constant: Text
    """Who judged every row."""


class FileTitle(Entry):
    """One annotator for all rows of a spreadsheet: its title."""

    file_title: Literal[True]
    """True: the title of the spreadsheet is who judged."""


class AnnotatorCell(Entry):
    """One annotator for all rows of a tab, named in a cell of it."""

    cell: CellName
    """The cell of the same tab, above the rows, that names who judged."""


class Condition(Entry):
    """What a cell must hold for its row to be due."""

    column: Column
    """The column that is looked at."""
    equals: Scalar = True
    """What must stand in it; true is a ticked checkbox."""


class Gid(Entry):
    """A tab by the number in its URL, which survives renaming."""

    gid: Annotated[Whole, Field(ge=0)]
    """The number after `gid=` in the tab's address."""


class Matching(Entry):
    """All tabs whose whole title matches."""

    matching: Regex
    """A regular expression that a tab's whole title must match, as in 'Review .*'."""


Worksheet: TypeAlias = Annotated[
    TextForm | Annotated[Gid, Tag("form:Gid")] | Annotated[Matching, Tag("form:Matching")],
    Discriminator(
        form_of(Gid, Matching),
        custom_error_type="forms",
        custom_error_message="write the tab's title, {gid: 0} or {matching: 'Review .*'}",
    ),
]

StartTime: TypeAlias = Annotated[
    Annotated[StartColumn, Tag("form:StartColumn")] | Annotated[Constant, Tag("form:Constant")],
    Discriminator(
        form_of(StartColumn, Constant),
        custom_error_type="forms",
        custom_error_message="write {column: Started} or {constant: 2026-11-24T10:15:00Z}",
    ),
]

UpdatedBy: TypeAlias = Annotated[
    TextForm
    | LetterForm
    | Annotated[Annotator, Tag("form:Annotator")]
    | Annotated[FixedAnnotator, Tag("form:FixedAnnotator")]
    | Annotated[FileTitle, Tag("form:FileTitle")]
    | Annotated[AnnotatorCell, Tag("form:AnnotatorCell")],
    Discriminator(
        form_of(Annotator, FixedAnnotator, FileTitle, AnnotatorCell, Letter),
        custom_error_type="forms",
        custom_error_message=(
            "write the column's header, {letter: A}, {column: Reviewer, default: unknown}, "
            "{constant: ops@example.com}, {file_title: true} or {cell: B1}"
        ),
    ),
]


_SHAPELESS = ("name", "folder", "poll", "detect", "status", "header_row")


class Mapping(Entry):
    """Which columns of one tab, or of all tabs of a family, become which annotations."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["spreadsheet"]}, {"required": ["folder"]}]}
    )

    name: Text
    """A name for the mapping, used in commands and messages; no two are the same."""
    folder: FolderId | None = None
    """Instead of a spreadsheet: the address or id of a Drive folder, for all spreadsheets in it."""
    spreadsheet: SpreadsheetId = Field(default_factory=str, validate_default=True)
    """The spreadsheet's address or id."""
    worksheet: Worksheet
    """The tab's title, {gid: 0} with the number after `gid=` in its address, or {matching: …}."""
    header_row: Annotated[Whole, Field(ge=1)] = 1
    """The row that holds the headers."""
    arize: Text = "default"
    """Which of several named Arize endpoints it goes to."""
    model_id: Text
    """The id of the model (project) at Arize; passed through as it is."""
    environment: Environment = "tracing"
    """The model environment at Arize that holds the records."""
    record_id: Source
    """Where the record's id at Arize comes from, for example the header Span ID."""
    key: Annotated[tuple[Column, ...], Field(min_length=1)] | None = None
    """The columns that tell rows apart, where the record id is not enough."""
    start_time: StartTime
    """When the record started, for example {column: Started}."""
    updated_by: UpdatedBy | None = None
    """Who judged: a column, or one name for all rows."""
    note: Column | None = None
    """The column that holds a note about the record."""
    annotations: Annotated[tuple[Metric, ...], Field(min_length=1)]
    """The annotations that a row becomes, all sent together."""
    when: Condition | None = None
    """What a cell must hold before its row is sent."""
    status: Text = "Sync status"
    """The header of the column that shows how far a row is; made where it is missing."""
    poll: Poll = timedelta(seconds=30)
    """How often the sheet is looked at: a duration, or a cron expression of five fields."""
    detect: Detect = "auto"
    """How changes are noticed: by reading (poll), by Drive's list of changes (drive), or auto."""

    @field_validator("spreadsheet", mode="wrap")
    @classmethod
    def _or_a_folder(
        cls, value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        is_written = value != ""
        if info.data.get("folder", "unusable") is None:
            if not is_written:
                raise PydanticCustomError("missing", "Field required")
        elif is_written:
            raise ValueError("stands beside a folder; remove one of them")
        return read(value) if is_written else ""

    @field_validator("annotations")
    @classmethod
    def _something_is_judged(cls, metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
        if all(metric.column is None for metric in metrics):
            raise ValueError("are all constant, so nobody would have judged; give one a column")
        return metrics

    @property
    def is_family(self) -> bool:
        """Whether Google must be asked which spreadsheet and tab it is, or which ones they are."""
        return (
            self.folder is not None
            or isinstance(self.worksheet, Matching)
            or isinstance(self.updated_by, FileTitle)
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column that a row's annotation or its key depends on, each once, in order."""
        named: list[Column] = [*columns_of(self.record_id), *(self.key or ())]
        if isinstance(self.start_time, StartColumn):
            named.append(self.start_time.column)
        if isinstance(self.updated_by, Annotator):
            named.append(self.updated_by.column)
        elif isinstance(self.updated_by, str | Letter):
            named.append(self.updated_by)
        if self.note is not None:
            named.append(self.note)
        for metric in self.annotations:
            named += [] if metric.column is None else [metric.column]
            named += placeholders(metric.name)
        if self.when is not None:
            named.append(self.when.column)
        return tuple(dict.fromkeys(named))

    @property
    def revision(self) -> str:
        """A hash of all that decides what a row becomes; its name and its schedule do not."""
        shaping = self.model_dump_json(exclude={*_SHAPELESS})
        return hashlib.sha256(shaping.encode()).hexdigest()[:16]


def by_spreadsheet(mappings: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    """The mappings by spreadsheet, since one request reads all tabs of one."""
    groups: dict[str, list[Mapping]] = {}
    for mapping in mappings:
        groups.setdefault(mapping.spreadsheet, []).append(mapping)
    return groups
