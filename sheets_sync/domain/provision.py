"""What a tab lacks to be worked in by its mappings: what to do, in words and as changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from sheets_sync.domain.columns import Letter
from sheets_sync.domain.fittings import (
    AddColumn,
    Change,
    Colour,
    ColumnFittings,
    Fittings,
    Freeze,
    MakePlainText,
    Protect,
    Recolour,
    Rule,
    SetNote,
    SetRule,
    Shade,
)
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.roles import SIGNATURE, Role, roles_of, rule_words
from sheets_sync.domain.row import (
    Snapshot,
    column_letter,
    composed,
    header_text,
    lay_out,
    letter_index,
    nearest_header,
)
from sheets_sync.errors import SourceError

NOTE_END = "\n(Kept by sheets-sync; delete this line to keep your own words.)"
STATUS_WORDS = (
    "How far each row is. Green: synced. Grey: waiting. Amber: something to correct. Red: Arize "
    "refused it. sheets-sync writes this column."
)
PROTECTION = "sheets-sync writes this column"
"""The description of the protected range, by which it is known as ours."""

_GREEN, _GREY = (0.85, 0.94, 0.83), (0.91, 0.92, 0.93)
_AMBER, _RED = (1.0, 0.92, 0.70), (0.97, 0.80, 0.79)
SHADES: Final = (
    Shade("TEXT_STARTS_WITH", ("Synced ",), _GREEN),
    Shade("TEXT_EQ", ("Queued",), _GREY),
    Shade("TEXT_EQ", ("Edited, queued",), _GREY),
    Shade("TEXT_STARTS_WITH", ("On hold: ",), _GREY),
    Shade("TEXT_STARTS_WITH", ("Cleared here",), _GREY),
    Shade("TEXT_STARTS_WITH", ("Arize: ",), _RED),
    Shade("TEXT_STARTS_WITH", ("Arize did not accept this: ",), _RED),
    Shade("NOT_BLANK", (), _AMBER),
)
"""The texts of `status` in their colours; what none before it names is a problem of the row."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and what it is called."""

    words: str
    change: Change


@dataclass(frozen=True, slots=True)
class Provision:
    """What is to be done in one tab; no steps where everything is as it should be."""

    fittings: Fittings
    steps: tuple[Step, ...]
    left: tuple[str, ...]
    """What stays as it is though one might expect otherwise, and why."""
    mark: str = ""
    """What the tab's mark shall say: how many rows were frozen before ours, or nothing."""
    removes: bool = False


@dataclass(frozen=True)
class _Plan:
    """The tab as it is once all columns are there, and what each column is for."""

    fittings: Fittings
    added: tuple[Step, ...]
    roles: dict[int, list[Role]]
    statuses: tuple[int, ...]

    def name(self, index: int) -> str:
        return column_name(self.fittings, index)


def provision(fittings: Fittings, mappings: Sequence[Mapping], editors: Sequence[str]) -> Provision:
    """What the mappings of this tab lack in it.

    `editors` are the addresses of the accounts that write statuses. Raises `SourceError` where
    mappings contradict each other, or a header stands twice.
    """
    plan = _plan(fittings, mappings)
    steps, left = [*plan.added], list[str]()
    for index in sorted({*plan.roles, *plan.statuses}):
        for found in [*_column_steps(plan, index), *_protection(plan, index, editors)]:
            if isinstance(found, Step):
                steps.append(found)
            else:
                left.append(f"{plan.name(index)} {found}")
    steps += _colouring(plan)
    mark = fittings.mark.value if fittings.mark else ""
    if fittings.frozen_rows < fittings.header_row:
        mark = str(fittings.frozen_rows)
        steps.append(Step(freezing(fittings.header_row), Freeze(fittings.header_row)))
    return Provision(fittings, tuple(steps), tuple(left), mark)


def widened(fittings: Fittings, mappings: Sequence[Mapping]) -> Fittings:
    """The same, reaching as far as the mappings name columns by letter."""
    lacking = _lettered(mappings) - len(fittings.columns)
    return replace(fittings, columns=fittings.columns + (ColumnFittings(),) * lacking)


def _lettered(mappings: Sequence[Mapping]) -> int:
    letters = [c.letter for m in mappings for c in m.columns if isinstance(c, Letter)]
    return max((letter_index(letter) + 1 for letter in letters), default=0)


