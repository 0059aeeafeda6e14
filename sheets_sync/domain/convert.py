"""Turns the mapped cells of one row into an annotation, or says why it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, TypeVar, assert_never
from zoneinfo import ZoneInfo

from sheets_sync.domain.annotation import Annotation, MetricValue
from sheets_sync.domain.cells import (
    BadCell,
    read_id,
    read_label,
    read_score,
    read_text,
    read_time,
    shown,
    text_of,
    words_of,
)
from sheets_sync.domain.columns import Column, Pattern, Template
from sheets_sync.domain.forms import PLACEHOLDER
from sheets_sync.domain.mapping import (
    Annotator,
    AnnotatorCell,
    Constant,
    FileTitle,
    FixedAnnotator,
    Mapping,
)
from sheets_sync.domain.metric import FixedScore, FixedWord, FreeText, Label, Metric, Score
from sheets_sync.domain.row import Cell, Row, column_text

T = TypeVar("T")

LONGEST_RECORD_ID = 128
LONGEST_NAME = 100
LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell: the column, the value seen, and the cure."""

    column: str
    seen: str
    cure: str

    def __str__(self) -> str:
        seen = f'"{self.seen}" ' if self.seen else ""
        return f"{self.column}: {seen}{self.cure}"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row cannot become an annotation."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The row is not due, which is no error.

    Unticked: its `when` does not hold. Unfinished: a required metric, or every metric, is missing.
    `present` are the metrics that can be read in it all the same.
    """

    reason: Literal["unticked", "unfinished"]
    present: tuple[MetricValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Rows with one key that do not say the same; none of them is right by itself."""

    column: str
    numbers: tuple[int, ...]


Conversion: TypeAlias = Annotation | Rejection | Waiting


