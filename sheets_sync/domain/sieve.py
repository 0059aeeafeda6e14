"""Sets apart the rows of a snapshot that say what is recorded of them, at little cost for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from typing import TypeAlias

from sheets_sync.domain.convert import Converter
from sheets_sync.domain.plan import Plan, Recorded, row_of
from sheets_sync.domain.row import Layout, Row, Snapshot, line_digests

Trace: TypeAlias = tuple[str | None, int, int]
"""What tells a recorded row again: digest (None where it must be looked at closely), id, number."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """A snapshot's rows: those that are as they were recorded, and what is left to compare.

    A digest covers the cells of the key, so rows with one digest have one key.
    """

    unchanged: MappingOf[int, int]
    """Delivery to row number, of rows that say in another place what is recorded of them."""
    digests: Sequence[str | None]
    """Of each line, None for those above the rows."""
    in_place: int
    """How many rows are as they were recorded, and where."""
    rows: Sequence[Row]
    """The rows whose digest is not recorded, and the second and further of those that share one."""
    left: Sequence[int]
    """The deliveries that were not found, and those to be looked at closely."""

    def place_of(self, known: Recorded) -> int | None:
        """The row that says what is recorded of this one; None where it is not among those."""
        if known.id in self.unchanged:
            return self.unchanged[known.id]
        at = known.number - 1
        is_there = at < len(self.digests) and self.digests[at] == known.digest
        return known.number if is_there and known.is_quiet else None


def sift(
    converter: Converter, layout: Layout, snapshot: Snapshot, traces: Iterable[Trace]
) -> Sifted:
    """Find each recorded row by its digest, where it was or elsewhere."""
    mapping = converter.mapping
    lines = snapshot.lines[mapping.header_row :]
    digests: list[str | None] = [None] * min(mapping.header_row, len(snapshot.lines))
    digests += line_digests(mapping, layout, converter.revision, converter.zone, lines)
    in_place = bytearray(len(digests))
    elsewhere: dict[str, int] = {}
    left: list[int] = []
    for known, delivery, number in traces:
        if known is None:
            left.append(delivery)
        elif number <= len(digests) and digests[number - 1] == known:
            in_place[number - 1] = True
        elif elsewhere.setdefault(known, delivery) != delivery:
            left.append(delivery)
    moved: dict[int, int] = {}
    rows: list[Row] = []
    for at in _unset(in_place, mapping.header_row):
        found = digests[at]
        delivery_there = elsewhere.pop(found, None) if found is not None else None
        if delivery_there is not None:
            moved[delivery_there] = at + 1
        elif (row := row_of(converter, layout, at + 1, snapshot.lines[at])) is not None:
            rows.append(row)
    left += elsewhere.values()
    return Sifted(moved, digests, sum(in_place), rows, left)


def _unset(flags: bytearray, start: int) -> Iterator[int]:
    at = flags.find(0, start)
    while at >= 0:
        yield at
        at = flags.find(0, at + 1)


def with_twins(
    converter: Converter,
    layout: Layout,
    snapshot: Snapshot,
    sifted: Sifted,
    recorded: Iterable[Recorded],
) -> Sifted:
    """The same, where unchanged rows that share their key with others are compared with them."""
    moved = dict(sifted.unchanged)
    rows = list(sifted.rows)
    in_place = sifted.in_place
    for known in recorded:
        number = sifted.place_of(known)
        if number is None:
            continue
        if moved.pop(known.id, None) is None:
            in_place -= 1
        row = row_of(converter, layout, number, snapshot.lines[number - 1])
        assert row is not None  # noqa: S101 - a row that has a key is no blank line
        rows.append(row)
    rows.sort(key=lambda row: row.number)
    return replace(sifted, unchanged=moved, in_place=in_place, rows=rows)


def with_unchanged(plan: Plan, sifted: Sifted) -> Plan:
    """The plan of what was compared, and of all that did not need it."""
    return replace(
        plan,
        moved=(*plan.moved, *sifted.unchanged.items()),
        unchanged=plan.unchanged + len(sifted.unchanged) + sifted.in_place,
    )
