from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from sheets_sync.domain.columns import Letter
from sheets_sync.domain.look import ID_IN_URL, Look, looks_at
from sheets_sync.domain.proposal import Proposal, Use, propose
from sheets_sync.domain.row import Cell
from sheets_sync.operations.proposing import header_row

UTC = ZoneInfo("Etc/UTC")
HEX = [f"{number:04d}b661b957e727" for number in range(6)]
UUIDS = [f"7aa4c529-745c-4c1f-a350-8c3b21367a{number:02d}" for number in range(6)]
PROSE = [f"Clear enough, says the {number}. reader." for number in range(6)]


def proposal(columns: Mapping[str, Sequence[Cell]]) -> Proposal:
    """What is made of a table, by its columns."""
    rows = max(map(len, columns.values()))
    filled = [[*cells, *[None] * (rows - len(cells))] for cells in columns.values()]
    # A last column, so that a row with nothing in the others is a row all the same.
    lines = [[*line, f"text {at}"] for at, line in enumerate(zip(*filled, strict=True))]
    return propose(looks_at([*columns, "Answer"], lines, UTC), "Sync status")


def of(columns: Mapping[str, Sequence[Cell]]) -> dict[str, Use]:
    """Header to use."""
    found = proposal(columns)
    uses = zip(found.looks, found.guesses, strict=True)
    return {look.name: guess.use for look, guess in uses if look.name != "Answer"}


@pytest.mark.parametrize(
    ("header", "cells", "use"),
    [
        ("Span ID", HEX, "record"),
        ("Span ID", [], "record"),
        ("What was asked", UUIDS, "record"),
        ("Trace", [text * 2 for text in HEX], "record"),
        ("Link", [f"https://app.example.com/x?selectedSpanId={one}" for one in HEX], "record"),
        ("Link", [f"https://app.example.com/x/{number}" for number in range(6)], "record"),
        ("Ticket", [f"{number}00481" for number in range(10, 16)], "record"),
        ("ID", [1, 2, 3, 4, 5, 6], "record"),
        ("Row", [1, 2, 3, 4, 5, 6], "unused"),
        ("", [1, 2, 3, 4, 5, 6], "unused"),
        ("", [3, 1, 2, 7, 5, 6], "unused"),
        ("", [0, 1], "unused"),
        ("Question", PROSE, "unused"),
        ("Span ID", HEX[:2] * 3, "unused"),
        ("Started", [f"2026-11-2{number}T10:00:00Z" for number in range(6)], "time"),
        ("Started", [46000.5, 46001.25, 46002, 46003, 46004, 46005], "time"),
        ("Started", [], "time"),
        ("Asked", [1730923068584 + number for number in range(6)], "time"),
        ("Tokens", [46000, 46001, 46204, 46204, 47000, 46000], "unused"),
        ("Adequacy", ["Good", "Bad", "good", "Bad", "Good", "Good"], "label"),
        ("Adequacy", ["Good", "Bad"], "unused"),
        ("Adequacy (Good/Bad)", [], "label"),
        ("Adequacy (Good/Bad)", ["Good"], "label"),
        ("Correct", [True, False, True, False, False, True], "label"),
        ("Model", ["GPT", "Claude", "GPT", "Claude", "GPT", "Claude"], "unused"),
        ("Helpfulness", [1, 5, 4, 4, 3, 5], "score"),
        ("Helpfulness (1-5)", [], "score"),
        ("Confidence", ["80", "95,5", "20", "60", "61", "62"], "score"),
        ("Stars", ["★★★☆☆", "⭐⭐⭐⭐", "★★★☆☆", "★☆☆☆☆", "⭐⭐⭐⭐", "★★★☆☆"], "score"),
        ("Cost", [0.5, 0.25, 0.125, 0.5, 0.5, 0.5], "unused"),
        ("Price", [1200, 1300, 1200, 1500, 1200, 1300], "unused"),
        ("Comment", PROSE, "note"),
        ("Comments", [], "note"),
        ("Reviewer comment", PROSE[:2], "note"),
        ("Reason", PROSE, "note"),
        ("Feedback", ["good", "bad", "good", "bad", "good", "bad"], "label"),
        ("Reviewer", ["Ada", "Bob", "Ada", "Bob", "Ada", "Bob"], "reviewer"),
        ("Reviewed by", [], "reviewer"),
        ("Who", ["ada@x.org", "bob@x.org", "ada@x.org", "bob@x.org", "ada@x.org"], "reviewer"),
        ("Done", [True, False, True, False, False, True], "when"),
        ("Sync status", ["Queued", "Synced", "Queued", "Synced", "Queued", "Synced"], "unused"),
    ],
)
def test_a_column_is_taken_for_what_it_looks_like(
    header: str, cells: Sequence[Cell], use: Use
) -> None:
    """By its cells where they tell, by its header where they do not, or are not there yet."""
    assert list(of({header: cells}).values()) == [use]