def ruled_columns(fittings: Fittings, mappings: Sequence[Mapping]) -> list[int]:
    """The columns of which it matters what is below their headers."""
    named = {
        role.column if isinstance(role.column, Letter) else composed(role.column)
        for mapping in mappings
        for role in roles_of(mapping)
        if role.rule is not None or role.is_record_id
    }
    return [
        index
        for index, column in enumerate(fittings.columns)
        if composed(column.header) in named or Letter(letter=column_letter(index)) in named
    ]


def freezing(rows: int) -> str:
    """What freezing so many rows is called."""
    if not rows:
        return "no frozen rows"
    return "freeze row 1" if rows == 1 else f"freeze rows 1 to {rows}"


def column_name(fittings: Fittings, index: int) -> str:
    """A column as people find it: its letter and its header."""
    header = header_text(fittings.columns[index].header)
    return (
        f'column {column_letter(index)} "{header}"' if header else f"column {column_letter(index)}"
    )


def is_ours(rule: Rule | None) -> bool:
    """Whether a rule was made by provisioning, for whatever mapping."""
    return rule is not None and rule.message.endswith(SIGNATURE)


def our_colours(fittings: Fittings, index: int) -> list[Colour]:
    """The conditional formats on this column alone that have one of our conditions."""
    known = {(shade.condition, shade.values) for shade in SHADES}
    return [
        there
        for there in fittings.colours
        if there.column == index and (there.condition, there.values) in known
    ]


def _plan(fittings: Fittings, mappings: Sequence[Mapping]) -> _Plan:
    """New columns stand right of all others but for status columns that end the tab."""
    lettered, columns = _lettered(mappings), [*widened(fittings, mappings).columns]
    headers = [composed(column.header) for column in columns]
    statuses = dict.fromkeys(composed(mapping.status) for mapping in mappings)
    read = dict.fromkeys(
        composed(column) for m in mappings for column in m.columns if isinstance(column, str)
    )
    at = len(columns)
    while at > lettered and headers[at - 1] in statuses:
        at -= 1
    new = [header for header in read if header not in headers]
    steps = [
        Step(_new_words(at + place, header, headers), AddColumn(at + place, header))
        for place, header in enumerate(new)
    ]
    columns[at:at] = [ColumnFittings(header) for header in new]
    for header in statuses:
        if header not in headers:
            words = f'column {column_letter(len(columns))} "{header}": new, the last one'
            steps.append(Step(words, AddColumn(len(columns), header)))
            columns.append(ColumnFittings(header))
    fittings = _moved(replace(fittings, columns=tuple(columns)), at, len(new))
    return _Plan(fittings, tuple(steps), *_placed(fittings, mappings))


def _new_words(index: int, header: str, headers: Sequence[str]) -> str:
    words = f'column {column_letter(index)} "{header}": new'
    near = nearest_header(header, headers)
    if near is None:
        return words
    there = column_letter(headers.index(near))
    return f'{words}; if "{near}" in {there} is meant, put that right instead'


def _moved(fittings: Fittings, at: int, count: int) -> Fittings:
    """The same with so many new columns at an index."""
    return replace(
        fittings,
        protections=tuple(
            replace(there, column=there.column + count * (there.column >= at))
            for there in fittings.protections
        ),
        colours=tuple(
            replace(there, column=there.column + count * (there.column >= at))
            for there in fittings.colours
        ),
    )


def _placed(
    fittings: Fittings, mappings: Sequence[Mapping]
) -> tuple[dict[int, list[Role]], tuple[int, ...]]:
    """The roles of each column by its index, and the indexes of the status columns."""
    headers = [column.header for column in fittings.columns]
    lines = [*[()] * (fittings.header_row - 1), headers]
    snapshot = Snapshot(fittings.tab, ZoneInfo("UTC"), lines)
    roles: dict[int, list[Role]] = {}
    wishes: dict[int, dict[str, str]] = {}
    statuses: dict[int, None] = {}
    for mapping in mappings:
        layout = lay_out(mapping, snapshot)
        for role in roles_of(mapping):
            index = layout.places[role.column]
            roles.setdefault(index, []).append(role)
            if role.rule is not None:
                wish = rule_words(replace(role.rule, strict=True))
                wishes.setdefault(index, {}).setdefault(wish, mapping.name)
        if layout.status is not None:
            statuses[layout.status] = None
    if contradictions := [
        f"{column_name(fittings, index)} cannot "
        + " and ".join(f"{wish} (mapping {by!r})" for wish, by in wanted.items())
        for index, wanted in wishes.items()
        if len(wanted) > 1
    ]:
        raise SourceError(f"tab {fittings.tab.title!r}: {'; '.join(contradictions)}")
    return roles, tuple(statuses)


