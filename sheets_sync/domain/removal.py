"""What provisioning left in a tab, to be taken away; columns and what is in them stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sheets_sync.domain.fittings import (
    Fittings,
    Freeze,
    Recolour,
    SetNote,
    SetRule,
    UnmakePlainText,
    Unprotect,
)
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.provision import (
    NOTE_END,
    PROTECTION,
    Provision,
    Step,
    column_name,
    freezing,
    is_ours,
    our_colours,
)
from sheets_sync.domain.row import composed


def removal(fittings: Fittings, mappings: Sequence[Mapping]) -> Provision:
    """All that is ours, for whatever mapping it was made."""
    statuses = {composed(mapping.status) for mapping in mappings}
    steps, left = list[Step](), list[str]()
    for index in range(len(fittings.columns)):
        for found in _column_steps(fittings, index):
            if isinstance(found, Step):
                steps.append(found)
            else:
                left.append(f"{column_name(fittings, index)} {found}")
    steps += _tab_steps(fittings, statuses)
    left += [
        f"{column_name(fittings, index)} stays, with what is in it"
        for index, column in enumerate(fittings.columns)
        if composed(column.header) in statuses and steps
    ]
    return Provision(fittings, tuple(steps), tuple(left), removes=True)


def _column_steps(fittings: Fittings, index: int) -> Iterator[Step | str]:
    column, name = fittings.columns[index], column_name(fittings, index)
    if column.note.endswith(NOTE_END):
        yield Step(f"{name}: no note", SetNote(index, ""))
    if any(map(is_ours, column.rules)):
        if all(rule is None or is_ours(rule) for rule in column.rules):
            yield Step(f"{name}: accept anything", SetRule(index, None))
        else:
            yield "has rules of its own beside ours, all left as they are"
    if column.mark is not None:
        if column.formats <= {"", "TEXT"}:
            change = UnmakePlainText(index, column.mark.metadata_id)
            yield Step(f"{name}: no plain text", change)
        else:
            yield "has a number format of its own by now, left as it is"
    for protection in fittings.protections:
        if protection.column == index and protection.description == PROTECTION:
            yield Step(f"{name}: not protected", Unprotect(protection.protection_id))


def _tab_steps(fittings: Fittings, statuses: set[str]) -> Iterator[Step]:
    coloured = {
        index: places
        for index, column in enumerate(fittings.columns)
        if composed(column.header) in statuses
        and (places := [there.place for there in our_colours(fittings, index)])
    }
    if coloured:
        names = " and ".join(column_name(fittings, index) for index in coloured)
        gone = tuple(place for found in coloured.values() for place in found)
        yield Step(f"{names}: no colours", Recolour(gone, fittings.colour_count))
    mark = fittings.mark
    if mark is not None and mark.value and fittings.frozen_rows == fittings.header_row:
        yield Step(freezing(int(mark.value)), Freeze(int(mark.value)))
