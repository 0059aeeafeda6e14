from __future__ import annotations

import os
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.convert import Conversion, Converter, Duplicate, Rejection
from sheets_sync.domain.plan import observe_rows, rows_of
from sheets_sync.domain.row import Snapshot, Tab, lay_out
from tests.semantics import naive
from tests.semantics.mappings import BERLIN, adequacy, helpfulness, mapping
from tests.semantics.tables import Cell

EXAMPLES = os.environ.get("SHEETS_SYNC_EXAMPLES")
"""How many sheets are tried, chosen at random; unset: some hundred, always the same."""

EVERYWHERE: list[Cell] = [
    None,
    "",
    "  ",
    "\u00a0",
    "None",
    0,
    0.0,
    -0.0,
    True,
    False,
    "#REF!",
    " #N/A ",
    "Loading...",
    "👍🏽",
    "cafe\u0301",
    "two\nlines",
    "=1+1",
    "x" * 100,
    "x" * 101,
]
NUMBERS = st.from_regex(r"[+\u2212-]?[0-9]{0,4}[.,]?[0-9]{0,4}[ \u00a0]?%?", fullmatch=True)
WRITTEN = st.builds(
    format,
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - a wall clock's
    | st.sampled_from(
        [
            datetime(2024, month, day, hour, minute)  # noqa: DTZ001 - a wall clock's
            for month, day in ((3, 31), (10, 27))
            for hour in (1, 2, 3, 4)
            for minute in (0, 30, 59)
        ]
    ),
    st.sampled_from(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]),
)


def one_of(*cells: Cell) -> st.SearchStrategy[Cell]:
    """One of these cells, or one that may stand anywhere."""
    return st.one_of(*[st.sampled_from([*cells])] * 3, st.sampled_from(EVERYWHERE))


WORDS: st.SearchStrategy[Cell] = st.text(max_size=8)
COLUMNS: dict[str, st.SearchStrategy[Cell]] = {
    "Span ID": one_of(
        "a1", " a1\u00a0", "b2", "c3", 12, 12.0, 10**12, 1.2e57, "x" * 128, "x" * 129
    ),
    "Started": st.just("2024-11-15T10:15:30Z")
    | WRITTEN
    | st.floats(1, 80_000)
    | st.integers(10**8, 10**13)
    | one_of(
        45382.1041666667, 45592.1041666667, "45611,5", True, 20241115, -3, 1e300, "15.11.2024"
    ),
    "Reviewer": one_of("Ada", "Zoe\u0308", 7, "x" * 40, "x" * 41) | WORDS,
    "Adequacy": one_of("Satisfactory", " OK ", "Satisfactory\n", "Goood", "x" * 40, "x" * 41, 1)
    | WORDS,
    "Helpfulness": one_of(4, 0.8, "0,8", "80 %", "1,234", "4,999", "0,125", 5.1, 1e308, "1" * 400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(0, 5)
    | NUMBERS,
    "Comment": one_of("Clear.", "x" * 10_000, "x" * 10_001) | WORDS,
    "Done": st.sampled_from([True, True, True, "TRUE", " true", False, None, "yes", 1, "#REF!"]),
}
CLOCK_CHANGES: list[Cell] = [
    "2024-03-31 02:30",
    45382.1041666667,
    "2024-03-31 03:30",
    "2024-10-27 02:30",
    45592.1041666667,
    "2024-10-27 03:30",
]
GOOD: st.SearchStrategy[dict[str, Cell]] = st.fixed_dictionaries(
    {
        "Span ID": st.sampled_from(["a1", "b2", "c3", "d4"]),
        "Started": st.sampled_from(["2024-11-15T10:15:30Z", *CLOCK_CHANGES]),
        "Reviewer": st.sampled_from(["Ada", None]),
        "Adequacy": st.sampled_from(["Satisfactory", " OK ", "needs\u00a0 improvement"]),
        "Helpfulness": st.sampled_from([0, 4, "0,8", "80 %", None]),
        "Comment": st.sampled_from(["", "Clear."]),
        "Done": st.just(True),
    }
)
ODD = st.dictionaries(st.sampled_from([*COLUMNS]), st.none(), max_size=4).flatmap(
    lambda chosen: st.fixed_dictionaries({column: COLUMNS[column] for column in chosen})
)
BLANK: dict[str, Cell] = dict.fromkeys(COLUMNS)
TWIN: dict[str, Cell] = BLANK | {"Span ID": "a1", "Adequacy": "ok", "Done": True}
ROWS: st.SearchStrategy[dict[str, Cell]] = st.one_of(
    *[st.builds(lambda good, odd: good | odd, GOOD, ODD)] * 8,
    st.fixed_dictionaries(COLUMNS),
    st.builds(lambda start: TWIN | {"Started": start}, st.sampled_from(CLOCK_CHANGES)),
    st.just(BLANK),
    st.just(BLANK | {"Done": False}),
)
"""Rows that are good but for some of their cells, rows of anything, and blank ones."""


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[list[Cell]], int]:
    """The lines of a sheet and its header row: columns in any order, others between them."""
    order = draw(st.permutations([*COLUMNS, "Answer", "", ""]))
    between = draw(st.sampled_from([" ", "\n", "\u00a0", "  "]))
    beside = draw(st.sampled_from([None, "", "?"]))
    title: list[list[Cell]] = [["Answers"]] * draw(st.integers(0, 2))
    headers: list[Cell] = [column.replace(" ", between) for column in order]
    found = [
        [row.get(column, beside) for column in order] for row in draw(st.lists(ROWS, max_size=6))
    ]
    return [*title, headers, *map(trimmed, found)], len(title) + 1


