from __future__ import annotations

import pytest

from sheets_sync.domain.annotation import Annotation, MetricValue
from sheets_sync.domain.columns import Column
from sheets_sync.domain.convert import Problem, Rejection, Waiting
from sheets_sync.domain.row import Cell
from tests.domain.mappings import cells, converter, review_mapping


def test_a_good_row_becomes_one_annotation_with_all_its_metrics() -> None:
    """Labels and scores, the annotator, the note and the start time travel together."""
    assert converter().convert(cells(review_mapping())) == Annotation(
        endpoint="default",
        model_id="TW9kZWw6MTpBYkNk",
        environment="tracing",
        record_id="e351b661b957e727",
        start_time="2024-11-15T09:15:30Z",
        metrics=(
            MetricValue("Adequacy", "label", "Satisfactory", "Ada"),
            MetricValue("Helpfulness", "score", 4.0, "Ada"),
        ),
        note="Clear.",
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Adequacy": "Goood"}, 'Adequacy: "Goood" is not one of Satisfactory, Needs Improvement'),
        ({"Helpfulness": 7}, 'Helpfulness: "7" is not from 0 to 5'),
        ({"Span ID": None}, "Span ID: is empty; give the record's id"),
        (
            {"Span ID": 1234567890123456},
            (
                'Span ID: "1234567890123456" became a number in the sheet; '
                "format the column as plain text and paste the id again"
            ),
        ),
        (
            {"Span ID": 1.2e20},
            (
                'Span ID: "1.2e+20" became a number in the sheet; '
                "format the column as plain text and paste the id again"
            ),
        ),
        ({"Started": None}, "Started: is empty; give the record's start time"),
        (
            {"Started": "soon"},
            'Started: "soon" is not a time; write a date, or text as 2024-11-15T10:15:30Z',
        ),
        ({"Reviewer": "#N/A"}, 'Reviewer: "#N/A" is an error of the sheet; mend the formula'),
        (
            {"Comment": "x" * 10_001},
            f'Comment: "{"x" * 39}…" has 10,001 characters; at most 10,000',
        ),
    ],
)
def test_one_bad_cell_blocks_its_row_and_is_explained(
    changes: dict[Column, Cell], problem: str
) -> None:
    """The problem names the column, the value seen and the cure."""
    rejected = converter().convert(cells(review_mapping(), changes))

    assert isinstance(rejected, Rejection)
    assert [str(found) for found in rejected.problems] == [problem]


def test_all_problems_of_a_row_are_named() -> None:
    """An expert mends a row once, not once for each problem."""
    changes: dict[Column, Cell] = {"Adequacy": "Goood", "Helpfulness": "many"}
    rejected = converter().convert(cells(review_mapping(), changes))

    assert isinstance(rejected, Rejection)
    assert [problem.column for problem in rejected.problems] == ["Adequacy", "Helpfulness"]


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({}, Annotation),
        ({"Done": False}, Waiting),
        ({"Done": None}, Waiting),
        ({"Done": "TRUE"}, Annotation),
        ({"Adequacy": None}, Waiting),
        ({"Adequacy": " "}, Waiting),
        ({"Helpfulness": None}, Annotation),
        ({"Helpfulness": 0}, Annotation),
        ({"Adequacy": None, "Helpfulness": None}, Waiting),
        ({"Adequacy": None, "Helpfulness": 99}, Waiting),
        ({"Helpfulness": 99}, Rejection),
        ({"Done": False, "Helpfulness": 99}, Waiting),
    ],
)
def test_what_makes_a_row_due(changes: dict[Column, Cell], becomes: type) -> None:
    """`when` holds and every required metric is there; waiting comes before wrong."""
    assert isinstance(converter().convert(cells(review_mapping(), changes)), becomes)


def test_a_note_alone_is_not_due() -> None:
    """Without a required metric, at least one metric must be there."""
    mapping = review_mapping(
        annotations=[{"name": "Helpfulness", "score": {"column": "Helpfulness"}}]
    )
    waiting = converter(mapping).convert(cells(mapping, {"Helpfulness": None}))

    assert waiting == Waiting("unfinished")


