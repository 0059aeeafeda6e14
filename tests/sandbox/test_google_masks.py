"""Field masks, and the shapes of messages against Google's own discovery document."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from sheets_sync.sandbox.google_api.fields import BadMask, keep, parse_mask
from sheets_sync.sandbox.google_api.schema import messages
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.google_calls import Google

_RESOURCE: Any = {"a": {"b": 1, "c": [{"d": 2, "e": 3}]}, "f": 4}


@pytest.mark.parametrize(
    ("mask", "kept"),
    [
        ("a", {"a": _RESOURCE["a"]}),
        ("f,a/b", {"a": {"b": 1}, "f": 4}),
        ("a(b,c(d))", {"a": {"b": 1, "c": [{"d": 2}]}}),
        ("a.c.e", {"a": {"c": [{"e": 3}]}}),
        ("*", _RESOURCE),
        ("a/*", {"a": _RESOURCE["a"]}),
        ("a( b , c / d ),f", {"a": {"b": 1, "c": [{"d": 2}]}, "f": 4}),
        ("a/c/x", {"a": {"c": [{}]}}),
    ],
)
def test_a_mask_keeps_what_it_names(mask: str, kept: object) -> None:
    """The forms of developers.google.com/workspace/drive/api/guides/fields-parameter."""
    assert keep(parse_mask(mask), _RESOURCE) == kept


@pytest.mark.parametrize("mask", ["a(b", "a)", "a,,b", "a/", ",", "a b"])
def test_an_unreadable_mask_is_no_mask(mask: str) -> None:
    """It is refused, not guessed at."""
    with pytest.raises(BadMask):
        parse_mask(mask)


def test_a_mask_decides_about_grid_data(sandbox: Sandbox) -> None:
    """IncludeGridData "is ignored if a field mask was set in the request"."""
    sheet = Google(sandbox).spreadsheet(["x"])
    data = "sheets(data(rowData(values(formattedValue))))"
    shown = sheet.resource(fields=data, includeGridData="false")
    assert shown["sheets"][0]["data"][0]["rowData"] == [{"values": [{"formattedValue": "x"}]}]
    assert sheet.resource(fields="sheets.properties.title", includeGridData="true") == {
        "sheets": [{"properties": {"title": "Sheet1"}}]
    }
    assert sheet.get("A1", fields="values") == [["x"]]


def test_a_mask_for_a_field_that_is_not_there_is_refused(sandbox: Sandbox) -> None:
    """400, with the path at fault among the details."""
    google = Google(sandbox)
    sheet = google.spreadsheet()
    response = google.send("GET", sheet.path, fields="sheets.propertys")
    assert response.status_code == 400
    (violation,) = response.json()["error"]["details"][0]["fieldViolations"]
    assert "'sheets.propertys'" in violation["description"]


def test_ranges_limit_tabs_and_data(sandbox: Sandbox) -> None:
    """With `ranges` only their tabs come, and a part of data for each range."""
    sheet = Google(sandbox).spreadsheet(["a", "b"], ["c", "d"])
    sheet.change({"addSheet": {"properties": {"title": "Other"}}})
    shown = sheet.resource(ranges=["Sheet1!B1", "Sheet1!A2:B2"], includeGridData="true")
    (tab,) = shown["sheets"]
    first, second = tab["data"]
    assert (first["startColumn"], len(first["columnMetadata"])) == (1, 1)
    assert second["startRow"] == 1
    assert [cell["formattedValue"] for cell in second["rowData"][0]["values"]] == ["c", "d"]


def test_the_shapes_of_messages_are_googles() -> None:
    """`schema.json` is the sheets.v4 discovery document, shortened.

    When google-api-python-client brings a newer one, write what `_shortened` gives to it, one
    message a line.
    """
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    document = json.loads((folder / "sheets.v4.json").read_text(encoding="utf-8"))
    assert messages() == {
        name: {field: _shortened(kind) for field, kind in message.get("properties", {}).items()}
        for name, message in document["schemas"].items()
    }


def _shortened(kind: Any) -> str:
    if "$ref" in kind:
        return str(kind["$ref"])
    if kind["type"] == "array":
        inner = kind["items"]
        return ("list" if inner.get("type") == "array" else _shortened(inner)) + "[]"
    if kind["type"] == "object":
        return "any"
    return "|".join(kind["enum"]) if "enum" in kind else str(kind["type"])
