from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from sheets_sync.domain.cells import BadCell, read_label, read_score, read_text, read_time
from sheets_sync.domain.metric import Label, Score
from sheets_sync.domain.row import Cell

LABEL = Label(column="Adequacy", values=("Satisfactory", "None"), aliases={"ok": "Satisfactory"})
RANGE = Score(column="Helpfulness", min=0, max=5)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ("Satisfactory", "Satisfactory"),
        ("satisfactory", "Satisfactory"),
        ("  Satisfactory ", "Satisfactory"),
        ("Satisfactory\xa0", "Satisfactory"),
        ("OK", "Satisfactory"),
        ("none", "None"),
        ("None", "None"),
    ],
)
def test_a_label_is_read_in_the_spelling_of_the_mapping(cell: Cell, label: str) -> None:
    """Case, white space around and aliases do not matter; "None" is a label like any other."""
    assert read_label(cell, LABEL) == label


@pytest.mark.parametrize(
    ("cell", "label"), [(True, "TRUE"), (0, "0"), (3.0, "3"), (0.5, "0.5"), ("café", "café")]
)
def test_a_label_without_values_is_the_cells_text(cell: Cell, label: str) -> None:
    """Whole numbers have no fraction, and equal letters are equal however they are composed."""
    assert read_label(cell, Label(column="Any")) == label


@pytest.mark.parametrize(
    ("cell", "seen", "cure"),
    [
        ("Goood", "Goood", "is not one of Satisfactory, None"),
        ("#REF!", "#REF!", "is an error of the sheet; mend the formula"),
        ("Loading...", "Loading...", "is still being calculated by the sheet"),
        ("x" * 101, "x" * 39 + "…", "has 101 characters; at most 100"),
    ],
)
def test_a_wrong_label_names_what_was_seen_and_the_cure(cell: Cell, seen: str, cure: str) -> None:
    """A label that is none of the mapping's, or no label at all, is refused."""
    with pytest.raises(BadCell) as bad:
        read_label(cell, LABEL)

    assert (bad.value.seen, bad.value.cure) == (seen, cure)


@pytest.mark.parametrize(
    ("cell", "score"),
    [
        (0, 0.0),
        (0.0, 0.0),
        (5, 5.0),
        ("0", 0.0),
        ("4", 4.0),
        ("0.8", 0.8),
        ("0,8", 0.8),
        (" 3,5 ", 3.5),
        ("80%", 0.8),
        ("80 %", 0.8),
        ("-0", 0.0),
        (".5", 0.5),
    ],
)
def test_a_score_is_read_from_numbers_and_typed_numbers(cell: Cell, score: float) -> None:
    """Zero is a score, and both decimal signs are understood."""
    assert read_score(cell, RANGE) == score


@pytest.mark.parametrize(
    ("cell", "cure"),
    [
        (7, "is not from 0 to 5"),
        (-1, "is not from 0 to 5"),
        ("good", "is not a number from 0 to 5"),
        (True, "is not a number from 0 to 5"),
        ("1,234", "may be thousands or decimals; write it without the comma"),
        ("1 2", "is not a number from 0 to 5"),
        ("nan", "is not a number from 0 to 5"),
        ("1e400", "is not a number from 0 to 5"),
        ("#DIV/0!", "is an error of the sheet; mend the formula"),
    ],
)
def test_a_wrong_score_names_the_cure(cell: Cell, cure: str) -> None:
    """What is no number in the range is refused, checkboxes included."""
    with pytest.raises(BadCell) as bad:
        read_score(cell, RANGE)

    assert bad.value.cure == cure


def test_a_half_open_range_names_its_end() -> None:
    """A range with one end says which side was left."""
    with pytest.raises(BadCell, match="is below 1"):
        read_score(0, Score(column="Stars", min=1))
    with pytest.raises(BadCell, match="is above 5"):
        read_score(6, Score(column="Stars", max=5))


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2024-11-15T10:15:30Z", "2024-11-15T10:15:30Z"),
        ("2024-11-15T10:15:30+02:00", "2024-11-15T08:15:30Z"),
        ("2024-11-15T10:15:30", "2024-11-15T09:15:30Z"),
        ("2024-07-15 10:15", "2024-07-15T08:15:00Z"),
        ("2024-11-15", "2024-11-14T23:00:00Z"),
        (45611, "2024-11-14T23:00:00Z"),
        (45611.5, "2024-11-15T11:00:00Z"),
        (45611.4274305556, "2024-11-15T09:15:30Z"),
        (45488.5, "2024-07-15T10:00:00Z"),
        (1731665730, "2024-11-15T10:15:30Z"),
        (1731665730999, "2024-11-15T10:15:30Z"),
        ("1731665730", "2024-11-15T10:15:30Z"),
        ("1731665730123", "2024-11-15T10:15:30Z"),
    ],
)
def test_a_time_is_read_in_the_zone_of_the_spreadsheet(cell: Cell, time: str) -> None:
    """Serial dates, ISO texts and epochs, winter and summer, with seconds rounded down."""
    assert read_time(cell, BERLIN) == time


def test_lookback_is_taken_off_the_time() -> None:
    """Arize takes the start time as a lower bound, so it may lie before the record's."""
    assert read_time("2024-11-15T10:15:30Z", BERLIN, timedelta(hours=1)) == "2024-11-15T09:15:30Z"


@pytest.mark.parametrize("cell", ["yesterday", True, -3, 0, 10_000_000, "2024-13-45", "15.11.2024"])
def test_what_is_no_time_is_refused(cell: Cell) -> None:
    """Text in another form than ISO is not guessed at."""
    with pytest.raises(BadCell, match="is not a time; write a date"):
        read_time(cell, BERLIN)


def test_an_empty_time_is_refused() -> None:
    """A start time is never made up."""
    with pytest.raises(BadCell, match="is empty; give the record's start time"):
        read_time(None, BERLIN)


def test_a_long_text_is_refused_with_both_lengths() -> None:
    """A note of more characters than Arize takes says how many they are."""
    with pytest.raises(BadCell, match="has 10,001 characters; at most 10,000"):
        read_text("x" * 10_001, 10_000)
