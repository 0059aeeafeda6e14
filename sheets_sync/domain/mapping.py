"""One config entry: which sheet, which columns become which annotations, where they go."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

Environment: TypeAlias = Literal["production", "validation", "training", "tracing"]
"""Arize's four model environments (its Annotations API page)."""

MetricKind: TypeAlias = Literal["label", "score", "text"]
Detect: TypeAlias = Literal["auto", "poll", "drive"]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPREADSHEET_URL = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]+)")
_SPREADSHEET_ID = re.compile(r"[A-Za-z0-9_-]{10,}")


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise ValueError(
            f"{value!r} is not a duration; write a number and a unit, as in 30s, 5m, 24h"
        )
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def _spreadsheet_id(value: str) -> str:
    if found := _SPREADSHEET_URL.search(value):
        return found[1]
    if _SPREADSHEET_ID.fullmatch(value):
        return value
    raise ValueError(f"{value!r} is neither a spreadsheet's URL nor its id")


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


Text: TypeAlias = Annotated[str, StringConstraints(min_length=1)]
Duration: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*(s|m|h|d)$"}),
]
Regex: TypeAlias = Annotated[str, AfterValidator(_regex)]
SpreadsheetId: TypeAlias = Annotated[str, AfterValidator(_spreadsheet_id)]


class Entry(BaseModel):
    """A part of the configuration: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Letter(Entry):
    """A column by its letter, for headers that are blank or stand twice."""

    letter: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,3}$", to_upper=True)]

    def __str__(self) -> str:
        return f"column {self.letter}"


Column: TypeAlias = Text | Letter


class Pattern(Entry):
    """A part of a column's text: the pattern's first group, or all that it matches."""

    column: Column
    pattern: Regex


class Template(Entry):
    """Text with columns in braces, as in `{Item ID}-{Model}`."""

    template: Text

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers it names, in order."""
        return placeholders(self.template)


Source: TypeAlias = Column | Pattern | Template
"""Where a text of a row comes from."""


class StartColumn(Entry):
    """The record's start time from a column.

    Arize searches from 24 hours before the record's start up to it, so the time that is sent is
    a lower bound: `lookback` is taken off the cell's time.
    """

    column: Column
    lookback: Duration = timedelta(hours=1)


class Constant(Entry):
    """One time for all rows; without an offset it is in the spreadsheet's time zone."""

    constant: datetime


class Annotator(Entry):
    """Who judged: a column, and what stands for an empty cell."""

    column: Column
    default: Text | None = None


class FixedAnnotator(Entry):
    """One annotator for all rows."""

    constant: Text


class Label(Entry):
    """A metric that is one of some words."""

    column: Column
    values: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    aliases: dict[str, str] = {}

    @model_validator(mode="after")
    def _aliases_lead_to_values(self) -> Label:
        if self.values is not None:
            for alias, value in self.aliases.items():
                if value not in self.values:
                    raise ValueError(f"alias {alias!r} leads to {value!r}, which is not in values")
        return self


class Score(Entry):
    """A metric that is a number. Both ends of the range belong to it."""

    column: Column
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Score:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self


class FreeText(Entry):
    """A metric in free words (config dialect only)."""

    column: Column


class Metric(Entry):
    """One annotation name, and the column that becomes its label, its score or its text."""

    name: Text
    label: Label | None = None
    score: Score | None = None
    text: FreeText | None = None
    required: bool = False
    config_id: Text | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Metric:
        if sum(part is not None for part in (self.label, self.score, self.text)) != 1:
            raise ValueError("give exactly one of label, score, text")
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
    equals: bool | float | str = True


class Gid(Entry):
    """A tab by the number in its URL, which survives renaming."""

    gid: Annotated[int, Field(ge=0)]


class Mapping(Entry):
    """Which columns of one tab become which annotations."""

    name: Text
    spreadsheet: SpreadsheetId
    worksheet: Text | Gid
    header_row: Annotated[int, Field(ge=1)] = 1
    arize: Text = "default"
    model_id: Text
    environment: Environment = "tracing"
    record_id: Source
    key: Annotated[tuple[Column, ...], Field(min_length=1)] | None = None
    start_time: StartColumn | Constant
    updated_by: Column | Annotator | FixedAnnotator | None = None
    note: Column | None = None
    annotations: Annotated[tuple[Metric, ...], Field(min_length=1)]
    when: Condition | None = None
    status: Text = "Sync status"
    poll: Duration | Text = timedelta(seconds=30)
    detect: Detect = "auto"

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
    return tuple(re.findall(r"\{([^{}]+)\}", template))


def _columns_of(source: Source) -> tuple[Column, ...]:
    match source:
        case Pattern():
            return (source.column,)
        case Template():
            return source.columns
        case _:
            return (source,)