@dataclass(frozen=True)
class Converter:
    """Converts rows of one mapping; `places` are indexes into `Mapping.columns`."""

    mapping: Mapping
    zone: ZoneInfo
    places: MappingOf[Column, int]
    revision: str

    @classmethod
    def of(cls, mapping: Mapping, zone: ZoneInfo) -> Converter:
        """The converter for rows whose cells stand in the order of `Mapping.columns`."""
        places = {column: at for at, column in enumerate(mapping.columns)}
        return cls(mapping, zone, places, mapping.revision)

    def key(self, cells: tuple[Cell, ...]) -> str | None:
        """The row's identity: its key columns or its record id.

        None where they are blank or cannot be read: rows that share a mistake are not the same row.
        """
        try:
            return self._key(cells)
        except BadCell:
            return None

    def convert(self, cells: tuple[Cell, ...]) -> Conversion:
        """What the row asks for (rule 8 of the design: waiting comes before wrong)."""
        if not self._condition_holds(cells):
            return Waiting("unticked", self._readable_metrics(cells))
        filled = self._filled_metrics(cells)
        if not filled or any(m.required and m not in filled for m in self.mapping.annotations):
            return Waiting("unfinished", self._readable_metrics(cells))
        return self._annotate(filled, cells)

    def unite(self, rows: Sequence[Row]) -> Conversion | Duplicate:
        """What rows with one key ask for together: the same said twice counts once.

        Rows that wait say nothing, so they contradict nobody.
        """
        said = [(row.number, self.convert(row.cells)) for row in rows]
        speaking = [(number, found) for number, found in said if not isinstance(found, Waiting)]
        if not speaking:
            return said[0][1]
        (_, first), *others = speaking
        if all(_says_the_same(first, other) for _, other in others):
            return first
        return Duplicate(self.record_column(), tuple(number for number, _ in speaking))

    def is_waiting(self, cells: tuple[Cell, ...]) -> bool:
        """Whether the row asks for nothing now."""
        return isinstance(self.convert(cells), Waiting)

    def _annotate(self, filled: list[Metric], cells: tuple[Cell, ...]) -> Annotation | Rejection:
        problems: list[Problem] = []

        def checked(column: str, read: Callable[[], T]) -> T | None:
            try:
                return read()
            except BadCell as bad:
                problems.append(Problem(bad.column or column, bad.seen, bad.cure))
                return None

        checked(self.record_column(), lambda: self._key(cells))
        record_id = checked(self.record_column(), lambda: self._record_id(cells))
        start_time = checked(self._start_column(), lambda: self._start_time(cells))
        annotator = checked(self._annotator_column(), lambda: self._annotator(cells))
        metrics = [
            checked(column_text(m.column or m.name), partial(self._metric, m, annotator, cells))
            for m in filled
        ]
        note = checked(self._note_column(), lambda: self._note(cells))
        if problems or record_id is None or start_time is None:
            return Rejection(tuple(dict.fromkeys(problems)))
        return Annotation(
            endpoint=self.mapping.arize,
            model_id=self.mapping.model_id,
            environment=self.mapping.environment,
            record_id=record_id,
            start_time=start_time,
            metrics=tuple(metric for metric in metrics if metric is not None),
            note=note or None,
        )

    def _cell(self, column: Column, cells: tuple[Cell, ...]) -> Cell:
        return cells[self.places[column]]

    def _condition_holds(self, cells: tuple[Cell, ...]) -> bool:
        when = self.mapping.when
        if when is None:
            return True
        cell = self._cell(when.column, cells)
        if isinstance(when.equals, float) and _is_number(cell):
            return cell == when.equals
        return words_of(cell).casefold() == words_of(when.equals).casefold()

    def _filled_metrics(self, cells: tuple[Cell, ...]) -> list[Metric]:
        """The metrics whose column is filled in and, if there are any, the constant ones."""
        filled = [
            metric
            for metric in self.mapping.annotations
            if metric.column is None or text_of(self._cell(metric.column, cells))
        ]
        return filled if any(metric.column is not None for metric in filled) else []

    def _readable_metrics(self, cells: tuple[Cell, ...]) -> tuple[MetricValue, ...]:
        readable = []
        for metric in self._filled_metrics(cells):
            try:
                readable.append(self._metric(metric, self._annotator(cells), cells))
            except BadCell:
                continue
        return tuple(readable)

    def _metric(
        self, metric: Metric, annotator: str | None, cells: tuple[Cell, ...]
    ) -> MetricValue:
        name, value = self._fill(metric.name, cells), self._value(metric, cells)
        return MetricValue(name, metric.kind, value, annotator, metric.config_id)

    def _value(self, metric: Metric, cells: tuple[Cell, ...]) -> str | float:
        match metric.source:
            case Label(column=column) as label:
                return read_label(self._cell(column, cells), label)
            case Score(column=column) as score:
                return read_score(self._cell(column, cells), score)
            case FreeText(column=column):
                return read_text(self._cell(column, cells), LONGEST_TEXT)
            case FixedWord(constant=value) | FixedScore(constant=value):
                return value
            case never:
                assert_never(never)

    def _note(self, cells: tuple[Cell, ...]) -> str | None:
        if self.mapping.note is None:
            return None
        return read_text(self._cell(self.mapping.note, cells), LONGEST_TEXT)

    def _record_id(self, cells: tuple[Cell, ...]) -> str:
        match self.mapping.record_id:
            case Pattern() as source:
                text = read_id(self._cell(source.column, cells), LONGEST_TEXT)
                found = re.search(source.pattern, text)
                record_id = _matched(found) if found else ""
                if text and not record_id:
                    raise BadCell(shown(text), "has no record id in it")
            case Template(template=template):
                record_id = self._fill(template, cells)
            case column:
                record_id = read_id(self._cell(column, cells), LONGEST_RECORD_ID)
        if not record_id:
            raise BadCell("", "is empty; give the record's id")
        return read_text(record_id, LONGEST_RECORD_ID)

    def _key(self, cells: tuple[Cell, ...]) -> str:
        if self.mapping.key is None:
            return self._record_id(cells)
        parts = [self._part(column, cells, LONGEST_TEXT) for column in self.mapping.key]
        if not any(parts):
            column = column_text(self.mapping.key[0])
            raise BadCell("", "is empty; fill in what tells rows apart", column=column)
        return " / ".join(part.replace("/", "//") for part in parts)

    def _fill(self, template: str, cells: tuple[Cell, ...]) -> str:
        return PLACEHOLDER.sub(lambda found: self._filled(found[1], cells), template)

    def _filled(self, header: str, cells: tuple[Cell, ...]) -> str:
        text = self._part(header, cells, LONGEST_NAME)
        if not text:
            raise BadCell("", "is empty; fill it in", column=column_text(header))
        return text

    def _part(self, column: Column, cells: tuple[Cell, ...], longest: int) -> str:
        try:
            return read_id(self._cell(column, cells), longest)
        except BadCell as bad:
            raise BadCell(bad.seen, bad.cure, column=column_text(column)) from None

    def _start_time(self, cells: tuple[Cell, ...]) -> str:
        start = self.mapping.start_time
        if isinstance(start, Constant):
            return read_time(start.constant.isoformat(), self.zone)
        return read_time(self._cell(start.column, cells), self.zone, start.lookback)

    def _annotator(self, cells: tuple[Cell, ...]) -> str | None:
        match self.mapping.updated_by:
            case None:
                return None
            case FixedAnnotator(constant=name):
                read_text(name, LONGEST_NAME)  # a file's title may be longer
                return name
            case FileTitle() | AnnotatorCell() as unread:
                raise TypeError(f"who judged was not looked up: {unread!r}")
            case Annotator(column=column, default=default):
                return read_text(self._cell(column, cells), LONGEST_NAME) or default
            case column:
                return read_text(self._cell(column, cells), LONGEST_NAME) or None

    def record_column(self) -> str:
        """What a person calls the place that the record id comes from."""
        match self.mapping.record_id:
            case Pattern(column=column):
                return column_text(column)
            case Template(columns=columns):
                return " and ".join(column_text(column) for column in columns)
            case column:
                return column_text(column)

    def _start_column(self) -> str:
        start = self.mapping.start_time
        return "start_time" if isinstance(start, Constant) else column_text(start.column)

    def _note_column(self) -> str:
        return "note" if self.mapping.note is None else column_text(self.mapping.note)

    def _annotator_column(self) -> str:
        by = self.mapping.updated_by
        if by is None or isinstance(by, FixedAnnotator | FileTitle | AnnotatorCell):
            return "updated_by"
        return column_text(by.column if isinstance(by, Annotator) else by)


def _says_the_same(one: Conversion, other: Conversion) -> bool:
    if isinstance(one, Annotation) and isinstance(other, Annotation):
        return (one.fingerprint, one.note) == (other.fingerprint, other.note)
    return one == other


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _matched(found: re.Match[str]) -> str:
    return (found[1] or "") if found.groups() else found[0]
