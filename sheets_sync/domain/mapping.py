"""One config entry: which sheet, which columns become which annotations, where they go."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sheets_sync.domain.forms import (
    PLACEHOLDER,
    ColumnLetters,
    Entry,
    Flag,
    IdTemplate,
    Lookback,
    Moment,
    NameTemplate,
    Number,
    Poll,
    Regex,
    Scalar,
    SpreadsheetId,
    Text,
    Whole,
    form_of,
)

Environment: TypeAlias = Literal["production", "validation", "training", "tracing"]
"""Arize's four model environments (its Annotations API page)."""

MetricKind: TypeAlias = Literal["label", "score", "text"]
Detect: TypeAlias = Literal["auto", "poll", "drive"]


class Letter(Entry):
    """A column by its letter, for headers that are blank or stand twice."""

    letter: ColumnLetters
    """The letter above the column, as in A or AB."""

    def __str__(self) -> str:
        return f"column {self.letter}"


_Text: TypeAlias = Annotated[Text, Tag("form:text")]
_Letter: TypeAlias = Annotated[Letter, Tag("form:Letter")]

Column: TypeAlias = Annotated[
    _Text | _Letter,
    Discriminator(
        form_of(Letter),
        custom_error_type="forms",
        custom_error_message="write the column's header, or {letter: A}",
    ),
]


class Pattern(Entry):
    """A part of a column's text: the pattern's first group, or all that it matches."""

    column: Column
    """The column that holds the text."""
    pattern: Regex
    """The regular expression, as in 'selectedSpanId=([0-9a-f]+)'; its first group is taken."""


class Template(Entry):
    """Text with columns in braces, as in `{Item ID}-{Model}`."""

    template: IdTemplate
    """The text, with headers in braces, as in '{Item ID}-{Model}'."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers it names, in order."""
        return placeholders(self.template)


Source: TypeAlias = Annotated[
    _Text
    | _Letter
    | Annotated[Pattern, Tag("form:Pattern")]
    | Annotated[Template, Tag("form:Template")],
    Discriminator(
        form_of(Letter, Pattern, Template),
        custom_error_type="forms",
        custom_error_message=(
            "write the column's header, {letter: A}, {column: Link, pattern: 'id=(.+)'} "
            "or {template: '{Item ID}-{Model}'}"
        ),
    ),
]
"""Where a text of a row comes from."""


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


