"""The quick comparison says what the plain one says, which looks at every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.domain.annotation import Target
from sheets_sync.domain.plan import (
    Notes,
    Plan,
    Receipt,
    Recorded,
    decide,
    observe_rows,
    rows_of,
)
from sheets_sync.domain.row import Cell, Snapshot, Tab, lay_out
from sheets_sync.domain.sieve import Trace, sift, with_twins, with_unchanged
from tests.domain.mappings import BERLIN, converter, review_mapping

MAPPING = review_mapping(when=None, note=None)
CONVERTER = converter(MAPPING)
HEADERS: list[Cell] = ["Span ID", "Started", "Reviewer", "Adequacy", "Helpfulness", "Other"]


@dataclass(frozen=True)
class Compared:
    """A plan, and how many rows were looked at closely for it."""

    plan: Plan
    looked_at: int


@dataclass(frozen=True)
class Known:
    """What a store holds of one tab."""

    recorded: dict[str, Recorded]
    receipts: dict[Target, Receipt]

    def traces(self) -> list[Trace]:
        """As the store gives them."""
        return [
            (known.digest if known.is_quiet and known.digest else None, known.id, known.number)
            for known in self.recorded.values()
            if known.state != "orphaned"
        ]

    def find(self, keys: set[str], ids: set[int]) -> dict[str, Recorded]:
        """As the store gives them."""
        rows = self.recorded.items()
        return {key: known for key, known in rows if key in keys or known.id in ids}


def plain(snapshot: Snapshot, known: Known) -> Plan:
    """The plan of all rows, each looked at closely."""
    rows = rows_of(CONVERTER, lay_out(MAPPING, snapshot), snapshot)
    observed = observe_rows(CONVERTER, rows, known.recorded, complete=snapshot.complete)
    return decide(observed, known.recorded, known.receipts, complete=snapshot.complete)


def quick(snapshot: Snapshot, known: Known) -> Compared:
    """The plan that only looks closely at rows that are not as they were."""
    layout = lay_out(MAPPING, snapshot)
    sifted = sift(CONVERTER, layout, snapshot, known.traces())
    keys = {row.key for row in sifted.rows if row.key is not None}
    recorded = known.find(keys, set(sifted.left))
    sifted = with_twins(CONVERTER, layout, snapshot, sifted, recorded.values())
    observed = observe_rows(CONVERTER, sifted.rows, recorded, complete=snapshot.complete)
    plan = decide(observed, recorded, known.receipts, complete=snapshot.complete)
    return Compared(with_unchanged(plan, sifted), len(sifted.rows))


def same(plan: Plan) -> tuple[object, ...]:
    """A plan apart from the order in which it is written down."""
    return (
        {change.key: change for change in plan.changes},
        sorted(plan.moved),
        sorted(known.id for known in plan.missing),
        sorted(known.id for known in plan.vanished),
        sorted(plan.returned),
        plan.unchanged,
    )


def snapshot_of(lines: Sequence[Sequence[Cell]], *, complete: bool = True) -> Snapshot:
    """A read of these lines below the headers."""
    return Snapshot(Tab("sheet", 0, "Review"), BERLIN, [HEADERS, *lines], complete)


def after(plan: Plan, known: Known) -> Known:
    """The store once the plan is recorded and all that it asks for was accepted."""
    recorded, receipts = dict(known.recorded), dict(known.receipts)
    by_id = {row.id: row for row in recorded.values()}
    for row in plan.missing:
        recorded[row.key] = replace(row, absences=row.absences + 1)
    for row in plan.vanished:
        recorded[row.key] = replace(row, state="orphaned")
    for delivery, number in plan.moved:
        recorded[by_id[delivery].key] = replace(by_id[delivery], number=number)
    for delivery in plan.returned:
        row = recorded[by_id[delivery].key]
        recorded[row.key] = replace(row, absences=0)
    for change in plan.changes:
        delivery = change.before.id if change.before else len(recorded) + 1
        state = "delivered" if change.state == "pending" else change.state
        recorded[change.key] = Recorded(
            delivery, change.key, change.number, change.digest, state, 0, False, None
        )
        for metric in change.annotation.metrics if change.annotation else ():
            target = change.annotation.target(metric) if change.annotation else None
            if target is not None:
                receipts[target] = Receipt(metric, 1.0, delivery, Notes(None, None))
    return Known(recorded, receipts)


lines_of_a_sheet = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["a", "b", "c", "d", "", 10**13]),
            st.just("2024-11-15T10:15:30Z"),
            st.just("Ada"),
            st.sampled_from(["Satisfactory", "Goood", ""]),
            st.sampled_from([0, 3, "", "4", None, True]),
            st.sampled_from(["", "x"]),
        ).map(list),
        st.sampled_from([[], ["", "", "", ""], [False], ["a"], ["b", "2024-11-15"]]),
    ),
    max_size=7,
)


@given(st.lists(st.tuples(lines_of_a_sheet, st.booleans()), min_size=2, max_size=5), st.data())
def test_any_edits_give_the_same_plan(
    looks: list[tuple[list[list[Cell]], bool]], data: st.DataObject
) -> None:
    """Edits, twins, sorts, deletions, returns, torn looks and rows to be decided again."""
    known = Known({}, {})
    for lines, is_complete in looks:
        snapshot = snapshot_of(lines, complete=is_complete)
        plan = plain(snapshot, known)
        assert same(quick(snapshot, known).plan) == same(plan)
        known = after(plan, known)
        again = data.draw(st.sampled_from([None, *known.recorded]))
        if again is not None:
            row = replace(known.recorded[again], digest="")
            known = Known(known.recorded | {again: row}, known.receipts)
        shuffled = data.draw(st.permutations(lines))
        snapshot = snapshot_of(shuffled)
        assert same(quick(snapshot, known).plan) == same(plain(snapshot, known))


def sheet(rows: int) -> list[list[Cell]]:
    """So many good rows."""
    return [[f"{n:016x}", "2024-11-15T10:15:30Z", "Ada", "ok", n % 6, "x"] for n in range(rows)]


def test_rows_that_moved_or_stayed_are_not_looked_at() -> None:
    """Of a thousand rows in another order with one edited, one is looked at and one has changed."""
    lines = sheet(1000)
    known = after(plain(snapshot_of(lines), Known({}, {})), Known({}, {}))
    lines[500] = [*lines[500][:3], "Needs Improvement", *lines[500][4:]]
    compared = quick(snapshot_of(lines[::-1]), known)

    assert compared.looked_at == 1
    assert [change.key for change in compared.plan.changes] == [f"{500:016x}"]
    assert len(compared.plan.moved) == compared.plan.unchanged == 999
    assert not compared.plan.missing


def test_deleted_rows_change_no_other() -> None:
    """A third of a thousand rows is deleted: they are missing, the others only moved."""
    lines = sheet(999)
    known = after(plain(snapshot_of(lines), Known({}, {})), Known({}, {}))
    del lines[::3]
    compared = quick(snapshot_of(lines), known)

    assert (compared.looked_at, compared.plan.changes) == (0, ())
    assert (len(compared.plan.missing), compared.plan.unchanged) == (333, 666)


def test_what_other_columns_hold_is_no_change() -> None:
    """Cells to the right fill the line up with empty texts, which are what is not there."""
    lines = sheet(3)
    short = [line[:4] for line in lines]
    known = after(plain(snapshot_of(short), Known({}, {})), Known({}, {}))
    wide = [[*line[:4], "", "something"] for line in lines]

    assert quick(snapshot_of(wide), known) == Compared(Plan((), (), (), (), (), 3), 0)
