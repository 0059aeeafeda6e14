"""What a family stands for, as pure functions."""

from __future__ import annotations

import pytest

from sheets_sync.domain.families import File, file_of, in_book, in_files, with_annotator
from sheets_sync.domain.mapping import FixedAnnotator, Gid, Mapping
from sheets_sync.domain.row import Book, Snapshot, Tab
from tests.domain.mappings import BERLIN, review_mapping

FOLDER = "1fOLder0f3xperts"
ONE, TWO = "1AbCdEfGhIjKlMnOp", "2AbCdEfGhIjKlMnOp"
MATCHING = {"matching": "Round .*"}


def family(**changes: object) -> Mapping:
    """A folder of copies, with some keys changed."""
    wanted: dict[str, object] = {"spreadsheet": None, "folder": FOLDER}
    return review_mapping(**wanted | changes)


def book(*titles: str) -> Book:
    """A spreadsheet with these tabs."""
    tabs = tuple(Tab(ONE, gid, title) for gid, title in enumerate(titles))
    return Book(ONE, "Ada", "en_US", BERLIN, tabs)


def test_names_last_through_renames() -> None:
    """Order and titles of the files make no difference, but to who judged."""
    files = [File(TWO, "Bob"), File(ONE, "Ada")]
    renamed = [File(ONE, "Ada's"), File(TWO, "Bob's")]
    assert in_files(family(), files) == in_files(family(), renamed)
    named = in_files(family(updated_by={"file_title": True}), files)
    assert [one.name for one in named] == [f"support-answers/{ONE}", f"support-answers/{TWO}"]
    assert named[0].updated_by == FixedAnnotator(constant="Ada")
    assert not any(one.is_family for one in named)


def test_a_member_is_as_if_it_were_written_by_itself() -> None:
    """So nothing is sent again where one takes the other's place."""
    (member,) = in_files(family(), [File(ONE, "Ada")])
    assert member.revision == review_mapping(spreadsheet=ONE).revision


def test_a_whole_title_matches() -> None:
    """A part of it is not enough."""
    found = in_book(review_mapping(worksheet=MATCHING), book("Round 1", "Old Round 1", "Round 2"))
    assert [(one.name, one.worksheet) for one in found] == [
        ("support-answers/0", Gid(gid=0)),
        ("support-answers/2", Gid(gid=2)),
    ]


@pytest.mark.parametrize(
    ("name", "worksheet", "file"),
    [
        (f"support-answers/{ONE}", "Review", ONE),
        (f"support-answers/{ONE}/7", "Review", None),
        (f"support-answers/{ONE}/7", MATCHING, ONE),
        (f"support-answers/{ONE}", MATCHING, None),
        (f"answers/{ONE}", "Review", None),
    ],
)
def test_whose_member_a_name_is(name: str, worksheet: object, file: str | None) -> None:
    """A family that is named like the beginning of another has none of its members."""
    assert file_of(family(worksheet=worksheet), name) == file


@pytest.mark.parametrize(
    ("cell", "by"), [("b1", FixedAnnotator(constant="Ada")), ("C1", None), ("A9", None)]
)
def test_a_cell_names_who_judged(cell: str, by: FixedAnnotator | None) -> None:
    """Nobody where it is blank; who it is decides what becomes of every row."""
    mapping = review_mapping(updated_by={"cell": cell})
    found = with_annotator(mapping, Snapshot(Tab(ONE, 0, "Review"), BERLIN, [["By", " Ada "]]))
    assert found.updated_by == by
    assert found.revision != mapping.revision