@pytest.mark.parametrize(
    ("columns", "uses"),
    [
        (
            {"Session": UUIDS, "Span ID": HEX},
            {"Session": "unused", "Span ID": "record"},
        ),
        (
            {"Reviewed at": [46000.5 + n for n in range(6)], "Start": [46000.5] * 6},
            {"Reviewed at": "unused", "Start": "time"},
        ),
        (
            {"Judged on": [f"2026-11-2{n}T10:00:00Z" for n in range(6)], "Start": [46000.5] * 6},
            {"Judged on": "unused", "Start": "time"},
        ),
        (
            {"Reason": PROSE, "Comment": PROSE[:1]},
            {"Reason": "unused", "Comment": "note"},
        ),
        (
            {"Item ID": ["a", "a", "b", "b", "c", "c"], "Model": ["X", "Y"] * 3},
            {"Item ID": "part", "Model": "part"},
        ),
        (
            {"Span ID": [*HEX[:3]] * 2, "Reviewer": ["Ada"] * 3 + ["Bob"] * 3},
            {"Span ID": "record", "Reviewer": "reviewer"},
        ),
    ],
)
def test_of_several_columns_the_likeliest_is_taken(
    columns: dict[str, Sequence[Cell]], uses: dict[str, Use]
) -> None:
    """Two that tell rows apart only together are the record's id together."""
    assert of(columns) == uses


def look(header: str, cells: Sequence[Cell]) -> Look:
    """One column's look."""
    return proposal({header: cells}).looks[0]


@pytest.mark.parametrize(
    ("header", "cells", "scale"),
    [
        ("Score", [0, 1, 0.5], (0, 1)),
        ("Score", [1, 3, 4], (1, 5)),
        ("Score", [1, 3.5, 4], (0, 5)),
        ("Score", [0, 3, 4], (0, 5)),
        ("Score", [2, 7, 10], (1, 10)),
        ("Score", [0, 80, 95], (0, 100)),
        ("Score", [-1, 1, 3], (-3, 3)),
        ("Score", ["0,5", "1", 0], (0, 1)),
        ("Score", [0.5] * 99 + [-0.25], (0, 1)),
        ("Score (0-3)", [0, 1], (0, 3)),
        ("Score", ["★★★☆☆", "⭐⭐"], (1, 5)),
        ("Score (1 to 7)", [], (1, 7)),
        ("Score", [], None),
    ],
)
def test_a_range_is_the_usual_one_around_what_was_seen(
    header: str, cells: Sequence[Cell], scale: tuple[float, float] | None
) -> None:
    """That of the header goes before; a slip in a hundred does not widen it."""
    assert look(header, cells).scale == scale


@pytest.mark.parametrize(
    ("header", "cells", "labels"),
    [
        ("Verdict", ["ok", "Ok", "Ok", "bad", "bad"], ("Ok", "bad")),
        ("Verdict (Yes/No)", ["no"], ("Yes", "No")),
        ("Verdict (Y/N)", ["Yes", "No"], ("No", "Yes")),
        ("Verdict (none / minor / severe)", [], ("none", "minor", "severe")),
    ],
)
def test_labels_are_the_words_of_the_header_or_those_that_stand_there(
    header: str, cells: Sequence[Cell], labels: tuple[str, ...]
) -> None:
    """Each once, in its most usual spelling."""
    assert look(header, cells).labels == labels


def test_an_id_within_an_address_has_a_pattern() -> None:
    """Of the form of a span's id or of a UUID."""
    link = look("Link", [f"https://x.org/spaces/1?selectedSpanId={one}&tab=2" for one in HEX])
    assert link.id_pattern == ID_IN_URL
    assert look("Link", [f"https://x.org/{n}" for n in range(6)]).id_pattern is None


def test_a_row_waits_for_the_metric_that_is_never_missing() -> None:
    """Where nothing is judged yet, none is required."""
    found = proposal({"Tone": [1, 2, None, None], "Adequacy": [1, 2, 3, None]})
    assert found.required is not None
    assert found.required.name == "Adequacy"
    assert proposal({"Tone (1-5)": [], "Adequacy (1-5)": []}).required is None


def test_a_correction_takes_the_place_of_what_was_there() -> None:
    """One record, one note; but as many metrics and parts as there are."""
    found = proposal({"Span ID": HEX, "Trace": UUIDS, "Score": [1, 2, 3, 4, 5, 1]})
    by_trace = found.corrected(1, "record")
    of_both = by_trace.corrected(0, "part").corrected(1, "part")
    assert [guess.use for guess in by_trace.guesses] == ["unused", "record", "score", "unused"]
    assert [guess.use for guess in of_both.guesses] == ["part", "part", "score", "unused"]
    without = of_both.corrected(2, "unused")
    assert without.metrics == []


@dataclass(frozen=True)
class Top:
    """The first rows of a tab, and which of them holds the headers."""

    lines: Sequence[Sequence[Cell]]
    row: int | None


@pytest.mark.parametrize(
    "top",
    [
        Top([["ID", "Score"], ["a", 1]], 1),
        Top([["Answers of November"], [], ["ID", "Score", "Note"], ["a", 1]], 3),
        Top([[1, 2], ["ID", "Score"]], 2),
        Top([["ID"], ["a"]], None),
        Top([[1, 2], [3, 4]], None),
        Top([], None),
    ],
)
def test_headers_are_the_first_row_of_texts_that_is_wide_enough(top: Top) -> None:
    """A title above them is none."""
    assert header_row(top.lines) == top.row


def test_a_column_without_a_header_is_named_by_its_letter() -> None:
    """So that it can be used all the same."""
    (found,) = looks_at([Letter(letter="C")], [["x"]], UTC)
    assert (found.header, found.name) == ("", "column C")
