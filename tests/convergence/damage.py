"""Copies of the real tables with mistakes that people and spreadsheets make, always the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.convergence.expected import Line, Meaning

Spoil = Callable[[list[Line], int], None]
"""Changes the line at an index, in place."""

FIRST, STEP, AGAIN = 5, 3, 150
"""Each mistake is made twice: at 5, 8, 11 … and 150 lines further on."""


def as_it_is(_: Meaning, lines: list[Line]) -> list[Line]:
    """No mistake at all."""
    return lines


def damaged(meaning: Meaning, lines: list[Line]) -> list[Line]:
    """A copy with every mistake made in it, each in lines of its own."""
    return _spoiled(lines, _mistakes(meaning))


def repeated(meaning: Meaning, lines: list[Line]) -> list[Line]:
    """A copy where some records stand twice: said in other words, or not judged yet."""
    column, *_ = next(iter(meaning.scores.values()))
    again = [_repeat_with({column: _with_a_comma}), _repeat_with({meaning.required: lambda _: ""})]
    again += [_repeat_with({label: str.swapcase}) for label, _ in meaning.labels.values()]
    return _spoiled(lines, again)


def _spoiled(lines: list[Line], spoils: list[Spoil]) -> list[Line]:
    copy = [dict(line) for line in lines]
    for place, spoil in enumerate(spoils):
        for at in (FIRST + place * STEP, FIRST + place * STEP + AGAIN):
            spoil(copy, at)
    return copy


def _mistakes(meaning: Meaning) -> list[Spoil]:
    score, low, high = next(iter(meaning.scores.values()))
    *_, (last_score, _, _) = meaning.scores.values()
    record = meaning.record[0]
    others = (meaning.annotator, meaning.note, meaning.time)
    spoils: list[Spoil] = [
        partial(_put, {score: f"{high + 3}"}),
        partial(_put, {score: f"{low - 1}"}),
        partial(_put, {score: "very good"}),
        partial(_put, {score: "NaN"}),
        partial(_put, {score: "TRUE"}),
        partial(_put, {last_score: "0,75"}),
        partial(_put, {last_score: ""}),
        partial(_put, {meaning.required: ""}),
        partial(_put, dict.fromkeys(_columns(meaning), "")),
        partial(_put, {score: "good", last_score: f"{high + 90}"}),
        partial(_put, {record: ""}),
        _number_the_record(record),
        _take_the_record_before(meaning),
        _repeat_with({}),
        *(partial(_put, {column: "#REF!"}) for column in (score, record, *filter(None, others))),
    ]
    if meaning.time:
        spoils += [partial(_put, {meaning.time: text}) for text in ("last week", "")]
    if meaning.annotator:
        spoils.append(partial(_put, {meaning.annotator: ""}))
    for column, words in meaning.labels.values():
        spoils += [partial(_put, {column: text}) for text in ("Sevre", "#REF!")]
        spoils.append(partial(_put, {column: f" {next(iter(words)).upper()} "}))
    return spoils


def _columns(meaning: Meaning) -> list[str]:
    columns = [column for column, *_ in (meaning.labels | meaning.scores).values()]
    others = filter(None, (meaning.annotator, meaning.note, meaning.time))
    return [*meaning.record, *columns, *others]


def _put(texts: Line, lines: list[Line], at: int) -> None:
    lines[at] |= texts


def _number_the_record(column: str) -> Spoil:
    """Let a record's id be nothing but digits, which a spreadsheet takes for a number."""

    def spoil(lines: list[Line], at: int) -> None:
        lines[at][column] = f"{4711 + at}"

    return spoil


def _take_the_record_before(meaning: Meaning) -> Spoil:
    """Let a line claim the record of the line before, and judge it otherwise."""
    column, low, high = next(iter(meaning.scores.values()))

    def spoil(lines: list[Line], at: int) -> None:
        before = lines[at - 1]
        lines[at] |= {part: before[part] for part in meaning.record}
        lines[at][column] = f"{low if float(before[column]) != low else high}"

    return spoil


def _repeat_with(drift: dict[str, Callable[[str], str]]) -> Spoil:
    """Let the line before say once more what this one says, some columns in other words."""

    def spoil(lines: list[Line], at: int) -> None:
        changed = {column: change(lines[at][column]) for column, change in drift.items()}
        lines[at - 1] = lines[at] | changed

    return spoil


def _with_a_comma(number: str) -> str:
    return number.replace(".", ",") if "." in number else f"{number},0"