def _column_steps(plan: _Plan, index: int) -> Iterator[Step | str]:
    """What a column lacks; text for what is left as it is."""
    column, name = plan.fittings.columns[index], plan.name(index)
    roles = plan.roles.get(index, [])
    words = [role.words for role in roles] + [STATUS_WORDS] * (index in plan.statuses)
    note = "\n".join(dict.fromkeys(words)) + NOTE_END
    if column.note and not column.note.endswith(NOTE_END):
        yield "has a note of its own, left as it is"
    elif column.note != note:
        yield Step(f"{name}: a note that explains it", SetNote(index, note))
    if rules := [role.rule for role in roles if role.rule is not None]:
        rule = replace(rules[0], strict=all(rule.strict for rule in rules))
        yield from _rule_steps(name, index, column, rule)
    if any(role.is_record_id for role in roles):
        yield from _format_steps(name, index, column)


def _rule_steps(name: str, index: int, column: ColumnFittings, rule: Rule) -> Iterator[Step | str]:
    if any(found is not None and not is_ours(found) for found in column.rules):
        kinds = {"ONE_OF_LIST": "a dropdown", "BOOLEAN": "checkboxes"}
        found = {kinds.get(there.condition, "a rule") for there in column.rules if there}
        yield f"has {' and '.join(sorted(found))} of its own, left as it is"
    elif column.rules == {rule}:
        return
    elif rule.condition == "BOOLEAN" and column.has_words:
        yield "holds other words than TRUE and FALSE, so it gets no checkboxes"
    elif rule.condition.startswith("NUMBER") and "TEXT" in column.formats:
        yield "is formatted as plain text, in which no number counts as one, so it gets no rule"
    else:
        yield Step(f"{name}: {rule_words(rule)}", SetRule(index, rule))


def _format_steps(name: str, index: int, column: ColumnFittings) -> Iterator[Step | str]:
    if column.formats - {"", "TEXT"}:
        yield (
            "has a number format of its own, left as it is; ids are safe in plain text (Format, "
            "Number, Plain text)"
        )
    elif column.formats != {"TEXT"}:
        change = MakePlainText(index, is_marked=column.mark is not None)
        yield Step(f"{name}: plain text, which keeps ids as they are", change)


def _protection(plan: _Plan, index: int, editors: Sequence[str]) -> Iterator[Step | str]:
    if index not in plan.statuses:
        return
    found = [there for there in plan.fittings.protections if there.column == index]
    who = ", ".join(editors)
    if found:
        if not all(there.is_editable for there in found):
            yield f"is protected; let {who} edit it in Data, Protect sheets and ranges"
        elif all(there.description != PROTECTION for there in found):
            yield "is protected already, left as it is"
    elif editors:
        words = (
            f"{plan.name(index)}: only {who} and the owner may edit it, nor may others sort or "
            "delete whole rows then"
        )
        yield Step(words, Protect(index, tuple(editors), PROTECTION))
    else:
        yield "is not protected: the credentials do not tell the account's address"


def _colouring(plan: _Plan) -> Iterator[Step]:
    wanted = [(shade.condition, shade.values) for shade in SHADES]
    places: list[int] = []
    columns: list[int] = []
    for index in plan.statuses:
        ours = our_colours(plan.fittings, index)
        found = [(there.condition, there.values) for there in ours]
        if found != wanted or any(there.top != plan.fittings.header_row for there in ours):
            places += [there.place for there in ours]
            columns.append(index)
    if columns:
        names = " and ".join(map(plan.name, columns))
        words = f"{names}: synced green, waiting grey, wrong amber, refused red"
        count = plan.fittings.colour_count
        yield Step(words, Recolour(tuple(places), count, tuple(columns), SHADES))
