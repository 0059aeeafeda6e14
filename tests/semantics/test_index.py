from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.semantics.mappings import INDEX
from tests.semantics.tables import FOLDER, tables

PAGES = sorted(FOLDER.glob("*.md"))
TESTS = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
EXPLAINED = {"What a person can do"}
"""Headings of tables that name commands, whose own tests run them."""
_LINK = re.compile(r"\]\(([^)#\s]+)")


def test_the_index_leads_to_every_page() -> None:
    """No topic is hidden from operators, and none is promised."""
    linked = _LINK.findall(INDEX.read_text(encoding="utf-8"))
    assert sorted(linked) == [f"semantics/{page.name}" for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_table_is_run(page: Path) -> None:
    """A table that no test reads is not true for long."""
    found = tables(page.stem)
    assert found
    unread = {heading for heading in found if f'"{heading}"' not in TESTS}
    assert unread <= EXPLAINED


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Pages that are linked are there."""
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).is_file()] == []