def test_a_record_id_may_be_a_part_of_a_link() -> None:
    """A pattern's first group is the record id, and no match is explained."""
    mapping = review_mapping(record_id={"column": "Link", "pattern": "selectedSpanId=([0-9a-f]+)"})
    link: dict[Column, Cell] = {"Link": "https://app.example/x?selectedSpanId=ab12&y=1"}
    found = converter(mapping).convert(cells(mapping, link))
    missing = converter(mapping).convert(cells(mapping, {"Link": "https://app.example"}))

    assert isinstance(found, Annotation)
    assert found.record_id == "ab12"
    assert isinstance(missing, Rejection)
    assert str(missing.problems[0]) == 'Link: "https://app.example" has no record id in it'


def test_a_record_id_may_be_composed() -> None:
    """Template columns are filled with the cells' texts; numbers are welcome there."""
    mapping = review_mapping(record_id={"template": "{Item}-{Model}"})
    found = converter(mapping).convert(cells(mapping, {"Item": 12, "Model": "Claude"}))

    assert isinstance(found, Annotation)
    assert found.record_id == "12-Claude"


def test_a_name_template_keeps_annotators_apart() -> None:
    """Several annotators of one record have a target each."""
    mapping = review_mapping(
        annotations=[{"name": "Adequacy ({Reviewer})", "label": {"column": "Adequacy"}}]
    )
    found = converter(mapping).convert(cells(mapping))
    unnamed = converter(mapping).convert(cells(mapping, {"Reviewer": None}))

    assert isinstance(found, Annotation)
    assert [metric.name for metric in found.metrics] == ["Adequacy (Ada)"]
    assert isinstance(unnamed, Rejection)
    assert str(unnamed.problems[0]) == "Reviewer: is empty; fill it in"


def test_composed_keys_cannot_be_confused() -> None:
    """Keys of several columns differ wherever one of the columns does."""
    mapping = review_mapping(key=["Item", "Model"])
    convert = converter(mapping)

    keys = {
        convert.key(cells(mapping, {"Item": item, "Model": model}))
        for item, model in [("a", "b / c"), ("a / b", "c"), ("a/b", "c"), ("a", "b/c"), ("a", None)]
    }

    assert len(keys) == 5
    assert convert.key(cells(mapping, {"Item": None, "Model": None})) is None


def test_a_constant_goes_along_in_its_place_and_is_kept_as_what_it_went_with() -> None:
    """Among other annotations, of a row that waits as well; its name may hold a column."""
    mapping = review_mapping(
        annotations=[
            {"name": "State of {Reviewer}", "label": {"constant": "Reviewed"}},
            {"name": "Adequacy", "label": {"column": "Adequacy"}, "required": True},
            {"name": "Helpfulness", "score": {"column": "Helpfulness"}},
        ]
    )
    state = MetricValue("State of Ada", "label", "Reviewed", "Ada")
    adequacy = MetricValue("Adequacy", "label", "Satisfactory", "Ada")
    helpfulness = MetricValue("Helpfulness", "score", 4.0, "Ada")
    said = converter(mapping).convert(cells(mapping))
    assert isinstance(said, Annotation)
    assert said.metrics == (state, adequacy, helpfulness)
    without_score = converter(mapping).convert(cells(mapping, {"Helpfulness": None}))
    assert isinstance(without_score, Annotation)
    assert without_score.metrics == (state, adequacy)
    unfinished = converter(mapping).convert(cells(mapping, {"Adequacy": None}))
    assert unfinished == Waiting("unfinished", (state, helpfulness))
    cleared = converter(mapping).convert(cells(mapping, {"Adequacy": None, "Helpfulness": None}))
    assert cleared == Waiting("unfinished")
    unnamed = converter(mapping).convert(cells(mapping, {"Reviewer": None}))
    assert unnamed == Rejection((Problem("Reviewer", "", "is empty; fill it in"),))
