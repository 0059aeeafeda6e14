"""What a mapping makes of each column, in words for experts and as a rule for typing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sheets_sync.domain.cells import words_of
from sheets_sync.domain.columns import Column, Pattern, Template, placeholders
from sheets_sync.domain.fittings import Rule
from sheets_sync.domain.mapping import (
    Annotator,
    AnnotatorCell,
    Condition,
    FileTitle,
    FixedAnnotator,
    Mapping,
    StartColumn,
)
from sheets_sync.domain.metric import FreeText, Label, Score

SIGNATURE = "(sheets-sync)"
"""Ends the message of each rule that is ours."""


@dataclass(frozen=True, slots=True)
class Role:
    """What one column is for."""

    column: Column
    words: str
    rule: Rule | None = None
    is_record_id: bool = False
    """Whether it holds record ids as they are."""


def roles_of(mapping: Mapping) -> Iterator[Role]:
    """Every column that the mapping reads, once for each purpose."""
    yield from _record_roles(mapping)
    for column in mapping.key or ():
        yield Role(column, "Tells rows apart.")
    if isinstance(mapping.start_time, StartColumn):
        yield Role(mapping.start_time.column, "When the record started.")
    yield from _annotator_roles(mapping)
    if mapping.note is not None:
        yield Role(mapping.note, "A comment about the record, sent with the judgement.")
    for metric in mapping.annotations:
        match metric.source:
            case Label() | Score() | FreeText() as source:
                words = _words(source, is_required=metric.required)
                yield Role(source.column, words, _rule(source))
            case _:  # a constant reads no column
                pass
        for column in placeholders(metric.name):
            yield Role(column, "A part of the annotation's name.")
    if mapping.when is not None:
        yield _condition_role(mapping.when)


def _record_roles(mapping: Mapping) -> Iterator[Role]:
    match mapping.record_id:
        case Pattern(column=column):
            yield Role(column, "Holds the id of the record that is judged.")
        case Template(columns=columns):
            for column in columns:
                yield Role(column, "A part of the id of the record that is judged.")
        case column:
            yield Role(column, "The id of the record that is judged.", is_record_id=True)


def _annotator_roles(mapping: Mapping) -> Iterator[Role]:
    match mapping.updated_by:
        case None | FixedAnnotator() | FileTitle() | AnnotatorCell():
            return
        case Annotator(column=column, default=default):
            yield Role(column, f"Who judged; empty means {default}." if default else "Who judged.")
        case column:
            yield Role(column, "Who judged.")


def _words(read: Label | Score | FreeText, *, is_required: bool) -> str:
    wish = "The row waits until it is filled in." if is_required else "It may stay empty."
    match read:
        case Label(values=values, aliases=aliases):
            said = f"One of: {', '.join(values)}." if values else "A word."
            meant = "".join(f" {alias} means {value}." for alias, value in aliases.items())
            return f"{said}{meant} {wish}"
        case Score() as score:
            return f"{score.wanted.capitalize()}. {wish}"
        case FreeText():
            return f"Free words. {wish}"


def _rule(read: Label | Score | FreeText) -> Rule | None:
    """None where anything may be typed, or what Google would take for a formula.

    A list of words refuses others, unless there are aliases, which may be typed as well.
    """
    match read:
        case Label(values=values, aliases=aliases) if values:
            if any(value.startswith(("=", "+")) for value in values):
                return None
            message = f"Choose from the list {SIGNATURE}"
            return Rule("ONE_OF_LIST", values, strict=not aliases, message=message)
        case Score(typed=(lowest, highest)) as score:
            ends = tuple(_number(end) for end in (lowest, highest) if end is not None)
            if not ends or score.scale == "stars":
                return None
            one_sided = "NUMBER_LESS_THAN_EQ" if lowest is None else "NUMBER_GREATER_THAN_EQ"
            condition = "NUMBER_BETWEEN" if len(ends) == 2 else one_sided
            return Rule(condition, ends, message=f"{score.wanted.capitalize()} {SIGNATURE}")
        case _:
            return None


def _number(number: float) -> str:
    """A number that Google reads alike in every locale: a fraction is a formula."""
    above, below = Decimal(repr(number)).as_integer_ratio()
    return str(above) if below == 1 else f"={above}/{below}"


def _condition_role(when: Condition) -> Role:
    if not isinstance(when.equals, bool):
        return Role(when.column, f'The row is sent once "{words_of(when.equals)}" stands here.')
    words = (
        "Tick it when the row is finished: only then is it sent."
        if when.equals
        else "The row is sent while this is not ticked."
    )
    return Role(when.column, words, Rule("BOOLEAN", message=f"Tick or untick {SIGNATURE}"))


def rule_words(rule: Rule) -> str:
    """A rule as what the column shall do."""
    match rule.condition, rule.values:
        case "ONE_OF_LIST", values:
            others = "refuse" if rule.strict else "warn of"
            return f"offer {', '.join(values)} and {others} other words"
        case "BOOLEAN", _:
            return "have checkboxes"
        case "NUMBER_BETWEEN", (lowest, highest):
            return f"accept numbers from {_shown(lowest)} to {_shown(highest)}"
        case "NUMBER_GREATER_THAN_EQ", (lowest,):
            return f"accept numbers of at least {_shown(lowest)}"
        case _, ends:
            return f"accept numbers of at most {_shown(ends[0])}"


def _shown(number: str) -> str:
    above, _, below = number.removeprefix("=").partition("/")
    return f"{int(above) / int(below or 1):g}"
