"""What docs/sandbox.md says of the sandbox's fidelity is true of the code and of the tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sheets_sync.sandbox.drive import Draft
from sheets_sync.sandbox.google_api import clipboard, routing
from sheets_sync.sandbox.google_api.batch_update import REQUESTS
from sheets_sync.sandbox.grid import Cell, Sheet
from sheets_sync.sandbox.spreadsheet import Spreadsheet

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8").partition("## Fidelity")[2]
_ROUTES = [*(route[1] for route in routing.SHEETS), *(route[1] for route in routing.DRIVE)]


def test_every_test_it_names_is_there() -> None:
    """A name that has changed is no proof."""
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", _PAGE))
    assert len(named) > 40
    assert {name for name in named if f"def {name}(" not in tests} == set()


@pytest.mark.parametrize("kind", sorted(REQUESTS))
def test_every_kind_of_request_has_its_source(kind: str) -> None:
    """No kind of batchUpdate request is emulated without a word on how it is known."""
    assert f"`{kind}`" in _PAGE


@pytest.mark.parametrize("path", sorted(set(_ROUTES)))
def test_every_call_has_its_source(path: str) -> None:
    """No call is emulated without a word on how it is known."""
    plain = re.sub(r":(int|path)}", "}", path).removeprefix("/v4/spreadsheets/{id}")
    folder, _, verb = plain.partition(":")
    assert folder in _PAGE
    assert not verb or re.search(rf":{verb}\b", _PAGE)


def test_a_call_is_added_in_ten_lines() -> None:
    """The example does what it says, in the names that its file has."""
    (example,) = re.findall(r"```python\n(.*?)```", _PAGE, re.DOTALL)
    assert len(example.splitlines()) <= 10
    names: dict[str, Callable[[Draft, dict[str, object]], object]] = dict(vars(clipboard))
    exec(example, names)  # noqa: S102 - our own page
    sheet = Sheet(0, "Sheet1", rows=[(Cell("  a  b "), Cell("c"), Cell(3))])
    draft = Draft(Spreadsheet("T", sheets=[sheet]), "", "human:ann", "human:ann", 0)
    assert names["trim_whitespace"](draft, {"range": {}}) == {"cellsChangedCount": 1}
    assert [cell.value for cell in sheet.rows[0]] == ["a b", "c", 3]