def trimmed(line: list[Cell]) -> list[Cell]:
    """A line as Google gives it: without empty cells at its end."""
    while line and line[-1] in (None, ""):
        line = line[:-1]
    return line


def told(conversion: Conversion | Duplicate) -> naive.Outcome:
    """What the converter says, in the words of the naive model."""
    match conversion:
        case Annotation() as found:
            metrics = tuple((m.name, m.value, m.updated_by or "") for m in found.metrics)
            return naive.Sent(found.record_id, found.start_time, metrics, found.note)
        case Rejection(problems=problems):
            return naive.Refused(tuple(map(str, problems)))
        case Duplicate(numbers=numbers):
            return naive.Contradiction(numbers)
        case _:
            return naive.Waits()


@settings(
    max_examples=int(EXAMPLES or 300), derandomize=EXAMPLES is None, database=None, deadline=None
)
@given(sheets(), st.builds(naive.Rules, st.booleans(), st.booleans()))
def test_any_sheet_becomes_what_the_pages_say(
    made: tuple[list[list[Cell]], int], rules: naive.Rules
) -> None:
    """The converter agrees with a model that was written from the pages alone."""
    lines, header_row = made
    of = mapping(
        header_row=header_row,
        annotations=[
            adequacy(values=["Satisfactory", "Needs Improvement"], aliases={"ok": "Satisfactory"})
            | {"required": rules.required},
            helpfulness(min=0, max=5),
        ],
        **({"when": {"column": "Done"}} if rules.when else {}),
    )
    converter = Converter.of(of, BERLIN)
    snapshot = Snapshot(Tab("1tR4cS0mpLe5preadsheet", 0, "Review"), BERLIN, lines)
    found = rows_of(converter, lay_out(of, snapshot), snapshot)
    outcomes = {
        observed.numbers: told(observed.conversion)
        for observed in observe_rows(converter, found, {})
        if observed.conversion is not None
    } | {(row.number,): told(converter.convert(row.cells)) for row in found if row.key is None}

    headers = [" ".join(str(header).split()) for header in lines[header_row - 1]]
    by_number = {
        number: {column: None for column in COLUMNS if rules.when or column != "Done"}
        | {
            header: cell
            for header, cell in zip(headers, line, strict=False)
            if header in COLUMNS and (rules.when or header != "Done")
        }
        for number, line in enumerate(lines[header_row:], header_row + 1)
    }
    expected = naive.sheet(
        {number: {"Done": None, **row} for number, row in by_number.items()},
        rules,
    )
    assert outcomes == expected
