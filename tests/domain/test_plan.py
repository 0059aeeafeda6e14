from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.domain.annotation import Annotation, Target
from sheets_sync.domain.convert import Converter
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
from tests.domain.mappings import BERLIN, converter, review_mapping

MAPPING = review_mapping(when=None, note=None)
HEADERS: list[Cell] = ["Span ID", "Started", "Reviewer", "Adequacy", "Helpfulness"]


def line(key: str, adequacy: Cell = "Satisfactory", helpfulness: Cell = 3) -> list[Cell]:
    """One row of the sheet."""
    return [key, "2024-11-15T10:15:30Z", "Ada", adequacy, helpfulness]


def plan_of(
    lines: Sequence[Sequence[Cell]],
    recorded: dict[str, Recorded] | None = None,
    receipts: dict[Target, Receipt] | None = None,
    *,
    complete: bool = True,
) -> Plan:
    """What a snapshot of these lines changes."""
    snapshot = Snapshot(Tab("sheet", 0, "Review"), BERLIN, [HEADERS, *lines], complete)
    convert: Converter = converter(MAPPING)
    rows = rows_of(convert, lay_out(MAPPING, snapshot), snapshot)
    observed = observe_rows(convert, rows, recorded or {})
    return decide(observed, recorded or {}, receipts or {}, complete=complete)


def delivered(plan: Plan) -> tuple[dict[str, Recorded], dict[Target, Receipt]]:
    """The store after all that the plan asked for was accepted."""
    recorded: dict[str, Recorded] = {}
    receipts: dict[Target, Receipt] = {}
    for number, change in enumerate(plan.changes, 1):
        state = "delivered" if change.state == "pending" else change.state
        recorded[change.key] = Recorded(
            number, change.key, change.number, change.digest, state, 0, False, None
        )
        if isinstance(change.annotation, Annotation):
            for metric in change.annotation.metrics:
                receipts[change.annotation.target(metric)] = Receipt(
                    metric, 1.0, number, Notes(None, None)
                )
    return recorded, receipts


rows_of_a_sheet = st.dictionaries(
    st.text("0123456789abcdef", min_size=16, max_size=16),
    st.tuples(
        st.sampled_from(["Satisfactory", "ok", "Goood", "", None]),
        st.sampled_from([0, 3, 9, "", None, "4"]),
    ),
    max_size=8,
).map(lambda rows: [line(key, *judged) for key, judged in rows.items()])


@given(rows_of_a_sheet, st.randoms())
def test_any_order_of_the_same_rows_asks_for_nothing(
    lines: list[list[Cell]], random: object
) -> None:
    """Sorting and moving are no edits: once all was accepted, only places may change."""
    recorded, receipts = delivered(plan_of(lines))
    shuffled = sorted(lines, key=lambda row: hash((str(row), str(random))))
    plan = plan_of(shuffled, recorded, receipts)

    assert plan.changes == ()
    assert plan.missing == plan.vanished == ()


@given(rows_of_a_sheet)
def test_blank_lines_between_rows_ask_for_nothing(lines: list[list[Cell]]) -> None:
    """Inserting empty rows moves places alone."""
    recorded, receipts = delivered(plan_of(lines))
    spread = [part for row in lines for part in ([], row, ["", "", "", ""])]

    assert plan_of(spread, recorded, receipts).changes == ()


@given(rows_of_a_sheet, st.data())
def test_an_edit_of_one_row_changes_that_row_alone(
    lines: list[list[Cell]], data: st.DataObject
) -> None:
    """Whatever is typed into one row, no other row is in the plan."""
    if not lines:
        return
    recorded, receipts = delivered(plan_of(lines))
    edited = data.draw(st.integers(0, len(lines) - 1))
    key = lines[edited][0]
    changed = [*lines]
    scores: list[Cell] = [0, 1, "x"]
    changed[edited] = line(str(key), "Needs Improvement", data.draw(st.sampled_from(scores)))
    plan = plan_of(changed, recorded, receipts)

    assert {change.key for change in plan.changes} <= {key}


def test_a_row_vanishes_only_after_two_complete_snapshots() -> None:
    """One absence may be a moment of an expert's work; a torn snapshot proves nothing."""
    recorded, receipts = delivered(plan_of([line("a" * 16), line("b" * 16)]))

    once = plan_of([line("a" * 16)], recorded, receipts)
    assert [row.key for row in once.missing] == ["b" * 16]
    assert once.vanished == ()
    torn = plan_of([line("a" * 16)], recorded, receipts, complete=False)
    assert torn.is_empty
    missed = recorded["b" * 16]
    recorded["b" * 16] = Recorded(
        missed.id, missed.key, missed.number, missed.digest, missed.state, 1, False, None
    )
    twice = plan_of([line("a" * 16)], recorded, receipts)
    assert [row.key for row in twice.vanished] == ["b" * 16]
    back = plan_of([line("a" * 16), line("b" * 16)], recorded, receipts)
    assert back.returned == (missed.id,)


def test_an_unsettled_row_is_never_unchanged() -> None:
    """While an attempt is unresolved, even the accepted content is asked for again."""
    recorded, receipts = delivered(plan_of([line("a" * 16)]))
    known = recorded["a" * 16]
    recorded["a" * 16] = Recorded(
        known.id, known.key, known.number, "another digest", "pending", 0, True, None
    )
    (change,) = plan_of([line("a" * 16)], recorded, receipts).changes

    assert (change.kind, change.state) == ("edited", "pending")


def test_what_was_accepted_for_another_row_is_not_sent_again() -> None:
    """A renamed mapping knows its rows anew, but their targets hold what they say already."""
    _, receipts = delivered(plan_of([line("a" * 16)]))
    (change,) = plan_of([line("a" * 16)], {}, receipts).changes

    assert (change.kind, change.state, change.delivered_at) == ("unchanged", "delivered", 1.0)


def test_a_changed_value_is_an_edit_and_an_unreadable_one_a_rejection() -> None:
    """The kinds of change, one by one."""
    recorded, receipts = delivered(plan_of([line("a" * 16)]))

    def kind(*judged: Cell) -> tuple[str, str, tuple[str, ...]]:
        (change,) = plan_of([line("a" * 16, *judged)], recorded, receipts).changes
        return change.kind, change.state, change.kept

    assert kind("Needs Improvement") == ("edited", "pending", ())
    assert kind("satisfactory") == ("unchanged", "delivered", ())
    assert kind("Goood") == ("rejected", "rejected", ())
    assert kind("Satisfactory", None) == ("unchanged", "delivered", ("Helpfulness 3",))
    assert kind(None) == ("cleared", "delivered", ('Adequacy "Satisfactory"',))
    assert kind(None, None) == (
        "cleared",
        "delivered",
        ('Adequacy "Satisfactory"', "Helpfulness 3"),
    )


def test_rows_with_one_key_and_two_contents_are_duplicates() -> None:
    """None of them is asked for; said twice, the same content counts once."""
    (twice,) = plan_of([line("a" * 16), line("a" * 16)]).changes
    (torn,) = plan_of([line("a" * 16), line("a" * 16, "ok", 1)]).changes

    assert twice.state == "pending"
    assert (torn.kind, torn.state) == ("duplicate", "rejected")
