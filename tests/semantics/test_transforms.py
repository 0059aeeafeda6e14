from __future__ import annotations

from typing import Any

import pytest
import yaml

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.columns import Column
from sheets_sync.domain.convert import Waiting
from tests.semantics.mappings import converted, mapping, sent, status
from tests.semantics.tables import Cell, Line, cell, each_line, plain, table

COLUMNS: dict[str, Column] = {
    "label": "Adequacy",
    "score": "Helpfulness",
    "text": "Adequacy",
    "record_id": "Span ID",
    "note": "Comment",
    "updated_by": "Reviewer",
    "start_time": "Started",
}
"""The column that each key reads."""


def changed(setting: dict[str, Any]) -> dict[str, Any]:
    """The mapping's keys that a setting changes; a label or a score is its only annotation.

    A constant one stands beside one that is filled in.
    """
    ((key, value),) = setting.items()
    if key in ("label", "score", "text") and "constant" in value:
        other = {"name": "Other", "text": {"column": "Comment"}}
        return {"annotations": [{"name": "Judgement", key: value}, other]}
    if key in ("label", "score"):
        return {"annotations": [{"name": "Judgement", key: value, "required": True}]}
    return {key: value}


def got(annotation: Annotation, key: str) -> Cell:
    """What Arize would hold for what a key says."""
    match key:
        case "label" | "score" | "text":
            return annotation.metrics[0].value
        case "updated_by":
            return annotation.metrics[0].updated_by
        case _:
            return {
                "record_id": annotation.record_id,
                "note": annotation.note,
                "start_time": annotation.start_time,
            }[key]


@each_line("transforms", "All transforms")
def test_a_transform(line: Line) -> None:
    """What a setting makes of a cell, or what its row says."""
    setting: dict[str, Any] = yaml.safe_load(plain(line["Setting"]))
    (key,) = setting
    found, _ = converted(mapping(**changed(setting)), {COLUMNS[key]: cell(line["Cell"])})
    assert status(found) == plain(line["Status"])
    if not line["Status"]:
        assert repr(got(sent(found), key)) == repr(cell(line["Arize gets"]))


@each_line("transforms", "Constant annotations")
def test_a_constant_annotation(line: Line) -> None:
    """It goes along with what is judged, and is nothing by itself."""
    setting: dict[str, Any] = yaml.safe_load(plain(line["Setting"]))
    of = mapping(**changed(setting))
    found, _ = converted(of, {"Comment": cell(line["The other annotation"])})
    if line["Arize gets"]:
        got = ", ".join(metric.shown for metric in sent(found).metrics)
        assert got == plain(line["Arize gets"])
    else:
        assert found == Waiting("unfinished")
    assert "Adequacy" not in of.columns


def test_every_scale_is_in_the_table() -> None:
    """So are the other transforms."""
    listed = {line["Transform"] for line in table("transforms", "All transforms")}
    assert listed >= {"percent", "stars", "from", "aliases", "pattern", "template", "constant"}


@pytest.mark.parametrize("scale", [None, "percent", "stars", {"from": [0, 100]}])
def test_a_mapping_without_a_scale_has_the_revision_that_it_had(scale: object) -> None:
    """An upgrade makes no row new; giving a scale does."""
    keys = changed({"score": {"column": "Helpfulness", "min": 0, "max": 5}})
    keys["annotations"][0]["score"]["scale"] = scale
    before = mapping().revision
    assert before == "4de7a83127ef4657"
    without = mapping(**changed({"score": {"column": "Helpfulness", "min": 0, "max": 5}})).revision
    assert (mapping(**keys).revision == without) is (scale is None)