class Label(Entry):
    """A metric that is one of some words."""

    column: Column
    """The column that holds the label."""
    values: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """The labels that may stand there, case aside; omitted: any."""
    aliases: dict[str, Text] = Field(default={})
    """What else may stand there, and which label it means."""

    @field_validator("values")
    @classmethod
    def _values_differ(cls, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        seen: dict[str, str] = {}
        for value in values or ():
            if value.casefold() in seen:
                other = seen[value.casefold()]
                raise ValueError(f"{other!r} and {value!r} are the same but for case; keep one")
            seen[value.casefold()] = value
        return values

    @field_validator("aliases")
    @classmethod
    def _aliases_lead_to_values(
        cls, aliases: dict[str, str], info: ValidationInfo
    ) -> dict[str, str]:
        values = info.data.get("values")
        for alias, value in aliases.items():
            if values and value not in values:
                raise ValueError(
                    f"{alias!r} leads to {value!r}, which is not one of {', '.join(values)}"
                )
        return aliases


class Linear(Entry):
    """A range that is laid over that of the score."""

    from_: Annotated[
        tuple[Number, ...],
        Field(alias="from", json_schema_extra={"minItems": 2, "maxItems": 2}),
    ]
    """What may stand in the cell, as in [0, 100]: its ends become `min` and `max`."""

    @field_validator("from_")
    @classmethod
    def _are_two_ends(cls, ends: tuple[float, ...]) -> tuple[float, ...]:
        if len(ends) != 2 or ends[0] >= ends[1]:
            raise ValueError("needs two numbers, the lower one first, as in [0, 100]")
        return ends


Scale: TypeAlias = Annotated[
    Annotated[Literal["percent", "stars"], Tag("form:text")]
    | Annotated[Linear, Tag("form:Linear")],
    Discriminator(
        form_of(Linear),
        custom_error_type="forms",
        custom_error_message="write percent, stars or {from: [0, 100]}",
    ),
]


class Score(Entry):
    """A metric that is a number. Both ends of the range belong to it."""

    column: Column
    """The column that holds the number."""
    min: Number | None = None
    """The lowest number that is accepted."""
    max: Number | None = None
    """The highest number that is accepted."""
    scale: Annotated[Scale | None, Field(exclude_if=lambda scale: scale is None)] = None
    """How the cell writes it, if not as the number itself: percent, stars or {from: [0, 100]}."""

    @field_validator("max")
    @classmethod
    def _range_is_not_empty(cls, highest: float | None, info: ValidationInfo) -> float | None:
        lowest = info.data.get("min")
        if lowest is not None and highest is not None and lowest > highest:
            raise ValueError(f"{highest:g} is below min {lowest:g}; exchange them")
        return highest

    @model_validator(mode="after")
    def _scale_has_ends(self) -> Score:
        ends = [end for end in (self.min, self.max) if end is not None]
        if isinstance(self.scale, Linear) and len(ends) < 2:
            raise ValueError("scale: from needs min and max, the range that it becomes")
        if self.scale == "percent" and len(ends) == 1:
            raise ValueError("scale: percent needs both min and max, or neither: then it is 0 to 1")
        return self

    @property
    def typed(self) -> tuple[float | None, float | None]:
        """The range of what stands in the cell; a percentage is its share of one."""
        match self.scale:
            case "percent":
                return 0.0, 1.0
            case Linear(from_=(lowest, highest)):
                return lowest, highest
            case _:
                return self.min, self.max

    @property
    def wanted(self) -> str:
        """What belongs into the cell, in words."""
        if self.scale == "percent":
            return "a percentage from 0% to 100%"
        lowest, highest = self.typed
        word = "stars or a number" if self.scale == "stars" else "a number"
        if lowest is not None and highest is not None:
            return f"{word} from {lowest:g} to {highest:g}"
        if lowest is not None:
            return f"{word} of at least {lowest:g}"
        return word if highest is None else f"{word} of at most {highest:g}"


class FreeText(Entry):
    """A metric in free words (config dialect only)."""

    column: Column
    """The column that holds the words."""


class Metric(Entry):
    """One annotation name, and the column that becomes its label, its score or its text."""

    name: NameTemplate
    """The annotation's name at Arize; may hold columns in braces, as in 'Adequacy ({Reviewer})'."""
    label: Label | None = None
    """A word: which column, which words."""
    score: Score | None = None
    """A number: which column, which range."""
    text: FreeText | None = None
    """Free words: which column. Only Arize's config dialect takes them."""
    required: Flag = False
    """Whether a row waits until this metric is filled in."""
    config_id: Text | None = None
    """The id of the annotation config at Arize, needed by the config dialect."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Metric:
        given = [kind for kind in ("label", "score", "text") if getattr(self, kind) is not None]
        if not given:
            raise ValueError("says not what it becomes; give one of label, score, text")
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given)}; keep one, give the other its own entry")
        return self

    @property
    def source(self) -> Label | Score | FreeText:
        """The one of label, score and text that is given."""
        source = self.label or self.score or self.text
        assert source is not None  # noqa: S101 - the validator above has seen to it
        return source


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


Worksheet: TypeAlias = Annotated[
    _Text | Annotated[Gid, Tag("form:Gid")],
    Discriminator(
        form_of(Gid),
        custom_error_type="forms",
        custom_error_message="write the tab's title, or {gid: 0}",
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
    _Text
    | _Letter
    | Annotated[Annotator, Tag("form:Annotator")]
    | Annotated[FixedAnnotator, Tag("form:FixedAnnotator")],
    Discriminator(
        form_of(Annotator, FixedAnnotator, Letter),
        custom_error_type="forms",
        custom_error_message=(
            "write the column's header, {letter: A}, {column: Reviewer, default: unknown} "
            "or {constant: ops@example.com}"
        ),
    ),
]


class Mapping(Entry):
    """Which columns of one tab become which annotations."""

    name: Text
    """A name for the mapping, used in commands and messages; no two are the same."""
    spreadsheet: SpreadsheetId
    """The spreadsheet's address or id."""
    worksheet: Worksheet
    """The tab's title, or {gid: 0} with the number after `gid=` in its address."""
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

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column that a row's annotation or its key depends on, each once, in order."""
        named: list[Column] = [*_columns_of(self.record_id), *(self.key or ())]
        if isinstance(self.start_time, StartColumn):
            named.append(self.start_time.column)
        if isinstance(self.updated_by, Annotator):
            named.append(self.updated_by.column)
        elif isinstance(self.updated_by, str | Letter):
            named.append(self.updated_by)
        if self.note is not None:
            named.append(self.note)
        for metric in self.annotations:
            named += [metric.source.column, *placeholders(metric.name)]
        if self.when is not None:
            named.append(self.when.column)
        return tuple(dict.fromkeys(named))

    @property
    def revision(self) -> str:
        """A hash of all that decides what a row becomes; its name and its schedule do not."""
        shaping = self.model_dump_json(exclude={"name", "poll", "detect", "status", "header_row"})
        return hashlib.sha256(shaping.encode()).hexdigest()[:16]


def placeholders(template: str) -> tuple[str, ...]:
    """The headers that a template names in braces."""
    return tuple(PLACEHOLDER.findall(template))


def _columns_of(source: Source) -> tuple[Column, ...]:
    match source:
        case Pattern():
            return (source.column,)
        case Template():
            return source.columns
        case _:
            return (source,)
