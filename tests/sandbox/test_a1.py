"""A1 notation, by the examples of Google's guide and by what recorded answers echo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.sandbox.a1 import (
    Area,
    Block,
    area_of,
    column_index,
    column_letters,
    format_area,
    format_block,
    parse_cells,
    quoted,
    split_title,
)


@given(st.integers(0, 18_277))
def test_columns_come_back_from_their_letters(index: int) -> None:
    """Letters and index name the same column, up to ZZZ."""
    assert column_index(column_letters(index)) == index


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("B7", Area(6, 1, 7, 2)),
        ("$B$7", Area(6, 1, 7, 2)),
        ("A1:B2", Area(0, 0, 2, 2)),
        ("D4:A1", Area(0, 0, 4, 4)),
        ("A:C", Area(left=0, right=3)),
        ("1:3", Area(top=0, bottom=3)),
        ("A5:A", Area(top=4, left=0, right=1)),
        ("A1:1", Area(0, 0, 1, None)),
    ],
)
def test_ranges_are_read_as_the_guide_says(text: str, area: Area) -> None:
    """developers.google.com/workspace/sheets/api/guides/concepts#cell has these forms."""
    assert parse_cells(text) == area


@pytest.mark.parametrize("text", ["", "A0", "ABCD1", "A", "7", "A1:", "A1:B2:C3", "A1 B2"])
def test_other_texts_are_no_ranges(text: str) -> None:
    """What names no cells is refused by the caller as unparsable."""
    assert parse_cells(text) is None


@pytest.mark.parametrize(
    ("title", "echo"),
    [
        ("Sheet1", "Sheet1"),
        ("my_tab", "my_tab"),
        ("All Rambles", "'All Rambles'"),
        ("It's", "'It''s'"),
        ("シート1", "'シート1'"),
        ("A1", "'A1'"),
        ("2017-09-08 18:21", "'2017-09-08 18:21'"),
    ],
)
def test_titles_are_quoted_only_where_they_need_it(title: str, echo: str) -> None:
    """Forms met in recorded answers and in public reports of answers."""
    assert quoted(title) == echo
    assert split_title(f"{echo}!A1") == (title, "A1")


@pytest.mark.parametrize(
    ("area", "echo"),
    [
        (Area(1000, 0, None, 2), "T!A1001:B"),
        (Area(1000, 0, 1001, 2), "T!A1001:B1001"),
        (Area(0, 26, 2, 27), "T!AA1:AA2"),
        (Area(0, 26, 2, None), "T!AA1:2"),
        (Area(151_153, None, 151_354, None), "T!151154:151354"),
        (Area(None, 0, None, 3), "T!A:C"),
    ],
)
def test_open_sides_are_left_out_of_an_echo(area: Area, echo: str) -> None:
    """As in Google's "exceeds grid limits" messages, probed live and found in logs."""
    assert format_area("T", area) == echo


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 99), st.integers(1, 99))
def test_a_block_comes_back_from_its_address(top: int, left: int, tall: int, wide: int) -> None:
    """Formatting and reading agree."""
    block = Block(top, left, top + tall, left + wide)
    title, cells = split_title(format_block("My tab", block))
    assert title == "My tab"
    assert parse_cells(cells or "") == area_of(block)
