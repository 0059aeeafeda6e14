"""What single values of the configuration may look like, and what is said of those that may not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

LONGEST_LOOKBACK = timedelta(hours=24)
"""Arize wants a start time at most 24 hours before the record's (its Annotations API page)."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPREADSHEET_URL = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]{10,})")
_FOLDER_URL = re.compile(r"/folders/([A-Za-z0-9_-]{10,})")
_SPREADSHEET_ID = re.compile(r"[A-Za-z0-9_-]{10,}")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
"""A header in braces."""


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(
            f"{value!r} is not a duration; write a number and a unit, as in 30s, 5m, 24h"
        )
    try:
        return timedelta(**{_UNITS[match[2]]: float(match[1])})
    except OverflowError:
        raise ValueError(f"{value!r} is longer than any calendar; write less") from None


def _poll(value: object) -> object:
    if isinstance(value, str) and len(value.split()) == 5:
        return " ".join(value.split())
    try:
        duration = _duration(value)
    except ValueError:
        raise ValueError(
            f"{value!r} is neither a duration, as 30s or 5m, nor a cron expression of five "
            "fields, as '*/10 8-18 * * mon-fri'"
        ) from None
    if isinstance(duration, timedelta) and duration < timedelta(seconds=1):
        raise ValueError(f"{value!r} is too often; poll at most every 1s")
    return duration


def _lookback(value: timedelta) -> timedelta:
    if value > LONGEST_LOOKBACK:
        raise ValueError("is more than the 24h that Arize searches; write 24h or less")
    return value


def _letters(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{1,3}", value):
        raise ValueError(f"{value!r} is not a column's letters, as in A or AB")
    return value.upper()


def _spreadsheet_id(value: str) -> str:
    if "/d/e/" in value:
        raise ValueError(
            "is the address of a published copy; open the spreadsheet itself and copy its address"
        )
    if found := _SPREADSHEET_URL.search(value):
        return found[1]
    if _SPREADSHEET_ID.fullmatch(value):
        return value
    raise ValueError(
        f"{value!r} is neither a spreadsheet's address nor its id; "
        "copy the address from the browser"
    )


def _folder_id(value: str) -> str:
    if found := _FOLDER_URL.search(value):
        return found[1]
    if _SPREADSHEET_ID.fullmatch(value):
        return value
    raise ValueError(
        f"{value!r} is neither a Drive folder's address nor its id; "
        "copy the address from the browser"
    )


def _cell_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{1,3}[1-9]\d{0,6}", value):
        raise ValueError(f"{value!r} is not one cell, as in B1")
    return value.upper()


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


def _balanced(value: str) -> str:
    if set("{}") & set(PLACEHOLDER.sub("", value)):
        raise ValueError(
            f"the braces of {value!r} do not pair; write each column as {{its header}}"
        )
    return value


def _names_a_column(value: str) -> str:
    if not PLACEHOLDER.search(value):
        raise ValueError(
            f"{value!r} names no column; write headers in braces, as in '{{Item ID}}-{{Model}}'"
        )
    return value


def _moment(value: object) -> object:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"{value!r} is not a time; write it as 2026-11-24T10:15:00Z") from None


def _plain(value: object) -> object:
    if not isinstance(value, str | int | float):
        raise ValueError("must be one text, number, true or false")  # noqa: TRY004 - as above
    return value


def form_of(*models: type[Entry]) -> Callable[[object], str | None]:
    """Which of the models a value means, by its keys (nearly right ones too); or text."""

    def form(value: object) -> str | None:
        if isinstance(value, dict):
            keys = [str(key) for key, part in value.items() if part is not None] or [*value]
            likeness = {
                model: sum(bool(difflib.get_close_matches(key, model.model_fields)) for key in keys)
                for model in models
            }
            best = max(models, key=lambda model: likeness[model])
            return f"form:{best.__name__}" if likeness[best] else None
        if isinstance(value, Entry):
            return f"form:{type(value).__name__}"
        return "form:text" if isinstance(value, str) else None

    return form


Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Flag: TypeAlias = Annotated[bool, Strict()]
Whole: TypeAlias = Annotated[int, Strict()]
Number: TypeAlias = Annotated[float, Strict(), Field(allow_inf_nan=False)]
DurationText: TypeAlias = Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s*(s|m|h|d)$")]
Duration: TypeAlias = Annotated[
    timedelta, BeforeValidator(_duration, json_schema_input_type=DurationText)
]
Cron: TypeAlias = Annotated[str, Field(pattern=r"^\S+(\s+\S+){4}$")]
Poll: TypeAlias = Annotated[
    timedelta | str, BeforeValidator(_poll, json_schema_input_type=DurationText | Cron)
]
"""Time between two looks at the sheet, or a cron expression of five fields."""

ColumnLetters: TypeAlias = Annotated[
    str,
    AfterValidator(_letters),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{1,3}$"}),
]
Regex: TypeAlias = Annotated[str, AfterValidator(_regex)]
CellName: TypeAlias = Annotated[
    str,
    AfterValidator(_cell_name),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{1,3}[1-9][0-9]{0,6}$"}),
]
FolderId: TypeAlias = Annotated[str, AfterValidator(_folder_id)]
SpreadsheetId: TypeAlias = Annotated[str, AfterValidator(_spreadsheet_id)]
Lookback: TypeAlias = Annotated[Duration, AfterValidator(_lookback)]
Moment: TypeAlias = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]
Scalar: TypeAlias = Annotated[bool | float | str, BeforeValidator(_plain)]
NameTemplate: TypeAlias = Annotated[Text, AfterValidator(_balanced)]
"""Text that may hold columns in braces."""
IdTemplate: TypeAlias = Annotated[NameTemplate, AfterValidator(_names_a_column)]
"""Text that holds at least one column in braces."""


class Entry(BaseModel):
    """A part of the configuration: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_omitted(cls, value: object) -> object:
        if isinstance(value, dict):
            return {key: part for key, part in value.items() if part is not None}
        return value
