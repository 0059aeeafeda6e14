"""Annotations as JSON, and targets as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypedDict, TypeVar

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, and_
from sqlalchemy.sql import FromClause

from sheets_sync.domain.annotation import Annotation, MetricValue, Target

T = TypeVar("T")


class _Json(TypedDict):
    json_serializer: Callable[[object], str]
    json_deserializer: Callable[[str], object]


AS_JSON: _Json = {
    "json_serializer": lambda content: to_json(content).decode(),
    "json_deserializer": from_json,
}
"""How an engine writes and reads JSON columns."""

_ANNOTATION = TypeAdapter(Annotation)
_METRIC_VALUE = TypeAdapter(MetricValue)

DECIDE_AGAIN = ""
"""The digest of no row: the next look at the sheet decides anew what is due and what is kept."""

CHUNK = 500
"""How many values one statement names at the most; SQLite takes no more than 32,766."""


def annotation_json(annotation: Annotation) -> object:
    """The annotation as the store keeps it."""
    return _ANNOTATION.dump_python(annotation, mode="json")


def annotation_of(content: object) -> Annotation:
    """The annotation that was kept."""
    return _ANNOTATION.validate_python(content)


def annotation_from(text: str) -> Annotation:
    """The annotation that was kept, from its JSON."""
    return _ANNOTATION.validate_json(text)


def value_text(value: MetricValue) -> str:
    """The metric's value as the store keeps it: JSON."""
    return _METRIC_VALUE.dump_json(value).decode()


def value_of(content: object) -> MetricValue:
    """The metric's value that was kept."""
    return _METRIC_VALUE.validate_python(content)


def same_target(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Where rows of two tables stand for the same target."""
    return and_(*(one.c[name] == other.c[name] for name in Target._fields))


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists of at most `CHUNK`."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
